"""What can be done with imports of a site, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

import uuid
from collections.abc import Callable, Sequence

from app.core import audit
from app.core.actor import Actor
from app.core.runs import Run
from app.core.tenancy import owned
from app.sites.models import Site
from app.sync.imports import site_imports


def start_site_import(
    account_id: int, actor: Actor, site_id: int, *, types: Sequence[str], statuses: Sequence[str]
) -> Run:
    """Start importing a site; an import under way is returned. Raises like `site_imports.start_site_import`."""
    under_way = site_imports.active_import(account_id, site_id)
    run = site_imports.start_site_import(account_id, site_id, types=types, statuses=statuses, actor=actor)
    if under_way is None or under_way.id != run.id:
        name, after = owned(Site, site_id, account_id).name, {"types": types, "statuses": statuses}
        audit.record(account_id, "import.started", subject=name, after=after, by=actor)
    return run


def pause_import(account_id: int, actor: Actor, run_id: uuid.UUID) -> None:
    """Stop at the next page, to go on later. Raises Conflict when it is not under way."""
    _do(account_id, actor, run_id, site_imports.pause_site_import, "import.paused")


def resume_import(account_id: int, actor: Actor, run_id: uuid.UUID) -> None:
    """Go on from where it stopped. Raises Conflict when it cannot."""
    _do(account_id, actor, run_id, site_imports.resume_site_import, "import.resumed")


def cancel_import(account_id: int, actor: Actor, run_id: uuid.UUID) -> None:
    """Stop for good; what was imported stays."""
    _do(account_id, actor, run_id, site_imports.cancel_site_import, "import.cancelled")


def _do(account_id: int, actor: Actor, run_id: uuid.UUID, change: Callable[[int, uuid.UUID], None], name: str) -> None:
    change(account_id, run_id)
    _found, run = site_imports.import_of(account_id, run_id)
    audit.record(account_id, name, subject=run.title, by=actor)
