"""Checking live pages again: on request, and periodically while visitors are not served what was sent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select, update

from app.content.models import Content
from app.core.actor import THE_APP, Actor
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.http import HttpResponse, Login
from app.core.languages import gettext
from app.core.row_security import every_account
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.tenancy import owned
from app.mirror.visits import claim_visits, published_at, record_visit
from app.publishing.models import PublishRun
from app.publishing.run_kinds import VERIFY
from app.publishing.verification import comparing as verify
from app.publishing.verification.issues import make_issue
from app.publishing.verification.remarks import remarks_on
from app.sites import wordpress
from app.sites.connection import login_of
from app.sites.error_codes import error_for
from app.sites.models import Site
from app.taxonomy.slugs import readable_url

LOOKS = (timedelta(minutes=1), timedelta(minutes=10))  # after the publish, at a page that was not served as sent
EVERY = timedelta(minutes=10)
RECHECK_FOR = timedelta(hours=24)
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class LivePublish:
    """A publish that went live; `result` is what the plugin answered, with what was `sent`."""

    id: int
    run_id: UUID
    result: dict[str, Any]


def start_verification(account_id: int, content_id: int, actor: Actor) -> Run:
    """Start a run that visits the published page again; an active one is returned. Flushes.

    Raises NotFound for another account's content, DomainError when it was never published from here.
    """
    content = owned(Content, content_id, account_id)
    if published_at(account_id, content_id) is None:
        raise error_for("NOT_PUBLISHED", message=gettext("This was never published from here."))
    return start_run(
        account_id=account_id,
        kind=VERIFY,
        title=f"Verify “{content.title[:200]}”",
        actor=actor,
        site_id=content.site_id,
        subject_type="content",
        subject_id=content.id,
        params={"content_id": content.id},
        queue="interactive" if actor.id else "bulk",
        exclusive_key=f"verify:{content.id}",
    )


def verify_again(context: RunContext) -> Outcome:
    """Visit the page, compare it with what was sent last, and store the verdict, also on that publish's run."""
    account_id, content_id = context.run.account_id, int(context.run.params["content_id"])
    context.progress(step="Visiting the page")
    attempt = _last_attempt(account_id, content_id)
    if attempt is None or "sent" not in attempt.result:
        raise error_for(
            "NOT_PUBLISHED",
            message=gettext("What was sent last is no longer known."),
            cure=gettext("Publish it again."),
        )
    result = attempt.result
    login = login_for(account_id, context.run.site_id)
    db.session.commit()
    verdict = check_as_visitor(result, login)
    newest = _last_attempt(account_id, content_id)
    if newest is None or newest.id != attempt.id:
        db.session.rollback()
        return Outcome("It was published anew meanwhile.", link=str(result["permalink"]))
    outcome = record_verdict(account_id, content_id, result, verdict)
    _correct_outcome(attempt.run_id, outcome)
    db.session.commit()
    names = ("verdict", "in_short", "is_old", "looks_soon")
    return replace(outcome, data={name: outcome.data[name] for name in names})


def login_for(account_id: int, site_id: int | None) -> Login | None:
    """The login that the site's server asks visitors for, if it does."""
    site = db.session.scalar(select(Site).where(Site.id == site_id, Site.account_id == account_id))
    return login_of(site) if site else None


def check_as_visitor(result: dict[str, Any], login: Login | None) -> verify.Verdict:
    """Visit the page as a visitor, who knows the site's password where the server asks for it; no transaction may be
    open.
    """
    allowed = current_app.config["ALLOWED_PRIVATE_HOSTS"]
    asked: list[str] = []

    def visit(url: str) -> HttpResponse:
        answer = wordpress.visit_page(url, allowed)
        if login is None or answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        asked.append(url)
        return wordpress.visit_page(url, allowed, login=login)

    verdict = verify.check_page(result, visit)
    if login and str(result["permalink"]) in asked and login.is_for(str(result["permalink"])):
        message = gettext("It was looked at with the site's user name and password, which visitors need too.")
        verdict.notes.append(make_issue("SITE_PASSWORD", message))
    return verdict


def record_verdict(account_id: int, content_id: int, result: dict[str, Any], verdict: verify.Verdict) -> Outcome:
    """Store the verdict of a visit and when the next visit is due; returns how the publish ended. Flushes."""
    since = published_at(account_id, content_id) if verdict.may_pass else None
    again = next_check(verdict, since, utcnow()) if since else None
    record_visit(account_id, content_id, verdict.name, verdict.issues, again)
    url = str(result["permalink"])
    sentences = [
        verify.verdict_message(verdict, readable_url(url)),
        *(["It is looked at again by itself."] if again else []),
        *remarks_on(result),
    ]
    data = {name: result[name] for name in ("post_id", "term_id", "warnings") if result.get(name)}
    soon = again is not None and since is not None and again <= since + LOOKS[-1]
    data |= {"verdict": verdict.name, "in_short": verdict.in_short, "is_old": verdict.is_old, "looks_soon": soon}
    return Outcome(" ".join(sentences), link=url, data=data)


def next_check(verdict: verify.Verdict, since: datetime, now: datetime) -> datetime | None:
    """When to check a page again that is not served as sent since `since`; None when the verdict stands (pure)."""
    if not verdict.may_pass:
        return None
    early = next((since + wait for wait in LOOKS if since + wait > now), None)
    if early is None and verdict.name == "not_seen_from_outside" and now < since + RECHECK_FOR:
        return now + EVERY
    return early


def is_newest(run_id: UUID, account_id: int, content_id: int) -> bool:
    """Whether the content did not go live again after this run."""
    attempt = _last_attempt(account_id, content_id)
    return attempt is not None and attempt.run_id == run_id


def _correct_outcome(run_id: UUID, outcome: Outcome) -> None:
    """Give the run of the publish the new outcome."""
    db.session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state == "succeeded")
        .values(message=outcome.message, data=Run.data.op("||")(outcome.data))
        .execution_options(synchronize_session=False)
    )


def _last_attempt(account_id: int, content_id: int) -> LivePublish | None:
    """The last publish that went live."""
    stmt = (
        select(PublishRun.id, PublishRun.run_id, PublishRun.result)
        .where(PublishRun.content_id == content_id, PublishRun.account_id == account_id)
        .where(PublishRun.result.is_not(None))
        .order_by(PublishRun.updated_at.desc())
        .limit(1)
    )
    row = db.session.execute(stmt).one_or_none()
    return LivePublish(*row) if row else None


@every_account("pages are looked at again whatever the account")
def start_due_checks() -> int:
    """Start the checks that are due: of pages not served as sent, or whose visit was lost. Commits."""
    now = utcnow()
    claimed = claim_visits(now, now + EVERY, MOST_AT_ONCE)
    for account_id, content_id in claimed:
        try:
            start_verification(account_id, content_id, THE_APP)
        except DomainError:
            continue  # the account may not work now, or the page went; the next look comes in a while
    db.session.commit()
    return len(claimed)
