"""Fetching events from a site, when a nudge from the plugin or its last answer said that some are due.

WordPress works only when somebody visits it, so a quiet site does not send its events itself. `pull_due_at` of
`SiteSync` says when to ask for them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import case, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import gettext
from app.core.logs import get_logger
from app.core.row_security import every_account
from app.core.tenancy import owned
from app.sites.connection import credentials_for, open_client, remember_transport
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from app.sites.wordpress_errors import WordPressError
from app.sync.imports.limits import MAX_PAGE_BYTES
from app.sync.inbound import links, term_names
from app.sync.inbound.events import apply_events, read_inbound_events
from app.sync.models import SiteSync

LEASE = timedelta(minutes=2)
AGAIN = timedelta(seconds=60)  # what was sent and could not be taken yet comes again
RACED = timedelta(seconds=5)
EVENTS, MOST_PAGES = 50, 40
SECONDS = 30.0
TOKEN = re.compile(r"[0-9a-f]{32}")
log = get_logger(__name__)


@dataclass
class PullResult:
    """How many events were stored, how many of them the plugin was asked to delete, and when to ask again.

    `again_in` None: nothing is known to wait.
    """

    events: int = 0
    acknowledged: int = 0
    again_in: timedelta | None = None


@dataclass
class _Page:
    done: list[str] = field(default_factory=list)
    count: int = 0
    more: bool = False
    due_in: timedelta | None = None


def plan_pull(account_id: int, site_id: int, due_at: datetime) -> None:
    """Plan to fetch the site's events at `due_at`, or earlier if that was planned already. Flushes.

    A pull planned while another is under way is made afterwards.
    """
    stmt = insert(SiteSync).values(site_id=site_id, account_id=account_id, pull_due_at=due_at)
    free = or_(SiteSync.pull_due_at.is_(None), SiteSync.pull_due_at > due_at, SiteSync.pull_lease_until > utcnow())
    db.session.execute(
        stmt.on_conflict_do_update(
            index_elements=["site_id"], set_={"pull_due_at": case((free, due_at), else_=SiteSync.pull_due_at)}
        )
    )


@every_account("events are due whatever the account")
def claim_due() -> list[tuple[int, int]]:
    """Account and site of the pulls that are due, each leased to this caller for `LEASE`. Commits."""
    now = utcnow()
    stmt = (
        update(SiteSync)
        .where(SiteSync.pull_due_at <= now, or_(SiteSync.pull_lease_until.is_(None), SiteSync.pull_lease_until < now))
        .where(SiteSync.site_id.in_(select(Site.id).where(Site.is_active)))
        .values(pull_lease_until=now + LEASE)
        .returning(SiteSync.account_id, SiteSync.site_id)
        .execution_options(synchronize_session=False)
    )
    claimed = [(row[0], row[1]) for row in db.session.execute(stmt)]
    db.session.commit()
    return claimed


def pull_planned(account_id: int, site_id: int) -> PullResult:
    """Fetch what was due (`claim_due`), and plan the next pull. Commits.

    Failures are left to the health check, which comes every few minutes.
    """
    planned = db.session.scalar(select(SiteSync.pull_due_at).where(SiteSync.site_id == site_id))
    db.session.commit()
    pulled = PullResult()
    try:
        pulled = pull(account_id, site_id)
    except WordPressError as error:
        log.info("pull_failed", site_id=site_id, code=error.code)
    except OperationalError:
        log.warning("pull_raced", site_id=site_id)
        pulled.again_in = RACED
    finally:
        db.session.rollback()
        _finish(account_id, site_id, planned, pulled.again_in)
    return pulled


def _finish(account_id: int, site_id: int, planned: datetime | None, again_in: timedelta | None) -> None:
    now = utcnow()
    next_due = case((SiteSync.pull_due_at == planned, None), else_=SiteSync.pull_due_at)
    stmt = update(SiteSync).where(SiteSync.site_id == site_id)
    stmt = stmt.values(pull_due_at=next_due, pull_lease_until=None, pulled_at=now)
    db.session.execute(stmt.execution_options(synchronize_session=False))
    if again_in is not None:
        plan_pull(account_id, site_id, now + again_in)
    db.session.commit()


def pull(account_id: int, site_id: int) -> PullResult:
    """Fetch the events that are due, page by page, each acknowledged after it is stored. Commits.

    Raises WordPressError. What is stored and not acknowledged comes again and changes nothing; so does what the plugin
    sends meanwhile.
    """
    credentials = credentials_for(owned(Site, site_id, account_id))
    db.session.commit()
    with open_client(credentials, max_bytes=MAX_PAGE_BYTES) as client:
        pulled = _pull(account_id, site_id, client)
        remember_transport(site_id, account_id, client)
        db.session.commit()
    return pulled


def _pull(account_id: int, site_id: int, client: WordPressClient) -> PullResult:
    pulled, page = PullResult(), _Page()
    for _ in range(MOST_PAGES):
        acknowledged = len(page.done)
        page = _next_page(client, account_id, site_id, page.done)
        pulled.acknowledged += acknowledged
        pulled.events += len(page.done)
        if not page.done:
            break
    term_names.name_terms(client, account_id, site_id)
    db.session.commit()
    if page.done:
        pulled.again_in = timedelta(0)
    elif page.count or page.more:
        pulled.again_in = AGAIN if page.due_in is None else min(AGAIN, page.due_in)
    else:
        pulled.again_in = page.due_in
    return pulled


def _next_page(client: WordPressClient, account_id: int, site_id: int, acknowledged_ids: Sequence[str]) -> _Page:
    query = {"limit": str(EVENTS)} | ({"ack": ",".join(acknowledged_ids)} if acknowledged_ids else {})
    answer = client.get("pull-updates", query, read_seconds=SECONDS)
    events, refused = _read(answer.get("events"))
    delivery = apply_events(account_id, site_id, events)
    links.refresh_if_changed(account_id, site_id, answer.get("links"))
    db.session.commit()
    ids = [*delivery.acknowledged, *(refusal["id"] for refusal in (*refused, *delivery.refused))]
    return _Page(
        [token for token in ids if TOKEN.fullmatch(token)],
        len(events),
        answer.get("more") is True,
        _seconds(answer.get("next_due_in")),
    )


def _read(raw: Any) -> tuple[list[Any], list[dict[str, str]]]:
    try:
        return read_inbound_events(raw if isinstance(raw, list) else [])
    except ValidationError as error:
        raise WordPressError(
            gettext("The plugin sent a change that cannot be read."),
            code="BAD_ITEM",
            cure=gettext("Update the IGNY8 plugin in WordPress, then try again."),
        ) from error


def _seconds(value: object) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return timedelta(seconds=min(3600.0, max(0.5, float(value))))
