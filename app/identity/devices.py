"""Browsers that somebody has signed in with before: strangers who guess a password elsewhere do not lock these out.

The cookie says nothing readable and lets nobody in; it only has tries counted apart. For routes only.
"""

import secrets

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from app.core.addresses import caller
from app.identity.keys import digest, same

KNOWN_SECONDS = 180 * 24 * 3600


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="known-device")


def _name(email: str) -> str:
    """What stands for an address in cookies and counters: no personal data."""
    return digest("name", email.strip().lower()[:254])[:32]


def know(email: str) -> None:
    """Have this browser remembered as one of this person's."""
    value = _signer().dumps([_name(email), secrets.token_hex(8)])

    @after_this_request
    def _set(response: Response) -> Response:
        response.set_cookie(
            current_app.config["DEVICE_COOKIE_NAME"],
            value,
            max_age=KNOWN_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response


def name_tried() -> str:
    """The address in the form, as a key to count by."""
    return _name(request.form.get("email", ""))


def _known() -> str | None:
    """This browser's number when the person it is tried for has signed in with it before."""
    cookie = request.cookies.get(current_app.config["DEVICE_COOKIE_NAME"], "")
    try:
        name, number = _signer().loads(cookie, max_age=KNOWN_SECONDS)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(number) if same(str(name), name_tried()) else None


def of_name() -> str:
    """Tries for an address, from wherever; those of a browser that is known count apart."""
    known = _known()
    return f"device:{known}" if known else f"name:{name_tried()}"


def of_name_and_caller() -> str:
    """Tries for an address from one place; those of a browser that is known count apart."""
    known = _known()
    return f"device-here:{known}" if known else f"name:{name_tried()}:{caller()}"
