"""What was typed into a plain form whose session has ended, or whose token is too old: it goes back to the person.

Scripts sign in over the page (static/js/session.js) and never come here; this is for browsers without them.
"""

import re
from urllib.parse import urlsplit

from flask import render_template, request

from app.core.htmx import is_partial_request

SECRET = re.compile(r"passw|secret|csrf_token|^code$|^api_?key$", re.IGNORECASE)


def kept_form_page(*, signed_in: bool) -> tuple[str, int] | None:
    """A page that keeps the form and sends it again; None when there is nothing to keep. Not for public endpoints.

    Only forms of our own pages are kept: what another site had this browser send is never offered.
    """
    if request.method != "POST" or is_partial_request() or not _is_same_origin():
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if not SECRET.search(name)]
    if not any(value for _, value in fields):
        return None
    asks_again = any(file.filename for file in request.files.values()) or any(
        SECRET.search(name) for name in request.form if name != "csrf_token"
    )
    page = render_template("auth/kept_form.html", fields=fields, signed_in=signed_in, asks_again=asks_again)
    return page, 400 if signed_in else 401


def _is_same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    try:
        return urlsplit(request.headers.get("Origin", "")).netloc == request.host
    except ValueError:
        return False
