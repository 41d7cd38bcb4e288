"""What an open editor reports by itself: what is not saved yet, and that it is open."""

import re
from typing import Any

from flask import Response, jsonify, request

from app.content.blueprint import bp
from app.content.editing import presence, working_copies
from app.content.editing.models import WorkingCopy
from app.content.models import Content
from app.core import limits
from app.core.access import current_account_id, current_user_id, requires
from app.core.clock import iso
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import parse_version
from app.core.tenancy import owned

TAB = re.compile(r"[0-9a-f]{8,40}")


def tab_of(value: str | None) -> str:
    """The name that a window of the editor gave itself; raises DomainError for an invalid one."""
    if value is None or not TAB.fullmatch(value):
        raise DomainError(
            gettext("This window has no name."), code="BAD_REQUEST", status=400, cure=gettext("Reload the page.")
        )
    return value


@bp.post("/<int:content_id>/working-copy/")
@requires(Permission.CONTENT_WRITE)
@limits.part_of_page
def keep_working_copy(content_id: int) -> Response | tuple[Response, int]:
    """Keep the fields of the editor, unsaved. 409 with what another window keeps, unless this one replaces it."""
    content = owned(Content, content_id, current_account_id())
    tab = tab_of(request.form.get("tab"))
    key = (content.account_id, content.id, current_user_id())
    stored_version = content.version  # the commit below would have all of the text read again
    try:
        kept_at = working_copies.keep_working_copy(
            *key,
            request.form.lists(),
            base_version=parse_version(request.form.get("version")),
            tab=tab,
            take_over=request.form.get("take_over") == "1",
        )
    except working_copies.OtherTab as error:
        copy = working_copies.find_working_copy(*key)
        return jsonify(error={"code": error.code, "message": error.message}, copy=as_json(copy)), 409
    db.session.commit()
    return jsonify(kept_at=iso(kept_at), **_open_elsewhere(key, tab, stored_version))


def as_json(copy: WorkingCopy | None) -> dict[str, Any] | None:
    """A working copy as the editor's script reads it."""
    if copy is None:
        return None
    return {"at": iso(copy.updated_at), "version": copy.base_version, "tab": copy.tab, "fields": copy.fields}


@bp.post("/<int:content_id>/working-copy/discard/")
@requires(Permission.CONTENT_WRITE)
@limits.part_of_page
def discard_working_copy(content_id: int) -> tuple[str, int]:
    """Forget what is not saved; with `tab` only when that window keeps it."""
    content = owned(Content, content_id, current_account_id())
    tabs = request.form.getlist("tab")
    working_copies.discard(content.account_id, content.id, current_user_id(), tabs or None)
    db.session.commit()
    return "", 204


@bp.post("/<int:content_id>/presence/")
@requires(Permission.CONTENT_WRITE)
@limits.part_of_page
def report_presence(content_id: int) -> Any:
    """The editor is open; with `leaving` it is no longer."""
    content = owned(Content, content_id, current_account_id())
    tab = tab_of(request.form.get("tab"))
    if request.form.get("leaving"):
        presence.close_window(content.account_id, content.id, current_user_id(), tab)
        return "", 204
    return jsonify(_open_elsewhere((content.account_id, content.id, current_user_id()), tab, content.version))


def _open_elsewhere(key: tuple[int, int, int], tab: str, version: int) -> dict[str, Any]:
    others = presence.record_window(*key, tab)
    return {"people": others.names, "own_tab": others.own_tab, "version": version}
