"""Response headers and the id that ties a page, its logs and a support mail together."""

import re
import uuid
from urllib.parse import parse_qsl, urlsplit

import structlog
from flask import Flask, Response, current_app, g, request

from app.core.htmx import attach_toasts

CSP = (
    "default-src 'self'; script-src 'self'; style-src {style}; img-src {images}; "
    "connect-src 'self'; font-src 'self' data:; frame-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action {forms}; frame-ancestors 'self'"
)
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=()"
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def allow_inline_styles() -> None:
    """Loosen `style-src` for this answer: the rich text editor sets styles on its elements."""
    g.inline_styles = True


def allow_remote_images() -> None:
    """Loosen `img-src` for this answer: it shows a post whose pictures are on its own site."""
    g.remote_images = True


def allow_forms_to(*origins: str) -> None:
    """Loosen `form-action` for this answer: a form of this page redirects to these origins."""
    g.form_targets = origins


def media_origin() -> str:
    """The source of `img-src` that the bucket's public endpoint is, after a space; nothing where it has none."""
    public = dict(parse_qsl(urlsplit(current_app.config["MEDIA_URL"]).query)).get("public", "")
    parts = urlsplit(public)
    return f" {parts.scheme}://{parts.netloc}" if public else ""


def _start() -> None:
    request_id = request.headers.get("X-Request-Id", "")
    g.request_id = request_id if REQUEST_ID.fullmatch(request_id) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, path=request.path)


def _finish(response: Response) -> Response:
    style = "'self' 'unsafe-inline'" if g.get("inline_styles") else "'self'"
    images = f"'self' data: blob:{media_origin()}" + (" http: https:" if g.get("remote_images") else "")
    forms = " ".join(("'self'", *g.get("form_targets", ())))
    response.headers.setdefault("Content-Security-Policy", CSP.format(style=style, images=images, forms=forms))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
    return attach_toasts(response)


def init_app(app: Flask) -> None:
    """Bind request ids and headers to every request."""
    app.before_request(_start)
    app.after_request(_finish)
