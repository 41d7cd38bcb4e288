"""The pages of moving in: the list, a new import, and one import from what was found to its result."""

import tempfile
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, after_this_request, render_template, request, send_file, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import N_, gettext, ngettext
from app.core.one_at_a_time import one_at_a_time
from app.core.request_ids import id_or_none
from app.legacy_import import actions, quarantine, services, takeover
from app.legacy_import.actions import MoveChoices
from app.legacy_import.checklist import import_checklist
from app.legacy_import.models import LegacyImport
from app.legacy_import.permissions import LegacyPermission
from app.legacy_import.schema import TABLES
from app.legacy_import.server_source import MYSQL_PORT, Server
from app.legacy_import.summary import STATUS_CHOICES
from app.legacy_import.targets import counts_by_state
from app.legacy_import.undoing import left_sentence
from app.sites import services as sites

bp = Blueprint("legacy_import", __name__, url_prefix="/account/legacy")
MEANINGS = {"queued": N_("Queued"), "completed": N_("Completed"), "leave_out": N_("Quarantine them")}
STATES = {
    "reading": N_("Reading"),
    "ready": N_("Ready to move in"),
    "moving": N_("Moving in"),
    "done": N_("Moved in"),
    "undone": N_("Undone"),
}


@bp.get("/")
@requires(LegacyPermission.READ)
def index() -> str:
    """The imports of the account."""
    imports = services.list_imports(current_account_id())
    return page_or_partial(
        "legacy_import/index.html", "legacy_import/_imports.html", imports=imports, states=STATES, sites=_site_names()
    )


def _site_names() -> dict[int, str]:
    return {site.id: site.name for site in sites.list_sites(current_account_id())}


@bp.get("/new/")
@requires(LegacyPermission.MANAGE)
def new_import() -> Any:
    """The form for a dump or a server."""
    return _form()


def _form(status: int = 200, error: DomainError | None = None) -> Any:
    return render_template(
        "legacy_import/new.html", values=request.form, error=error, sites=_site_names(), port=MYSQL_PORT
    ), status


@bp.post("/new/")
@requires(LegacyPermission.MANAGE)
@limiter.limit("30 per hour", key_func=lambda: f"legacy:{current_account_id()}")
def begin_import() -> Any:
    """Take the file or the address of a server, and start to read."""
    busy = gettext("Another file of yours is being taken in just now.")
    with one_at_a_time(f"legacy-{current_account_id()}", busy, request.content_length or 0):
        try:
            legacy = _begun(id_or_none(request.form.get("site")) or 0)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            return _form(error.status if error.status != 404 else 422, error)
    return redirect_to(url_for("legacy_import.show", legacy_id=legacy.id))


