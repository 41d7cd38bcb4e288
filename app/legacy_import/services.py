"""Imports from the old plugin: finding them, and keeping one from another. Services flush; callers commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import defer

from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Run
from app.core.runs.services import find_active, find_run
from app.core.tenancy import owned
from app.legacy_import.models import LegacyImport
from app.legacy_import.run_kinds import key_of_site
from app.sites.models import Site

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """An import with its newest run."""

    legacy: LegacyImport
    run: Run | None


def list_imports(account_id: int) -> list[Listed]:
    """The newest imports of the account."""
    stmt = select(LegacyImport).where(LegacyImport.account_id == account_id)
    columns = (defer(LegacyImport.tables), defer(LegacyImport.report))
    rows = db.session.scalars(stmt.options(*columns).order_by(LegacyImport.id.desc()).limit(SHOWN)).all()
    runs = _runs_of(account_id, [row.run_id for row in rows if row.run_id])
    return [Listed(row, runs.get(row.run_id)) for row in rows]


def _runs_of(account_id: int, run_ids: Sequence[Any]) -> dict[Any, Run]:
    stmt = select(Run).where(Run.account_id == account_id, Run.id.in_(run_ids))
    return {run.id: run for run in db.session.scalars(stmt)} if run_ids else {}


def legacy_import_of(account_id: int, import_id: int) -> LegacyImport:
    """The import; raises NotFound for one of another account."""
    return owned(LegacyImport, import_id, account_id)


def newest_run_of(legacy: LegacyImport) -> Run | None:
    """Its newest run."""
    return find_run(legacy.run_id, legacy.account_id)


def is_other_address(legacy: LegacyImport) -> bool:
    """Whether the installation names another address than the site has; a scheme or `www.` makes no difference."""
    origin = str(legacy.report.get("found", {}).get("url") or "")
    site = db.session.get(Site, legacy.site_id)
    return bool(origin) and site is not None and _host(origin) != _host(site.url)


def _host(url: str) -> str:
    parts = urlsplit(url.strip().lower())
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}"


def refuse_while_busy(legacy: LegacyImport) -> None:
    """Raise Conflict while a run reads, moves or undoes an import of the site."""
    active = find_active(key_of_site(legacy.site_id), legacy.account_id)
    if active is not None:
        raise Conflict(
            gettext("Another import of this site is under way."),
            code="RUN_ACTIVE",
            cure=gettext("Wait until it has ended, or cancel it."),
        )


def claim_state(legacy: LegacyImport, state: str, *, before: Sequence[str], **values: Any) -> None:
    """Bring the import from one of the states `before` to `state`; raises Conflict when somebody else moved it."""
    stmt = update(LegacyImport).where(LegacyImport.id == legacy.id, LegacyImport.state.in_(before))
    stmt = stmt.values(state=state, updated_at=utcnow(), **values).returning(LegacyImport.id)
    if db.session.execute(stmt.execution_options(synchronize_session=False)).first() is None:
        raise Conflict(
            gettext("This import cannot do that now."), code="CHANGED_SINCE", cure=gettext("Reload the page.")
        )
    db.session.refresh(legacy)
