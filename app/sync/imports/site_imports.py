"""Imports of a site: start, pause, resume, describe. Services flush; callers commit."""

import re
import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, update

from app.content.models import Content
from app.content.state import CONFLICT
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Outcome, Run, services, start_run
from app.core.runs.services import find_active, get_run
from app.core.tenancy import owned
from app.core.wording import many
from app.sites.connection import open_client
from app.sites.error_codes import all_error_codes
from app.sites.models import Site
from app.sites.wordpress import Credentials
from app.sites.wordpress_errors import WordPressError, wordpress_error
from app.sync.imports.limits import FIRST_LIMIT
from app.sync.imports.models import ImportProblem, SiteImport
from app.sync.run_kinds import IMPORT

STATUSES = (
    ("publish", "Published"),
    ("future", "Scheduled"),
    ("private", "Private"),
    ("pending", "Pending review"),
    ("draft", "Drafts"),
)
DEFAULT_TYPES = ("post", "page", "product")
MOST_TYPES = 50
_NAME = re.compile(r"[a-z0-9_-]{1,20}\Z")


def start_site_import(
    account_id: int, site_id: int, *, types: Sequence[str], statuses: Sequence[str], actor: Actor
) -> Run:
    """Start importing these types of a site; an import under way is returned. Flushes.

    Raises WordPressError when the site was never connected, DomainError when nothing is chosen.
    """
    site = owned(Site, site_id, account_id)
    if site.connection is None:
        raise wordpress_error("NOT_CONNECTED")
    types = [name for name in dict.fromkeys(types) if _NAME.match(name)][:MOST_TYPES]
    statuses = [key for key, _label in STATUSES if key in statuses]
    if not types or not statuses:
        raise DomainError(
            gettext("Nothing is chosen."),
            code="NOTHING_CHOSEN",
            cure=gettext("Choose at least one type and one status."),
            field="types",
        )
    run = start_run(
        account_id=account_id,
        kind=IMPORT,
        title=f"Importing from {site.name}",
        actor=actor,
        site_id=site_id,
        exclusive_key=import_key(site_id),
        subject_type="site",
        subject_id=site_id,
    )
    if _of_run(account_id, run.id) is None:  # else the run is one that was under way
        db.session.add(
            SiteImport(
                account_id=account_id,
                site_id=site_id,
                run_id=run.id,
                types=types,
                statuses=statuses,
                page_limit=FIRST_LIMIT,
            )
        )
        db.session.flush()
    return run


def import_key(site_id: int) -> str:
    """The exclusive key that allows one active import of a site."""
    return f"{IMPORT.name}:{site_id}"


def active_import(account_id: int, site_id: int) -> Run | None:
    """The run of the site's import that waits or works."""
    return find_active(import_key(site_id), account_id)


def latest(account_id: int, site_id: int) -> SiteImport | None:
    """The newest import of a site."""
    stmt = select(SiteImport).where(SiteImport.account_id == account_id, SiteImport.site_id == site_id)
    return db.session.scalar(stmt.order_by(SiteImport.id.desc()).limit(1))


def import_of(account_id: int, run_id: uuid.UUID) -> tuple[SiteImport, Run]:
    """An import with its run; raises NotFound for another account's, and for a run that is none."""
    run = get_run(run_id, account_id)
    site_import = _of_run(account_id, run_id)
    if site_import is None:
        raise NotFound()
    return site_import, run


def _of_run(account_id: int, run_id: uuid.UUID) -> SiteImport | None:
    stmt = select(SiteImport).where(SiteImport.run_id == run_id, SiteImport.account_id == account_id)
    return db.session.scalar(stmt)


def pause_site_import(account_id: int, run_id: uuid.UUID) -> None:
    """Stop at the next page, to go on later. Flushes; raises Conflict when it is not under way."""
    site_import, run = import_of(account_id, run_id)
    services.cancel(run)
    site_import.paused = True
    if run.state == "cancelled":
        run.message = _stopped(site_import)
    db.session.flush()


def resume_site_import(account_id: int, run_id: uuid.UUID) -> None:
    """Go on from where it stopped. Flushes; raises Conflict when it works, has ended, or a newer one was begun."""
    site_import, run = import_of(account_id, run_id)
    _refuse_old(site_import)
    services.retry(run)
    site_import.paused = False
    db.session.flush()


def cancel_site_import(account_id: int, run_id: uuid.UUID) -> None:
    """Stop for good; what was imported stays. Flushes."""
    site_import, run = import_of(account_id, run_id)
    if run.is_active:
        services.cancel(run)
    site_import.paused = False
    if run.state == "cancelled":
        run.message = _stopped(site_import)
    db.session.flush()


def _refuse_old(site_import: SiteImport) -> None:
    newer = (
        select(SiteImport.id).where(SiteImport.site_id == site_import.site_id, SiteImport.id > site_import.id).limit(1)
    )
    if site_import.finished_at is not None or db.session.scalar(newer) is not None:
        raise Conflict(
            gettext("A newer import of this site was begun.")
            if site_import.finished_at is None
            else gettext("This import is complete."),
            code="IMPORT_OVER",
            cure=gettext("Import again: what is here already is updated, never doubled."),
        )


