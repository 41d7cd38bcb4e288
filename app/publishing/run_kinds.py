"""Kinds of run of publishing."""

from app.core.runs.kinds import RunKind

PUBLISH = RunKind(
    "publish",
    "jobs.publishing.publish_content",
    "Publishing",
    permission="publish",
    operation="publishing",
    queue="interactive",
    audit_group="publish",
)
VERIFY = RunKind("verify", "jobs.publishing.verify_content", "Verification", permission="publish", queue="interactive")
KINDS = (PUBLISH, VERIFY)
