"""Importing keywords: the form, the preview with its column mapping, the result."""

import hashlib
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from flask import Response, render_template, request, url_for

from app.core import media
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to
from app.core.one_at_a_time import one_at_a_time
from app.core.permissions import Permission
from app.core.request_ids import id_of
from app.core.runs import Run
from app.core.runs.services import get_run
from app.planner import actions, import_bounds
from app.planner.blueprint import bp, needed_site
from app.planner.import_runs import Source
from app.planner.keyword_columns import FIELDS
from app.planner.keyword_import import Preview, preview
from app.planner.keyword_tables import RECOGNISED, SEPARATORS, Choices, Table
from app.planner.keyword_text import ENCODINGS
from app.planner.run_kinds import IMPORT_KEYWORDS
from app.sites.models import Site

ECHO = 200_000
LABELS = {
    "keyword": "Keyword",
    "volume": "Volume",
    "difficulty": "Difficulty",
    "cpc": "CPC",
    "intent": "Intent",
    "country": "Country",
}


def _upload() -> tuple[bytes | None, str]:
    """The file of this request or of the preview before it, and the pasted text."""
    sent = request.files.get("csv_file")
    data = sent.read() if sent and sent.filename else None
    if sent:
        sent.close()
    if sent and sent.filename and not data:
        raise DomainError("The file is empty.", code="FILE_EMPTY", cure="Choose another file.", field="csv_file")
    token, pasted = request.form.get("upload", ""), request.form.get("keywords", "")
    if data and pasted.strip():
        raise DomainError(
            "There are pasted keywords and a file.",
            code="TWO_SOURCES",
            cure="Import them one after the other.",
            field="csv_file",
        )
    if data is None and token and not pasted.strip():
        data = media.UPLOADS.load(current_account_id(), token)
    return data, pasted


def _source() -> Source:
    """What this request gives to import, read as the person chose for this very file or paste."""
    data, pasted = _upload()
    return Source(data, pasted, _choices(data, pasted))


def _mapping(table: Table) -> dict[str, int] | None:
    """The columns that the person chose in the preview; None when there was none of this file."""
    chosen = {name: request.form.get(f"map_{name}", "") for name in FIELDS}
    if not any(chosen.values()) or request.form.get("mapped_header") != _header_key(table):
        return None
    columns = {name: value for name, value in chosen.items() if value.isascii() and value.isdigit()}
    return {name: int(value) for name, value in columns.items() if len(value) < 4}


def _fingerprint(data: bytes | None, pasted: str) -> str:
    """Names what the choices of a preview were made for."""
    return hashlib.sha256(data or pasted.encode("utf-8", "replace")).hexdigest()[:16]


def _choices(data: bytes | None, pasted: str) -> Choices:
    """How the person wants this very file or paste read; what a preview of another one chose is left out."""
    if request.form.get("read_of") != _fingerprint(data, pasted):
        return RECOGNISED
    return Choices(request.form.get("encoding", ""), request.form.get("separator", ""))


def _header_key(table: Table) -> str:
    """Tells whether a mapping was made for this table: its columns in one line."""
    return "|".join(table.header)[:500]


def _form(status: int = 200, error: DomainError | None = None, seen: Preview | None = None, **more: Any) -> Any:
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
    """The preview and what the form carries of it; of a long import nobody has counted the rows yet."""
    table, seen = source.table, preview(source.table, mapping)
    return {
        "seen": seen if import_bounds.is_short(source.data) else replace(seen, count=None, rejected=0),
        "header_key": _header_key(table),
        "upload": media.UPLOADS.save(current_account_id(), source.file) if source.file else "",
        "read_of": _fingerprint(source.file, source.pasted),
        "encodings": list(ENCODINGS.items()) if source.file else [],
        "separators": _separators(table),
    }


def _separators(table: Table) -> list[tuple[str, str]]:
    """What may separate cells; first the sign that only this file's `sep=` line names."""
    named = [] if table.separator else [("", f"{table.delimiter} (as the file says)".strip())]
    return named + [(name, label) for name, (_, label) in SEPARATORS.items()]


@bp.get("/keywords/import/")
@requires(Permission.PLANNER_WRITE)
def import_keywords() -> Any:
    """The page to import keywords."""
    return _form()


@bp.post("/keywords/import/preview/")
@requires(Permission.PLANNER_WRITE)
def preview_import() -> Any:
    """The first rows as they would be stored, and which column is read as what."""
    with _alone():
        try:
            source = _source()
            return _form(**_seen(source, _mapping(source.table)))
        except DomainError as error:
            return _form(200 if is_partial_request() else 422, error)


def _alone() -> AbstractContextManager[None]:
    return one_at_a_time(current_account_id(), "Another import", request.content_length or 0)


@bp.post("/keywords/import/")
@requires(Permission.PLANNER_WRITE)
def start_import() -> Any:
    """Import at once when it is short, else as a run; the preview first when the columns are not recognised."""
    with _alone():
        return _start_import(needed_site())


def _start_import(site: Site) -> Any:
    try:
        source = _source()
        mapping = _mapping(source.table)
        if source.table.needs_check and mapping is None and source.choices == RECOGNISED:
            return _form(**_seen(source, None), must_check=True)
        run = actions.start_import(
            current_account_id(),
            current_actor(),
            site.id,
            source,
            mapping=mapping,
            sector_id=id_of(request.form.get("sector")),
            country=request.form.get("country", ""),
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _form(422, error)
    return redirect_to(url_for("planner.import_result", run_id=run.id))


def _import_run(run_id: uuid.UUID) -> Run:
    run = get_run(run_id, current_account_id())
    if run.kind != IMPORT_KEYWORDS.name:
        raise NotFound()
    return run


@bp.get("/keywords/import/<uuid:run_id>/")
@requires(Permission.PLANNER_READ)
def import_result(run_id: uuid.UUID) -> str:
    """What an import did, or how far it is."""
    run = _import_run(run_id)
    return page_or_partial("planner/import_result.html", "planner/_import_result.html", run=run)


@bp.get("/keywords/import/<uuid:run_id>/rejected.csv")
@requires(Permission.PLANNER_READ)
def import_rejected(run_id: uuid.UUID) -> Response:
    """The rejected rows as CSV."""
    file = _import_run(run_id).data.get("rejected_file")
    if not file:
        raise NotFound("This import rejected no rows.")
    headers = {"Content-Disposition": 'attachment; filename="rejected-keywords.csv"'}
    return Response(media.REPORTS.load(current_account_id(), file), mimetype="text/csv", headers=headers)
