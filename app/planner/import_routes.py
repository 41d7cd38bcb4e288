"""Importing keywords: the form, the preview with its column mapping, the result."""

import hashlib
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from flask import Response, render_template, request, url_for

from app.core import media
from app.core.access import current_account_id, current_user_id, requires
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to
from app.core.one_at_a_time import one_at_a_time
from app.core.permissions import Permission
from app.core.request_ids import id_of
from app.core.runs import Run, start_run
from app.core.runs.services import get_run
from app.core.tenancy import owned
from app.planner import import_bounds, imports, keyword_values
from app.planner.blueprint import bp, needed_site
from app.planner.keyword_columns import FIELDS
from app.planner.keyword_import import Preview, checked_mapping, preview, table_of
from app.planner.keyword_tables import RECOGNISED, SEPARATORS, Choices, Table
from app.planner.keyword_text import ENCODINGS
from app.planner.run_kinds import IMPORT_KEYWORDS
from app.sites.models import Sector, Site

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


def _table(data: bytes | None, pasted: str, choices: Choices) -> Table:
    """The table of a short import, or of the first lines of a long one."""
    import_bounds.refuse_too_long(_bytes(data, pasted))
    if data:
        return table_of(import_bounds.head_of(data), None, choices)
    return table_of(None, import_bounds.head_of(_bytes(None, pasted)).decode("utf-8", "replace"), choices)


def _seen_of(table: Table, mapping: Mapping[str, int] | None, given: bytes) -> Preview:
    """The preview; of a long import nobody has counted the rows yet."""
    seen = preview(table, mapping)
    return seen if import_bounds.is_short(given) else replace(seen, count=None, rejected=0)


def _bytes(data: bytes | None, pasted: str) -> bytes:
    return data or pasted.encode("utf-8", "replace")


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


def _seen(table: Table, mapping: Mapping[str, int] | None, data: bytes | None, pasted: str) -> dict[str, Any]:
    return {
        "seen": _seen_of(table, mapping, _bytes(data, pasted)),
        "header_key": _header_key(table),
        "upload": media.UPLOADS.save(current_account_id(), data) if data else "",
        "read_of": _fingerprint(data, pasted),
        "encodings": list(ENCODINGS.items()) if data else [],
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
            data, pasted = _upload()
            table = _table(data, pasted, _choices(data, pasted))
            return _form(**_seen(table, _mapping(table), data, pasted))
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
        data, pasted = _upload()
        choices = _choices(data, pasted)
        table = _table(data, pasted, choices)
        mapping = _mapping(table)
        if table.needs_check and mapping is None and choices == RECOGNISED:
            return _form(**_seen(table, None, data, pasted), must_check=True)
        mapping = checked_mapping(table, mapping)
        target = _target(site)
        run = _begin(table, mapping, target, data, pasted, choices)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _form(422, error)
    return redirect_to(url_for("planner.import_result", run_id=run.id))


def _target(site: Site) -> imports.Target:
    account_id = current_account_id()
    sector_id = id_of(request.form.get("sector"))
    if sector_id is not None and owned(Sector, sector_id, account_id).site_id != site.id:
        raise NotFound()
    try:
        country = keyword_values.country(request.form.get("country", "")[:60])
    except keyword_values.BadValue:
        raise DomainError(
            "This country is not known.",
            code="COUNTRY",
            cure="Enter its two-letter code, such as US or DE.",
            field="country",
        ) from None
    return imports.Target(account_id, site.id, utcnow(), sector_id, country)


def _begin(
    table: Table, mapping: dict[str, int], target: imports.Target, data: bytes | None, pasted: str, choices: Choices
) -> Run:
    given = _bytes(data, pasted)
    if import_bounds.is_short(given):
        tally = imports.import_table(table, mapping, target, lambda _: None)
        return imports.record_import(uuid.uuid4(), target, current_user_id(), tally)
    file = media.IMPORTS.save(target.account_id, given)
    lines = import_bounds.count_lines(given)
    return start_run(
        account_id=target.account_id,
        site_id=target.site_id,
        actor_id=current_user_id(),
        kind=IMPORT_KEYWORDS,
        title=f"Importing {lines:,} rows",
        total=lines,
        exclusive_key=f"{IMPORT_KEYWORDS.name}:{target.site_id}:{target.sector_id}:{target.country}:{file[:40]}",
        params={
            "file": file,
            "pasted": not data,
            "mapping": mapping,
            "sector_id": target.sector_id,
            "country": target.country,
            "encoding": choices.encoding,
            "separator": choices.separator,
        },
    )


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
