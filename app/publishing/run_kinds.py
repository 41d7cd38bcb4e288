"""Kinds of run of publishing."""

from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

PUBLISH = RunKind(
    "publish",
    "jobs.publishing.publish_content",
    "Publishing",
    permission=Permission.CONTENT_PUBLISH,
    operation="publishing",
    queue="interactive",
    audit_group="publish",
)
VERIFY = RunKind(
    "verify",
    "jobs.publishing.verify_content",
    "Verification",
    permission=Permission.CONTENT_PUBLISH,
    queue="interactive",
)
KINDS = (PUBLISH, VERIFY)
