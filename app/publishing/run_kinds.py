"""Kinds of run of publishing."""

from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.kinds import Hold, RunKind, RunWords

PUBLISH = RunKind(
    "publish",
    "jobs.publishing.publish_content",
    N_("Publishing"),
    permission=Permission.CONTENT_PUBLISH,
    operation="publishing",
    queue="interactive",
    audit_group="publish",
    subject_type="content",
    holds_subject=Hold.TEXT,
    gives_verdict=True,
    explains_codes=True,
    words=RunWords(
        noun=N_("publish"), short_result=N_("Published."), cure_when_outdated=N_("Check it, or publish it again.")
    ),
)
VERIFY = RunKind(
    "verify",
    "jobs.publishing.verify_content",
    N_("Verification"),
    permission=Permission.CONTENT_PUBLISH,
    queue="interactive",
    subject_type="content",
    gives_verdict=True,
    is_check=True,
)
POST_STATUS = RunKind(
    "post_status",
    "jobs.publishing.change_status",
    N_("Change of a status in WordPress"),
    permission=Permission.CONTENT_PUBLISH,
    queue="interactive",
    audit_group="publish",
    subject_type="content",
    holds_subject=Hold.STATUS,
)
KINDS = (PUBLISH, VERIFY, POST_STATUS)
