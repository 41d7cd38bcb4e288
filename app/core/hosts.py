"""The host names that this installation answers to: a request under another gets no page, and no link is built from it.

PUBLIC_URL's host, those of TRUSTED_HOSTS, and this machine itself. Addresses in mails come from PUBLIC_URL alone.
"""

import re
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from app.core.errors import DomainError
from app.core.languages import gettext

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
# Asked by whoever watches over the processes, by whatever name they have for them. No address is made of it there.
BY_ANY_NAME = frozenset({"/healthz", "/metrics"})
# How proxies, balancers and networks of caches say that they sent a request on, and for whom.
FORWARDED = re.compile(
    r"(?:x-)?forwarded(?:-.*)?|via|cdn-loop|.*(?:client|connecting|real|remote|user|source)-?(?:ip|addr|address|port)"
    r"|(?:cf|fly|fastly|cloudfront|akamai|x-envoy|x-original|x-rewrite|x-cluster|x-arr|x-azure|x-appengine|x-amz|x-amzn"
    r"|x-amz-cf|x-vercel|x-nf|x-akamai|x-varnish|x-proxy|x-accel|x-scheme|x-host|x-server)(?:-.*)?",
    re.IGNORECASE,
)
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.IGNORECASE)


class UnknownHost(DomainError):
    """The request names a host that is not one of ours."""

    status = 400


def host_name(host: str) -> str | None:
    """The name in a Host header, without its port; None when it is not one."""
    match = HOST.fullmatch(host)
    return match[1].lower() if match else None


def is_own_host(host: str) -> bool:
    """True for a Host header that names this installation."""
    name = host_name(host)
    return name is not None and (name in THIS_MACHINE or name in current_app.config["TRUSTED_NAMES"])


def is_this_machine() -> bool:
    """True for a program or browser on this very machine, which calls the app itself and not through a proxy.

    A proxy on this machine may forward requests from anywhere, so an installation with a public address, or behind a
    proxy, has no such caller.
    """
    names = (host_name(request.environ.get("HTTP_HOST", "")), _host_name_of(current_app.config["PUBLIC_URL"]))
    forwarded = any(FORWARDED.fullmatch(name) for name in request.headers.keys())  # noqa: SIM118 (headers are pairs)
    proxied = forwarded or current_app.config["TRUSTED_PROXIES"] > 0
    is_loopback = request.remote_addr in ("127.0.0.1", "::1")
    return is_loopback and not proxied and all(name in THIS_MACHINE for name in names)


def _host_name_of(url: str) -> str | None:
    """The name in PUBLIC_URL; without one the app answers to the names of this machine alone."""
    return host_name(urlsplit(url).netloc) if url else "localhost"


def public_base() -> str:
    """Where browsers reach this app, without a slash at the end: PUBLIC_URL, else the checked host of this request."""
    return str(current_app.config["PUBLIC_URL"] or request.host_url.rstrip("/"))


def _refuse_others() -> None:
    if request.path not in BY_ANY_NAME and not is_own_host(request.environ.get("HTTP_HOST") or request.host):
        raise UnknownHost(
            "This installation does not answer to the name in the address.",
            code="HOST_UNKNOWN",
            cure=gettext("Use its usual address. Whoever runs it adds names by PUBLIC_URL or TRUSTED_HOSTS."),
        )


def init_app(app: Flask) -> None:
    """Refuse other names before anything else looks at a request."""
    app.before_request(_refuse_others)
