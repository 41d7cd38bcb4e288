"""Reading web addresses that people type: what was meant, or in words what is wrong and what to type instead.

Hosts are written as IDNA 2008 has them (UTS 46, non-transitional), as browsers do: `straße.example` is
`xn--strae-oqa.example`, and not `strasse.example`, which is somebody else's.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

MAX_LENGTH = 2000
# `http` and `https`, and how they come out when typed in haste.
_SCHEME = r"h{0,2}t{1,3}p{1,2}s{0,2}"
_TYPED = re.compile(rf"({_SCHEME})(?:[:;,]+/*|/{{2,}}|/(?!/))|/+|:/*", re.IGNORECASE)
_BEGINS_AGAIN = re.compile(rf"{_SCHEME}(?:[:;,/]|$)", re.IGNORECASE)
_RIGHT = re.compile(r"(https?)://(?=[^/])", re.IGNORECASE)
_OTHER = re.compile(
    r"[a-z][a-z0-9+-]*://|(?:about|blob|data|file|ftp|javascript|mailto|tel|view-source):", re.IGNORECASE
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PORT = re.compile(r"[0-9]{1,5}")


class AddressError(ValueError):
    """This is not a web address: `message` says why, `instead` what to type, if that is known."""

    def __init__(self, message: str, instead: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.instead = instead

    @property
    def cure(self) -> str:
        """What to do, in a sentence."""
        return f"Type {self.instead}" if self.instead else "Copy it from the browser's address bar."


@dataclass(frozen=True)
class WebAddress:
    """An address in its parts. `assumed`: no scheme was typed, and https is taken for it."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    fragment: str
    assumed: bool

    @property
    def origin(self) -> str:
        """Scheme, host and port: `https://example.com:8443`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port else "")


def parse(text: str) -> WebAddress:
    """The address that somebody typed; raises AddressError."""
    text = text.strip()
    _check_characters(text)
    scheme, rest, assumed = _scheme_of(text)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    tail = rest[len(authority) :]
    if "@" in authority:
        raise _with_user(scheme, authority, tail, assumed)
    host, port = _host_and_port(authority, scheme, tail)
    parts = urlsplit(f"//host{tail}")
    return WebAddress(scheme, host, port, parts.path, parts.query, parts.fragment, assumed)


def _check_characters(text: str) -> None:
    if not text:
        raise AddressError("The address is empty.")
    if len(text) > MAX_LENGTH:
        raise AddressError("The address is too long.")
    if "\\" in text:
        raise AddressError("Web addresses have no backslashes.", text.replace("\\", "/"))
    if re.search(r"\s", text):
        raise AddressError("There is a space in the address.")
    if not text.isprintable() or any(char in text for char in '<>"{}|^`'):
        raise AddressError("There are characters in the address that none has.")


def _scheme_of(text: str) -> tuple[str, str, bool]:
    """Scheme, what follows it, and whether it was not typed."""
    right = _RIGHT.match(text)
    scheme, rest = (right[1].lower(), text[right.end() :]) if right else ("https", text)
    if right and _BEGINS_AGAIN.match(rest):
        raise AddressError("The address begins twice.", _begun_once(text))
    if right:
        return scheme, rest, False
    if _TYPED.match(text):
        raise AddressError("The beginning of the address is mistyped.", _begun_once(text))
    if other := _OTHER.match(text):
        raise AddressError(f"This begins with {other[0]}, and websites begin with https:// or http://.")
    return scheme, rest, True


def _begun_once(text: str) -> str:
    """The address with the scheme that was meant: http only when no https was typed, however badly."""
    rest = text
    while match := _RIGHT.match(rest) or _TYPED.match(rest):
        rest = rest[match.end() :]
    typed = text[: len(text) - len(rest)].lower()
    scheme = "http" if "p" in typed and "s" not in typed else "https"
    return f"{scheme}://{rest or 'example.com'}"


def _with_user(scheme: str, authority: str, tail: str, assumed: bool) -> AddressError:
    if assumed and ":" not in authority and not tail:
        return AddressError("This is an e-mail address.", f"{scheme}://{authority.rpartition('@')[2]}")
    instead = f"{scheme}://{authority.rpartition('@')[2]}{tail}"
    return AddressError("The address holds a user name or password.", instead)


def _host_and_port(authority: str, scheme: str, tail: str) -> tuple[str, int | None]:
    if authority.startswith("[") and "]" not in authority:
        raise AddressError("A bracket of the address is not closed.")
    bracketed = re.fullmatch(r"(\[[^\[\]]*\])(?::(.*))?", authority)
    name, colon, digits = (
        (bracketed[1], ":" if bracketed[2] is not None else "", bracketed[2] or "")
        if bracketed
        else authority.partition(":")
    )
    host = _host(name)
    if colon and not (_PORT.fullmatch(digits) and 0 < int(digits) < 65536):
        raise AddressError("A port is a number from 1 to 65535.", f"{scheme}://{name}{tail}")
    return host, int(digits) if colon else None


def _host(name: str) -> str:
    """The host as it is called; raises AddressError."""
    if name.startswith("["):
        return _ip(name[1:-1], ipaddress.IPv6Address)
    name = name.removesuffix(".")
    if not name:
        raise AddressError("The address has no host.")
    try:
        ascii_name = name.lower() if name.isascii() else idna.encode(name, uts46=True).decode().lower()
    except idna.IDNAError as error:
        raise AddressError(f"“{name[:80]}” has characters that no host has.") from error
    labels = ascii_name.split(".")
    if len(ascii_name) > 253 or ascii_name in ("http", "https") or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError(f"“{name[:80]}” is not the name of a host.")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        return _ip(ascii_name, ipaddress.IPv4Address)
    return ascii_name


def _ip(text: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> str:
    try:
        return str(kind(text))
    except ValueError as error:
        raise AddressError(f"“{text}” is not the address of a host.") from error
