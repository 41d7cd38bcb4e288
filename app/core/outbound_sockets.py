"""Sockets to hosts that people name: only those on the public internet are called, at ports of the web.

The guard looks at the address that is really connected to (after DNS), so a name that changes its mind between check
and use gains nothing.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

WEB_PORTS = frozenset({80, 443})
# Services that answer to whoever writes to them, above 1023; below it only the ports of the web are called.
OTHER_SERVICES = frozenset(
    (
        1080,
        1433,
        1521,
        1720,
        1723,
        2049,
        2375,
        2376,
        2379,
        3128,
        3306,
        3389,
        4369,
        5060,
        5432,
        5672,
        5900,
        5984,
        6000,
        6379,
        6443,
        6566,
        6665,
        6666,
        6667,
        6668,
        6669,
        6697,
        9042,
        9200,
        9300,
        10080,
        10250,
        11211,
        15672,
        27017,
    )
)
# The part of IPv6 in which hosts of the internet are; outside it are site-local (fec0::/10), NAT64, IPv4-compatible …
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Special purposes that `is_global` leaves out in some version of Python: Teredo and 6to4 (translated to an IPv4 address
# on the way, which cannot be seen from here), benchmarks, examples, relays, what IETF protocols keep.
SPECIAL = tuple(
    ipaddress.ip_network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")
)


class BlockedAddress(Exception):
    """The host leads to a private, loopback or otherwise non-public address."""


class BlockedPort(BlockedAddress):
    """The port is not one of the web."""


def is_public(address: str) -> bool:
    """True for addresses of hosts on the public internet alone."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(str(mapped))
    if any(ip.version == net.version and ip in net for net in SPECIAL):
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip not in GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_allowed_host(host: str, port: int, allowed: Iterable[str]) -> bool:
    """True when `host` or `host:port` is on the list of private hosts that may be called."""
    return any(entry in (host, f"{host}:{port}") for entry in allowed)


def is_web_port(port: int) -> bool:
    """True for ports that a website may be at."""
    return port in WEB_PORTS or (port > 1023 and port not in OTHER_SERVICES)


def open_socket(host: str, port: int, timeout: Any, allowed: tuple[str, ...], *, web: bool = True) -> socket.socket:
    """Connect to the first address of `host` that may be called; raises BlockedAddress or OSError.

    Without `web` any port is called: for a service that whoever runs the app has named.
    """
    free = is_allowed_host(host, port, allowed)
    if web and not free and not is_web_port(port):
        raise BlockedPort(host)
    failure: OSError | None = None
    blocked = False
    for family, kind, proto, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not free and not is_public(str(address[0])):
            blocked = True
            continue
        sock = socket.socket(family, kind, proto)
        try:
            if timeout is not None and not hasattr(timeout, "_type"):
                sock.settimeout(float(timeout))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    if failure is not None:
        raise failure
    if blocked:
        raise BlockedAddress(host)
    raise OSError(f"{host} has no address")
