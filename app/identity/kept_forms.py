"""Returns to people what they typed into a form that was refused.

Its session had ended, its token was too old, or somebody saved at the same moment. Scripts sign in over the page
(static/js/session.js) and never come here; this is for browsers without them.
"""

import re
from urllib.parse import urlsplit

from flask import render_template, request

from app.core.errors import Conflict
from app.core.frame_fields import FRAME_FIELDS
from app.core.htmx import is_partial_request

SECRET = re.compile(r"passw|secret|csrf_token|^code$|^api_?key$", re.IGNORECASE)


def kept_form_page(*, signed_in: bool) -> tuple[str, int] | None:
    """A page that keeps the form and sends it again; None when there is nothing to keep. Not for public endpoints.

    Only forms of our own pages are kept: what another site had this browser send is never offered.
    """
    page = _form_page(signed_in=signed_in)
    return None if page is None else (page, 400 if signed_in else 401)


def raced_form_page(conflict: Conflict) -> tuple[str, int] | None:
    """As `kept_form_page` for somebody who is signed in, when PostgreSQL let another go first; `conflict` says so."""
    page = _form_page(signed_in=True, conflict=conflict)
    return None if page is None else (page, conflict.status)


def _form_page(*, signed_in: bool, conflict: Conflict | None = None) -> str | None:
    if request.method != "POST" or is_partial_request() or not _is_same_origin():
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if not SECRET.search(name)]
    files = _files_by_field()
    if not files and not any(value for name, value in fields if name not in FRAME_FIELDS):
        return None
    asks_again = any(SECRET.search(name) for name in request.form if name != "csrf_token")
    context = {"fields": fields, "files": files, "signed_in": signed_in, "asks_again": asks_again}
    return render_template("auth/kept_form.html", **context, conflict=conflict)


def _files_by_field() -> dict[str, list[str]]:
    """Names of the files that were sent, by field. Their bytes are not kept: nobody who stores them is signed in."""
    named = {field: [file.filename or "" for file in request.files.getlist(field)] for field in request.files}
    return {field: chosen for field, names in named.items() if (chosen := [name[:200] for name in names if name])}


def _is_same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    try:
        return urlsplit(request.headers.get("Origin", "")).netloc == request.host
    except ValueError:
        return False
