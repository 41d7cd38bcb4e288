"""Importing keywords: the form, the preview with its column mapping, the result."""

import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, render_template, request, send_file, url_for

from app.core import limits
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import N_, gettext
from app.core.one_at_a_time import one_at_a_time
from app.core.permissions import Permission
from app.core.request_ids import id_or_none
from app.core.runs import Run
from app.planner import actions, forms
from app.planner.blueprint import bp
from app.planner.imports import bounds as import_bounds
from app.planner.imports import undo as import_undo
from app.planner.imports.choices import NO, OTHER, RECOGNISED, SEPARATORS, YES
from app.planner.imports.rows import ImportPreview, preview_table
from app.planner.imports.runs import Source, own_site
from app.planner.imports.shelves import REPORTS, UPLOADS
from app.planner.imports.tables import Table
from app.planner.imports.text import ENCODINGS
from app.sites.current import needed_site, work_on
from app.sites.models import Site

ECHO = 200_000
LABELS = {
    "keyword": N_("Keyword"),
    "volume": N_("Volume"),
    "difficulty": N_("Difficulty"),
    "cpc": N_("CPC"),
    "intent": N_("Intent"),
    "country": N_("Country"),
    "clicks": N_("Clicks"),
    "impressions": N_("Impressions"),
    "position": N_("Position"),
}


def _form(status: int = 200, error: DomainError | None = None, seen: ImportPreview | None = None, **more: Any) -> Any:
    values = request.form
    pasted = values.get("keywords", "")
    context = {
        "site": needed_site(),
        "error": error,
        "seen": seen,
        "labels": LABELS,
        "values": values,
        "pasted": pasted if len(pasted) <= ECHO else "",
        **more,
    }
    if is_partial_request():
        return render_template("planner/_import_preview.html", **context), status
    return render_template("planner/import.html", **context), status


def _seen(source: Source, mapping: Mapping[str, int] | None) -> dict[str, Any]:
    """The preview and the values that the form carries along; the rows of a long import are not counted yet."""
    site = own_site(current_account_id(), needed_site().id)
    table, seen = source.table, preview_table(source.table, mapping, site=site)
    return {
        "seen": seen if import_bounds.is_short(source.data) else replace(seen, count=None, rejected=0),
        "lines": import_bounds.count_lines(source.data),
        "header_key": forms.header_key(table),
        **_kept_upload(source),
        "read_of": forms.source_fingerprint(source),
        "read": source.reading,
        "own": source.choices.own,
        "encodings": [(name, gettext(label)) for name, label in ENCODINGS.items()] if source.file else [],
        "separators": _separators(table),
        "header_rows": [(YES, _header_words(table)), (NO, gettext("No"))],
    }


def _kept_upload(source: Source) -> dict[str, str]:
    """Store the file for the next request, or a long paste that the page does not carry along.

    `upload_is` says which.
    """
    is_paste = not source.file
    if is_paste and (is_partial_request() or len(source.pasted) <= ECHO):
        return {"upload": "", "upload_is": ""}
    token = UPLOADS.save(current_account_id(), source.data)
    return {"upload": token, "upload_is": "paste" if is_paste else ""}


def _header_words(table: Table) -> str:
    if table.header_line > 1:
        return gettext("Yes, in line %(line)s", line=table.header_line)
    return gettext("Yes")


def _separators(table: Table) -> list[tuple[str, str]]:
    """The possible separators of cells; first one that only this file's `sep=` line names."""
    named = [] if table.separator else [("", gettext("%(sign)s (as the file says)", sign=table.delimiter).strip())]
    return (
        named
        + [(name, gettext(label)) for name, (_sign, label) in SEPARATORS.items()]
        + [(OTHER, gettext("Another sign"))]
    )


@bp.get("/keywords/import/")
@requires(Permission.PLANNER_WRITE)
def import_keywords() -> Any:
    """The page to import keywords."""
    return _form()


@bp.post("/keywords/import/preview/")
@requires(Permission.PLANNER_WRITE)
@limits.part_of_page
def preview_import() -> Any:
    """The first rows as they would be stored, and which column is read as what."""
    with _alone():
        try:
            return _previewed(forms.read_upload())
        except DomainError as error:
            return _form(200 if is_partial_request() else 422, error)


