"""What the import's form sends: a file or a paste, how it is to be read, and which column holds what."""

import hashlib
from dataclasses import asdict

from flask import request

from app.core.access import current_account_id
from app.core.errors import DomainError
from app.core.languages import gettext
from app.planner.imports.choices import RECOGNISED, Choices, choices_by_key, choices_in
from app.planner.imports.columns import FIELDS
from app.planner.imports.runs import Source
from app.planner.imports.shelves import UPLOADS
from app.planner.imports.tables import Table

READING = ("encoding", "separator", "sign", "header")  # fields of the preview; `map_…` are the columns


def read_upload() -> Source:
    """The file of this request or of the preview before it, or the pasted text; how to read it is not known yet.

    Raises DomainError for an empty file, and when both are given.
    """
    sent = request.files.get("csv_file")
    data = sent.read() if sent and sent.filename else None
    if sent:
        sent.close()
    if sent and sent.filename and not data:
        raise DomainError(
            gettext("The file is empty."), code="FILE_EMPTY", cure=gettext("Choose another file."), field="csv_file"
        )
    token, pasted = request.form.get("upload", ""), request.form.get("keywords", "")
    if data and pasted.strip():
        raise DomainError(
            gettext("There are pasted keywords and a file."),
            code="TWO_SOURCES",
            cure=gettext("Import them one after the other."),
            field="csv_file",
        )
    if data is None and token and not pasted.strip():
        data = UPLOADS.load(current_account_id(), token)
        if request.form.get("upload_is") == "paste":
            return Source(None, data.decode("utf-8", "replace"))
    return Source(data, pasted)


def read_choices(source: Source) -> Choices:
    """How the person wants this file or paste read; choices made in a preview of another one are ignored.

    What the preview preselected and the person left as it was is no choice: it is recognised again, given the other
    choices. Raises DomainError with the field that is invalid.
    """
    if not _is_of(source):
        return RECOGNISED
    posted = choices_in(request.form).checked()
    if "shown" not in request.form:
        return posted
    was = asdict(choices_by_key(request.form["shown"]))
    own = set(request.form.get("own", "").split(","))
    values = {name: text for name, text in asdict(posted).items() if name in own or text != was[name]}
    return Choices(**values)


def _is_of(source: Source) -> bool:
    return request.form.get("read_of") == source_fingerprint(source)


def source_fingerprint(source: Source) -> str:
    """A fingerprint of the file or paste that a preview's choices were made for."""
    return hashlib.sha256(source.data).hexdigest()[:16]


def was_previewed(source: Source) -> bool:
    """Whether the preview on the page is of this source, read in the same way."""
    return _is_of(source) and request.form.get("shown") == source.reading.key


def read_mapping(table: Table) -> dict[str, int] | None:
    """The columns that the person chose in the preview; None when they chose none.

    If that preview read the file in another way, they are kept if the table is still as wide.
    """
    chosen = {name: request.form.get(f"map_{name}", "") for name in FIELDS}
    if not any(chosen.values()):
        return None
    if request.form.get("mapped_header") == header_key(table):
        return _columns(chosen)
    if request.form.get("mapped_width") != str(len(table.header)):
        return None
    if not table.header_line:
        return _columns(chosen)  # no names tell anything better
    return _own_columns(table, chosen)


def _own_columns(table: Table, chosen: dict[str, str]) -> dict[str, int] | None:
    """The columns recognised now, except where the person had changed what was recognised then."""
    was = dict(part.split(":", 1) for part in request.form.get("mapped_as", "").split(",") if ":" in part)
    own = {name: value for name, value in chosen.items() if value != was.get(name, "")}
    chosen_columns = set(own.values())
    mapped = {
        name: index for name, index in table.mapping.items() if name not in own and str(index) not in chosen_columns
    }
    return mapped | _columns(own) if own else None


def _columns(chosen: dict[str, str]) -> dict[str, int]:
    return {name: int(text) for name, text in chosen.items() if text.isascii() and text.isdigit() and len(text) < 4}


def header_key(table: Table) -> str:
    """The table's columns in one line, to tell whether a mapping was made for this table."""
    return "|".join(table.header)[:500]
