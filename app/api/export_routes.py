"""Exports of everything that an account has: for the person whose token it is."""

from uuid import UUID

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.runs import RunShown
from app.api.shapes import RowPage, SentFile, Shown, whole_list
from app.core.access import current_account_id, current_actor, current_user_id
from app.core.extensions import db, limiter
from app.core.permissions import Permission
from app.export import actions, services

EXPORT = Permission.ACCOUNT_EXPORT
EXPORTS = "10 per hour"


class ExportShown(Shown):
    """An export: the run that makes it, and whether its file is there. Files are kept for a week."""

    run: RunShown
    has_file: bool = Field(examples=[True])


def exports_limit_key() -> str:
    """What exports are counted under: as those of the page, the account's."""
    return f"export:{current_account_id()}"


@api_endpoint("GET", "/exports/", EXPORT)
def show_own_exports() -> RowPage[ExportShown]:
    """List the newest exports of the person whose token it is, on one page."""
    runs = services.exports_of(current_account_id(), current_user_id())
    return whole_list([ExportShown(run=RunShown.of(run), has_file=services.file_of(run) is not None) for run in runs])


@api_endpoint("POST", "/exports/", EXPORT, status=202)
@limiter.limit(EXPORTS, key_func=exports_limit_key)
def begin_export() -> RunShown:
    """Export everything that the account has: a run. One that is being made for this person is given back."""
    return RunShown.of(actions.start_export(current_account_id(), current_actor()))


@api_endpoint("GET", "/exports/<uuid:run_id>/file/", EXPORT)
def show_export_file(run_id: UUID) -> SentFile:
    """The archive of an export; 404 for anybody but the person who made it. Each download is in the audit log."""
    _run, path = actions.open_export(current_account_id(), current_actor(), run_id)
    db.session.commit()  # that it was read is what is recorded
    return SentFile(path.open("rb"), f"igny8-export-{run_id}.zip")