def _previewed(source: Source, error: DomainError | None = None, status: int = 200) -> Any:
    """The page with the preview as chosen; if a choice is invalid, as recognised, with an error at that field."""
    problem = None
    try:
        source = replace(source, choices=forms.read_choices(source))
    except DomainError as wrong:
        problem = wrong
        status = 200 if is_partial_request() else 422
    return _form(status, error, **_seen(source, forms.read_mapping(source.table)), problem=problem)


def _alone() -> AbstractContextManager[None]:
    return one_at_a_time(
        current_account_id(), gettext("Another import of yours is being read just now."), request.content_length or 0
    )


@bp.post("/keywords/import/")
@requires(Permission.PLANNER_WRITE)
def start_import() -> Any:
    """Import at once when it is short, else as a run; the preview first when the columns are not recognised."""
    with _alone():
        return _start_import(needed_site())


def _start_import(site: Site) -> Any:
    source = None
    try:
        source = forms.read_upload()
        source = replace(source, choices=forms.read_choices(source))
        mapping = forms.read_mapping(source.table)
        if _must_check(source, mapping):
            return _form(**_seen(source, mapping), must_check=True)
        run = actions.start_keyword_import(
            current_account_id(),
            current_actor(),
            site.id,
            replace(source, choices=source.reading) if "shown" in request.form else source,
            mapping=mapping,
            sector_id=id_or_none(request.form.get("sector")),
            country=request.form.get("country", ""),
            updates=bool(request.form.get("updates")),
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _refused(source, error)
    return redirect_to(url_for("planner.import_result", run_id=run.id))


def _must_check(source: Source, mapping: Mapping[str, int] | None) -> bool:
    """Whether a person has to check first how the file was read: it is doubtful, or was not shown like this."""
    if "shown" in request.form:
        return not forms.was_previewed(source)
    return source.table.needs_check and mapping is None and source.choices == RECOGNISED


def _refused(source: Source | None, error: DomainError) -> Any:
    """The form with the error, and the preview again if the file can be read: it need not be chosen again."""
    if source is None:
        return _form(422, error)
    try:
        return _previewed(source, error, 422)
    except DomainError:
        return _form(422, error)


@bp.get("/keywords/import/<uuid:run_id>/")
@requires(Permission.PLANNER_READ)
def import_result(run_id: uuid.UUID) -> str:
    """What an import did, or how far it is."""
    run = actions.import_run_of(current_account_id(), run_id)
    work_on(run.site_id or 0, "planner.keywords")
    has_report = bool(run.data.get("rejected_file")) and REPORTS.has(run.account_id, run.data["rejected_file"])
    return page_or_partial(
        "planner/import_result.html", "planner/_import_result.html", run=run, kept=has_report, **_undo_of(run)
    )


def _undo_of(run: Run) -> dict[str, Any]:
    """What can be undone of an import, and what has been undone."""
    done = run.data.get(import_undo.UNDONE)
    return {
        "undoable": import_undo.undoable(run),
        "undone": done,
        "undone_at": datetime.fromisoformat(done["at"]) if done else None,
        "stayed": import_undo.stay_words(done["staying"]) if done else [],
    }


@bp.post("/keywords/import/<uuid:run_id>/undo/")
@requires(Permission.PLANNER_WRITE)
def undo_import(run_id: uuid.UUID) -> Any:
    """Undo an import, as far as nobody has used its keywords."""
    words = actions.undo_import(current_account_id(), current_actor(), run_id)
    db.session.commit()
    toast(gettext("Undone: %(words)s.", words=words), "info")
    return redirect_to(url_for("planner.import_result", run_id=run_id))


@bp.get("/keywords/import/<uuid:run_id>/rejected.csv")
@requires(Permission.PLANNER_READ)
def import_rejected(run_id: uuid.UUID) -> Response:
    """The rejected rows as CSV: the line of each, its cells as they were, and the reason."""
    file = actions.import_run_of(current_account_id(), run_id).data.get("rejected_file")
    if not file:
        raise NotFound(gettext("This import rejected no rows."))
    path = REPORTS.path_of(current_account_id(), file)
    answer = send_file(path, as_attachment=True, download_name="rejected-keywords.csv", mimetype="text/csv")
    answer.headers["Cache-Control"] = "no-store"
    return answer
