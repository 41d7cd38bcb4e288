"""Looking again at what is live: on request, and by itself while nobody outside has seen it yet."""

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import or_, select

from app.content.models import Content
from app.core.clock import utcnow
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.tenancy import owned
from app.core.wall import every_account
from app.extensions import db
from app.publishing import verify
from app.publishing.models import Publication, PublishRun
from app.sites.error_codes import told

KIND = "verify"
JOB = "jobs.publishing.verify_content"
RECHECK_FOR = timedelta(hours=24)
SETTLE = timedelta(minutes=2)
MOST_AT_ONCE = 50


def start_verification(account_id: int, content_id: int, actor_id: int | None) -> Run:
    """A run that visits the published page again; the active one is given back. Flushes.

    Raises NotFound for another account's content, DomainError when it was never published from here.
    """
    content = owned(Content, content_id, account_id)
    if _publication(account_id, content_id) is None:
        raise told("NOT_PUBLISHED", message="This was never published from here.")
    return start_run(
        account_id=account_id, kind=KIND, job=JOB, title=f"Verify “{content.title[:200]}”", actor_id=actor_id,
        site_id=content.site_id, subject_type="content", subject_id=content.id, params={"content_id": content.id},
        queue="interactive" if actor_id else "bulk", exclusive_key=f"verify:{content.id}",
    )  # fmt: skip


def _publication(account_id: int, content_id: int) -> Publication | None:
    return db.session.scalar(
        select(Publication).where(Publication.content_id == content_id, Publication.account_id == account_id)
    )


def verify_again(context: RunContext) -> Outcome:
    """Visit the page with what was sent last in mind, and store the verdict."""
    account_id, content_id = context.run.account_id, int(context.run.params["content_id"])
    context.progress(step="Visiting the page")
    result = _last_result(account_id, content_id)
    db.session.commit()
    verdict = verify.look(result, result["sent"], current_app.config["ALLOWED_PRIVATE_HOSTS"])
    publication = _publication(account_id, content_id)
    if publication is not None:
        publication.verdict, publication.issues = verdict.name, verdict.issues
    db.session.commit()
    said = verify.sentence(verdict, str(result["permalink"]))
    return Outcome(said, link=str(result["permalink"]), data={"verdict": verdict.name})


def _last_result(account_id: int, content_id: int) -> dict[str, Any]:
    stmt = (
        select(PublishRun.result)
        .where(PublishRun.content_id == content_id, PublishRun.account_id == account_id)
        .where(PublishRun.result.is_not(None))
        .order_by(PublishRun.updated_at.desc())
        .limit(1)
    )
    result: dict[str, Any] | None = db.session.scalar(stmt)
    if not result or "sent" not in result:
        raise told("NOT_PUBLISHED", message="What was sent last is no longer known.", cure="Publish it again.")
    return result


@every_account("pages are looked at again whatever the account")
def recheck_unseen() -> int:
    """Look again at pages of the last day that nobody outside has seen, or whose visit was lost. Commits."""
    now = utcnow()
    stmt = (
        select(Publication)
        .where(or_(Publication.verdict.is_(None), Publication.verdict == "not_seen_from_outside"))
        .where(Publication.last_published_at.between(now - RECHECK_FOR, now - SETTLE))
        .order_by(Publication.updated_at)
        .limit(MOST_AT_ONCE)
    )
    found = db.session.scalars(stmt).all()
    for publication in found:
        publication.updated_at = now  # to the end of the line
        start_verification(publication.account_id, publication.content_id, None)
    db.session.commit()
    return len(found)
