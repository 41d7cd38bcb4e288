"""Hosts that whoever runs IGNY8 has named: the model, Stripe's stand-in, the mail server.

Their addresses come from the environment, and are still called through the guard of `app.core.http`. A name that is
clearly internal may resolve to a private address; a public name may not, whatever DNS says today. For public-looking
names that rightly lead inside there is ALLOWED_PRIVATE_HOSTS.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from app.core.outbound_sockets import is_public

INNER_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc", ".cluster.local")


def is_single_name(host: str) -> bool:
    """True for names of one word, such as `localhost` or `com`: no website on the internet has one."""
    return bool(host) and "." not in host and ":" not in host


def is_inner_name(host: str) -> bool:
    """True for addresses in digits, names of one word, and endings that no public name has."""
    host = host.lower()
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(INNER_ENDINGS))
    return True


def is_private_host(host: str) -> bool:
    """True for hosts that are clearly inside a private network; other names are resolved when they are called."""
    try:
        return not is_public(host)
    except ValueError:
        return is_inner_name(host)


def private_hosts_for(host: str, port: int, listed: Iterable[str]) -> tuple[str, ...]:
    """The hosts that may be at private addresses when `host` is called: those listed, and `host` if it is internal."""
    return (*listed, f"{host}:{port}") if is_inner_name(host) else tuple(listed)


def private_hosts_for_url(url: str, listed: Iterable[str]) -> tuple[str, ...]:
    """`private_hosts_for` the host of an address like ``http://127.0.0.1:11434/v1``; an invalid one adds nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return tuple(listed)
    return private_hosts_for(parts.hostname or "", port, listed)
