"""Cookies that were set over https are sent over https only, whatever PUBLIC_URL says."""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface


class _Sessions(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:
        return bool(app.config["SESSION_COOKIE_SECURE"]) or request.is_secure


def _secure(response: Response) -> Response:
    """after_request: do the same for cookies set by extensions, such as Flask-Login's “remember me” cookie."""
    if request.is_secure:
        cookies = response.headers.getlist("Set-Cookie")
        response.headers.setlist("Set-Cookie", [c if "; secure" in c.lower() else f"{c}; Secure" for c in cookies])
    return response


def init_app(app: Flask) -> None:
    """Use our sessions, and check every cookie. Call before extensions that set cookies in `after_request`."""
    app.session_interface = _Sessions()
    app.after_request(_secure)
