"""The network that a request comes from: what limits count as one client."""

import ipaddress

from flask import request


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that a subscriber of IPv6 is given."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def client_network() -> str:
    """The network that this request comes from."""
    return network_of(request.remote_addr or "")
