"""Browsers that somebody has signed in with before: strangers who guess a password elsewhere do not lock these out.

The cookie says nothing readable and lets nobody in; it only has tries counted apart. For routes only.
"""

import secrets

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from app.core.addresses import client_network
from app.identity.keys import constant_time_equals, key_digest

KNOWN_SECONDS = 180 * 24 * 3600


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="known-device")


def _name(email: str) -> str:
    """What stands for an address in cookies and counters: no personal data."""
    return key_digest("name", email.strip().lower()[:254])[:32]


def remember_device(email: str) -> None:
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


def email_key() -> str:
    """The address in the form, as a key to count by."""
    return _name(request.form.get("email", ""))


def _device_number() -> str | None:
    """This browser's number when the person it is tried for has signed in with it before."""
    cookie = request.cookies.get(current_app.config["DEVICE_COOKIE_NAME"], "")
    try:
        name, number = _signer().loads(cookie, max_age=KNOWN_SECONDS)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(number) if constant_time_equals(str(name), email_key()) else None


def email_limit_key() -> str:
    """Tries for an address, from wherever; those of a browser that is known count apart."""
    number = _device_number()
    return f"device:{number}" if number else f"name:{email_key()}"


def email_and_network_limit_key() -> str:
    """Tries for an address from one place; those of a browser that is known count apart."""
    number = _device_number()
    return f"device-here:{number}" if number else f"name:{email_key()}:{client_network()}"