def claim_import(account_id: int, run_id: uuid.UUID) -> SiteImport:
    """The import of a run that a worker begins or goes on with. Commits; raises Conflict when a newer one was begun."""
    site_import, run = import_of(account_id, run_id)
    if site_import.phase != "done":
        _refuse_old(site_import)
    site_import.paused = site_import.paused and run.cancel_requested
    db.session.commit()
    return site_import


def stopped_message(account_id: int, run_id: uuid.UUID) -> str:
    """The message of an import that a person stopped."""
    db.session.rollback()
    return _stopped(import_of(account_id, run_id)[0])


def _stopped(site_import: SiteImport) -> str:
    word = "Paused" if site_import.paused else "Cancelled"
    if not site_import.total:
        return f"{word}. What was imported stays."
    return f"{word} at {site_import.done:,} of {site_import.total:,}. What was imported stays."


def count_failure(account_id: int, run_id: uuid.UUID, page_limit: int, total: int | None) -> int:
    """Record another failure of the site, and a smaller page size.

    Returns how often it has failed since it last answered. Commits.
    """
    db.session.rollback()
    site_import, _run = import_of(account_id, run_id)
    site_import.failures += 1
    site_import.page_limit, site_import.total = page_limit, site_import.total or total
    failures = site_import.failures
    db.session.commit()
    return failures


def reset_failures(account_id: int, run_id: uuid.UUID) -> None:
    """Count failures from zero, for when a person tries again. Commits."""
    db.session.execute(
        update(SiteImport).where(SiteImport.run_id == run_id, SiteImport.account_id == account_id).values(failures=0)
    )
    db.session.commit()


def plugin_answers(credentials: Credentials) -> bool:
    """Whether the plugin answers, whatever routes it has."""
    with open_client(credentials) as client:
        try:
            client.get("status", read_seconds=10)
        except WordPressError:
            return False
    return True


def plugin_too_old_error() -> WordPressError:
    """The error for a plugin that answers, but has no routes for an import."""
    entry = all_error_codes()["ROUTE_UNKNOWN"]
    return WordPressError(
        gettext("The plugin on this site is too old to import from."), code=entry.code, cure=entry.cure
    )


def outcome_of(account_id: int, run_id: uuid.UUID) -> Outcome:
    """The outcome of an import that succeeded."""
    db.session.rollback()
    site_import, _run = import_of(account_id, run_id)
    names = ("terms", "created", "updated", "unchanged", "kept", "passed_over", "gone", "problems", "done")
    data = {name: getattr(site_import, name) for name in names}
    return Outcome(summary_of(site_import), link=f"/content/import/{run_id}/", data=data)


def summary_of(site_import: SiteImport) -> str:
    """What an import did, in words (pure)."""
    parts = [f"{site_import.created:,} new", f"{site_import.updated:,} updated", f"{site_import.unchanged:,} unchanged"]
    if site_import.left_out:
        parts.append(f"{site_import.left_out:,} left out ({why_left_out(site_import)})")
    summary = f"Read {many(site_import.done, 'item')}: {', '.join(parts)}. Read {many(site_import.terms, 'term')}."
    if site_import.gone:
        summary += f" {many(site_import.gone, 'item')} {_are(site_import.gone)} no longer in WordPress."
    if site_import.kept:
        summary += (
            f" {many(site_import.kept, 'item')} changed on both sides and stayed as {_they(site_import.kept)} here."
        )
    if site_import.problems:
        summary += f" {many(site_import.problems, 'problem')} to check."
    return summary


def why_left_out(site_import: SiteImport) -> str:
    """The reasons for which posts were left out, with how many each (pure)."""
    reasons = []
    if site_import.passed_over:
        reasons.append(f"{site_import.passed_over:,} in a status that was not chosen")
    if site_import.not_taken:
        reasons.append(f"{site_import.not_taken:,} that could not be imported (see Problems)")
    return ", ".join(reasons)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _they(count: int) -> str:
    return "it is" if count == 1 else "they are"


def seconds_left(site_import: SiteImport) -> int | None:
    """Seconds to the end at the current rate; None when it is not known."""
    if not site_import.total or not site_import.rate:
        return None
    return max(0, round((site_import.total - site_import.done) / site_import.rate))


def recent(account_id: int, site_id: int, limit: int = 5) -> Iterable[tuple[SiteImport, Run]]:
    """The newest imports of a site with their runs."""
    stmt = (
        select(SiteImport, Run)
        .join(Run, Run.id == SiteImport.run_id)
        .where(SiteImport.account_id == account_id, SiteImport.site_id == site_id)
        .order_by(SiteImport.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in db.session.execute(stmt)]


def is_stalled(site_import: SiteImport, run: Run) -> bool:
    """True for an import that stopped before its end and can go on."""
    return site_import.finished_at is None and run.state in ("failed", "cancelled")


def problems_of(site_import: SiteImport, limit: int) -> Sequence[ImportProblem]:
    """The first of what could not be imported as it is."""
    stmt = select(ImportProblem).where(ImportProblem.import_id == site_import.id).order_by(ImportProblem.id)
    return db.session.scalars(stmt.limit(limit)).all()


def count_conflicts(site_import: SiteImport) -> int:
    """How many contents of the site were changed on both sides."""
    where = (Content.account_id == site_import.account_id, Content.site_id == site_import.site_id)
    return db.session.scalar(select(func.count()).where(*where, Content.state == CONFLICT)) or 0