def _begun(site_id: int) -> LegacyImport:
    account_id, actor, form = current_account_id(), current_actor(), request.form
    prefix = form.get("prefix", "")
    if form.get("source") == "server":
        return actions.begin_from_server(account_id, actor, site_id, server=_server(), prefix=prefix)
    upload = request.files.get("dump")
    if upload is None or not upload.filename:
        raise DomainError(
            gettext("No file was chosen."), code="NO_FILE", field="dump", cure=gettext("Choose the dump.")
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump"
        upload.save(path)
        names = {"name": Path(upload.filename).name, "database": form.get("database_of_dump", ""), "prefix": prefix}
        return actions.begin_from_dump(account_id, actor, site_id, path=path, **names)


def _server() -> Server:
    form = request.form
    port = form.get("port", "").strip()
    return Server(
        host=form.get("host", "").strip(),
        database=form.get("database", "").strip(),
        user=form.get("user", "").strip(),
        password=form.get("password", ""),
        port=int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else 0 if port else MYSQL_PORT,
        tls=form.get("tls", ""),
    )


@bp.get("/<int:legacy_id>/")
@requires(LegacyPermission.READ)
def show(legacy_id: int) -> str:
    """One import: what was found, how far it is, or its result."""
    legacy = services.legacy_import_of(current_account_id(), legacy_id)
    return page_or_partial("legacy_import/show.html", "legacy_import/_import.html", **_shown(legacy))


def _shown(legacy: LegacyImport) -> dict[str, Any]:
    run = services.newest_run_of(legacy)
    is_moved = legacy.state in ("moving", "done", "undone")
    counts = counts_by_state(legacy.id) if is_moved else {}
    return {
        "legacy": legacy,
        "run": run,
        "titles": {key: gettext(table.title) for key, table in TABLES.items()},
        "site_name": _site_names().get(legacy.site_id, ""),
        "state_words": gettext(STATES[legacy.state]),
        "other_address": legacy.state in ("ready", "moving") and services.is_other_address(legacy),
        "counts": counts,
        "quarantined": _quarantined(legacy, counts) if legacy.state == "done" else [],
        "checklist": import_checklist(legacy) if legacy.state == "done" else [],
        "handing_over": takeover.newest_takeover(legacy) if legacy.state == "done" else None,
        "left_words": left_sentence(legacy.report.get("left", {})) if legacy.state == "undone" else "",
        "meanings": [(name, gettext(MEANINGS[name])) for name in STATUS_CHOICES],
        "summary": legacy.report.get("summary", {}),
    }


def _quarantined(legacy: LegacyImport, counts: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    return [
        {"key": key, "count": counts[key]["quarantined"], "rows": quarantine.shown_rows(legacy, key)}
        for key in TABLES
        if counts.get(key, {}).get("quarantined")
    ]


@bp.post("/<int:legacy_id>/move/")
@requires(LegacyPermission.MANAGE)
def move_in(legacy_id: int) -> Any:
    """Start to move in, as the form says, or go on."""
    choices = _choices(services.legacy_import_of(current_account_id(), legacy_id)) if "chosen" in request.form else None
    actions.start_moving(current_account_id(), current_actor(), legacy_id, choices)
    db.session.commit()
    return redirect_to(url_for("legacy_import.show", legacy_id=legacy_id))


def _choices(legacy: LegacyImport) -> MoveChoices:
    form = request.form
    unknown = [name for name, _count in legacy.report.get("summary", {}).get("statuses", [])]
    return MoveChoices(
        mend_encoding=bool(form.get("mend_encoding")),
        invite=bool(form.get("invite")),
        home_cluster=form.get("home_cluster", ""),
        statuses={name: form.get(f"status_{place}", "leave_out") for place, name in enumerate(unknown)},
    )


@bp.post("/<int:legacy_id>/undo/")
@requires(LegacyPermission.MANAGE)
def start_undo(legacy_id: int) -> Any:
    """Start to remove what was moved in."""
    actions.start_undo(current_account_id(), current_actor(), legacy_id)
    db.session.commit()
    return redirect_to(url_for("legacy_import.show", legacy_id=legacy_id))


@bp.post("/<int:legacy_id>/take-over/")
@requires(LegacyPermission.MANAGE)
def hand_over(legacy_id: int) -> Any:
    """Tell the new plugin which content each post of the import is."""
    actions.hand_over(current_account_id(), current_actor(), legacy_id)
    db.session.commit()
    return redirect_to(url_for("legacy_import.show", legacy_id=legacy_id))


@bp.post("/<int:legacy_id>/forget/")
@requires(LegacyPermission.MANAGE)
def forget_read(legacy_id: int) -> Any:
    """Delete what was read; what was moved in stays."""
    actions.forget_import(current_account_id(), current_actor(), legacy_id)
    db.session.commit()
    toast(gettext("What was read is deleted. What was moved in stays."), "info")
    return redirect_to(url_for("legacy_import.index"))


@bp.get("/<int:legacy_id>/rows/<source_table>.csv")
@requires(LegacyPermission.READ)
def quarantined_rows(legacy_id: int, source_table: str) -> Response:
    """The quarantined rows of a table as CSV."""
    path = quarantine.write_csv(services.legacy_import_of(current_account_id(), legacy_id), source_table)

    @after_this_request
    def remove(answer: Response) -> Response:
        path.unlink(missing_ok=True)
        return answer

    answer = send_file(path, as_attachment=True, download_name=f"quarantined-{source_table}.csv", mimetype="text/csv")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/<int:legacy_id>/rows/<source_table>/")
@requires(LegacyPermission.MANAGE)
def give_back(legacy_id: int, source_table: str) -> Any:
    """Take mended rows, and move them in."""
    account_id = current_account_id()
    services.legacy_import_of(account_id, legacy_id)
    busy = gettext("Another file of yours is being taken in just now.")
    with one_at_a_time(f"legacy-{account_id}", busy, request.content_length or 0):
        upload = request.files.get("mended")
        data = upload.read() if upload and upload.filename else b""
        if not data:
            raise DomainError(
                gettext("No file was chosen."), code="NO_FILE", field="mended", cure=gettext("Choose the mended file.")
            )
        staged, ignored = actions.give_back(account_id, current_actor(), legacy_id, source_table, data)
        db.session.commit()
    words = ngettext("%(num)s row was taken.", "%(num)s rows were taken.", staged)
    if ignored:
        words += " " + ngettext(
            "%(num)s row of the file is not in quarantine.", "%(num)s rows of the file are not in quarantine.", ignored
        )
    toast(words, "info")
    return redirect_to(url_for("legacy_import.show", legacy_id=legacy_id))
