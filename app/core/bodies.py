"""Limits what a form may cost before it is known who sent it: parsing one of 25 MB takes seconds and gigabytes.

Strangers send short forms only. A long form of somebody signed in is read one at a time, and has its own bounds.
"""

import io
from typing import IO, Any

from flask import Flask, current_app, request, session
from flask_wtf.csrf import CSRFError
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from app.core import features
from app.core.languages import N_, gettext
from app.core.one_at_a_time import one_at_a_time

STRANGERS_BYTES = 256 * 1024
FORM_BYTES = 13 * 1024 * 1024  # the longest text, in letters of two bytes, each written as %D0
FORM_FIELDS = 20_000
LONG_BYTES = 1024 * 1024
URLENCODED = "application/x-www-form-urlencoded"


class FormTooLarge(RequestEntityTooLarge):
    """A form that is not multipart and longer than any page's."""

    description = N_("This form is larger than 13 MB, or has more than 20,000 fields.")


class _FormParser(FormDataParser):
    def parse(self, stream: IO[bytes], mimetype: str, *args: Any, **kwargs: Any) -> Any:
        """As werkzeug's parser, which has no limits for forms that are not multipart."""
        if mimetype == URLENCODED:
            body = stream.read(FORM_BYTES + 1)
            if len(body) > FORM_BYTES or body.count(b"&") >= FORM_FIELDS:
                raise FormTooLarge()
            stream = io.BytesIO(body)
        return super().parse(stream, mimetype, *args, **kwargs)


class BoundedRequest(HtmxAwareRequest):
    """A request whose forms are counted before they are parsed."""

    form_data_parser_class = _FormParser


def _limit_body() -> None:
    length = request.content_length or 0
    is_empty = not length and "chunked" not in request.headers.get("Transfer-Encoding", "")
    if is_empty or features.is_for_machines(request.blueprint):
        return
    if length > current_app.config["MAX_CONTENT_LENGTH"]:
        raise RequestEntityTooLarge()
    person = session.get("_user_id")
    if person is None:
        request.max_content_length = STRANGERS_BYTES
        if length > STRANGERS_BYTES:
            raise CSRFError(gettext("The session is over."))  # nothing of it would be accepted, and signing in helps
    if request.mimetype == URLENCODED:
        size = length if length > LONG_BYTES else 0
        with one_at_a_time(f"form:{person}", gettext("Another long form of yours is being read just now."), size):
            _ = request.form  # read here, and kept


def init_app(app: Flask) -> None:
    """Use bounded requests. Call before anything reads a form."""
    app.request_class = BoundedRequest
    app.before_request(_limit_body)
