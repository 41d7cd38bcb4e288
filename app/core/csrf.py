"""The CSRF token, masked differently on each page.

Pages are sent compressed, and what repeats in them can be guessed from their length by somebody who gets words of
theirs into the same page (BREACH). A token that is masked anew each time repeats nowhere.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import cycle

from flask import Flask, g
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

PAD = 16  # random bytes: nobody guesses so many, and each form carries them


def mask(token: str) -> str:
    """The token XORed with `PAD` random bytes again and again, which are put before it."""
    pad = secrets.token_bytes(PAD)
    return urlsafe_b64encode(pad + _combined(pad, token.encode())).decode()


def unmask(text: str) -> str:
    """The token in a masked one; any other text is returned as it is, and is refused later."""
    try:
        both = urlsafe_b64decode(text)
        return _combined(both[:PAD], both[PAD:]).decode("ascii")
    except ValueError:
        return text


def _combined(pad: bytes, text: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(cycle(pad), text, strict=False))


def masked_token() -> str:
    """The token of this request's session, the same all over one page."""
    if "masked_csrf_token" not in g:
        g.masked_csrf_token = mask(generate_csrf())
    return str(g.masked_csrf_token)


class MaskedCSRFProtect(CSRFProtect):
    """Looks for the masked token where Flask-WTF looks for its own."""

    def init_app(self, app: Flask) -> None:
        """Have templates write the masked token."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = masked_token
        app.context_processor(lambda: {"csrf_token": masked_token})

    def _get_csrf_token(self) -> str | None:
        token = super()._get_csrf_token()
        return unmask(token) if token else None
