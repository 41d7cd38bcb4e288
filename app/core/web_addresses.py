"""Reading web addresses that people type: what was meant, or what is wrong with it and what to type instead.

Hosts are written as IDNA 2008 has them (UTS 46, non-transitional), as browsers do: `straße.example` is
`xn--strae-oqa.example`, and not `strasse.example`, which is somebody else's.
"""

import ipaddress
import re
import socket
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import idna

from app.core.languages import gettext

MAX_LENGTH = 2000
# `http` and `https`, and how they come out when typed in haste.
_SCHEME = r"h{0,2}t{1,3}p{1,2}s{0,2}"
_TYPED = re.compile(rf"({_SCHEME})(?:[:;,]+/*|[.:;,]+/+|/{{2,}}|/(?!/))|/+|:/*", re.IGNORECASE)
_BEGINS_AGAIN = re.compile(rf"{_SCHEME}(?:[:;,/]|$)", re.IGNORECASE)
_RIGHT = re.compile(r"(https?)://(?=[^/])", re.IGNORECASE)
_OTHER = re.compile(
    r"[a-z][a-z0-9+-]*://|(?:about|blob|data|file|ftp|javascript|mailto|tel|view-source):", re.IGNORECASE
)
_LIKE_OURS = re.compile(r"(?:h[a-z]{2,5}|[st]?http?s?|s?ftps?|wss?)://", re.IGNORECASE)
_SECOND = re.compile(rf"[^/?#]*[.@]{_SCHEME}(?:[:;,.]+/+|//+)", re.IGNORECASE)
_WRAPPING = " \t\r\n'\"<>(){}«»„“”‚‘’`*,;!"
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_UNBRACKETED = re.compile(r"(?=.*::|(?:[^:]*:){7})[0-9a-f:]+", re.IGNORECASE)
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
        if self.instead:
            return gettext("Type %(address)s", address=self.instead)
        return gettext("Copy it from the browser's address bar.")


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


def parse_address(text: str) -> WebAddress:
    """The address that somebody typed; raises AddressError, which names the address that was likely meant."""
    try:
        return _parse_typed(text.strip())
    except AddressError as error:
        error.instead = _settled(error.instead) or _named(_settled(_mended(text)))
        raise


def in_letters(url: str) -> str:
    """The address as people read its host: `https://faß.example` for `https://xn--fa-hia.example`.

    Empty if there is no difference. Letters of one script may look like those of another: never show it without the
    address itself.
    """
    begin, host, rest = re.fullmatch(r"(\w+://)?([^/:]*)(.*)", url, re.DOTALL).groups("")  # type: ignore[union-attr]
    labels = [_decoded(label) for label in host.split(".")]
    return "" if labels == host.split(".") else f"{begin}{'.'.join(labels)}{rest}"


def _decoded(label: str) -> str:
    try:
        return idna.decode(label) if label.startswith("xn--") else label
    except idna.IDNAError:
        return label


def _parse_typed(text: str) -> WebAddress:
    _check_characters(text)
    scheme, rest, assumed = _scheme_of(text)
    if second := _SECOND.match(rest):
        raise AddressError(gettext("The address begins twice."), f"{scheme}://{rest[second.end() :]}")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    tail = rest[len(authority) :]
    if "@" in authority:
        raise _with_user(scheme, authority, tail, assumed)
    host, port = _host_and_port(authority, scheme, tail)
    parts = urlsplit(f"//host{tail}")
    return WebAddress(scheme, host, port, parts.path, parts.query, parts.fragment, assumed)


def _settled(guess: str) -> str:
    """The guess, corrected if need be; empty when it is not an address either."""
    for _ in range(5):
        try:
            address = _parse_typed(guess)
        except AddressError as error:
            guess = error.instead
        else:
            return f"https://{guess}" if address.assumed else guess
    return ""


def _named(guess: str) -> str:
    """The guess if its host is a number or has a dot in it, since it was not typed so; else empty."""
    return guess if guess and re.search(r"[.:]", _parse_typed(guess).host) else ""


def _mended(text: str) -> str:
    """What may have been meant: without what was pasted around it, and with plain letters and dots."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    words = plain.split()
    with_scheme = [word for word in words if "://" in word]
    if with_scheme and (words[0] not in with_scheme or len(with_scheme) > 1):
        words = [with_scheme[0]]
    plain = " ".join(words).strip(f"{_WRAPPING}.").replace("\\", "/")
    if (other := _OTHER.match(plain)) and _LIKE_OURS.match(plain):
        plain = f"https://{plain[other.end() :]}"
    begin = _RIGHT.match(plain)
    start = begin.end() if begin else 0
    host = re.split(r"[/?#]", plain[start:], maxsplit=1)[0]
    tail = plain[start + len(host) :].replace(" ", "%20")
    return plain[:start] + _mended_host(host.replace(" ", "")) + tail


def _mended_host(host: str) -> str:
    return host if host.startswith("[") else re.sub(r"[.,]+", ".", unquote(host)).strip(".,;-_")


def _check_characters(text: str) -> None:
    if not text:
        raise AddressError(gettext("The address is empty."))
    if len(text) > MAX_LENGTH:
        raise AddressError(gettext("The address is too long."))
    if "\\" in text:
        raise AddressError(gettext("Web addresses have no backslashes."), text.replace("\\", "/"))
    if re.search(r"\s", text):
        raise AddressError(gettext("There is a space in the address."))
    if not text.isprintable() or any(char in text for char in '<>"{}|^`'):
        raise AddressError(gettext("There are characters in the address that none has."))


def _scheme_of(text: str) -> tuple[str, str, bool]:
    """The scheme, what follows it, and whether the scheme had to be assumed."""
    right = _RIGHT.match(text)
    scheme, rest = (right[1].lower(), text[right.end() :]) if right else ("https", text)
    if right and _BEGINS_AGAIN.match(rest):
        raise AddressError(gettext("The address begins twice."), _begun_once(text))
    if right:
        return scheme, rest, False
    if _TYPED.match(text):
        raise AddressError(gettext("The beginning of the address is mistyped."), _begun_once(text))
    if other := _OTHER.match(text):
        raise AddressError(
            gettext("This begins with %(other)s, and websites begin with https:// or http://.", other=other[0])
        )
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
        return AddressError(gettext("This is an e-mail address."), f"{scheme}://{authority.rpartition('@')[2]}")
    instead = f"{scheme}://{authority.rpartition('@')[2]}{tail}"
    return AddressError(gettext("The address holds a user name or password."), instead)


def _host_and_port(authority: str, scheme: str, tail: str) -> tuple[str, int | None]:
    if _UNBRACKETED.fullmatch(authority):
        raise AddressError(gettext("A number with colons stands in brackets."), f"{scheme}://[{authority}]{tail}")
    if authority.startswith("[") and "]" not in authority:
        raise AddressError(gettext("A bracket of the address is not closed."))
    bracketed = re.fullmatch(r"(\[[^\[\]]*\])(?::(.*))?", authority)
    name, colon, digits = (
        (bracketed[1], ":" if bracketed[2] is not None else "", bracketed[2] or "")
        if bracketed
        else authority.partition(":")
    )
    try:
        host = _host(name)
    except AddressError as error:
        if error.instead:
            error.instead = f"{scheme}://{error.instead}{colon}{digits}{tail}"
        raise
    if colon and not (_PORT.fullmatch(digits) and 0 < int(digits) < 65536):
        raise AddressError(gettext("A port is a number from 1 to 65535."), f"{scheme}://{name}{tail}")
    return host, int(digits) if colon else None


def _host(name: str) -> str:
    """The host as it is called; raises AddressError."""
    if name.startswith("["):
        return _ip(name[1:-1], ipaddress.IPv6Address)
    name = name.removesuffix(".")
    if not name:
        raise AddressError(gettext("The address has no host."))
    plain = unicodedata.normalize("NFKC", name).replace("。", ".")
    if plain.lower() != unicodedata.normalize("NFC", name).replace("。", ".").lower():
        raise AddressError(
            gettext("“%(name)s” is written with letters that only look like those of a host.", name=name[:80]),
            "" if "/" in plain else plain,
        )
    try:
        ascii_name = name.lower() if name.isascii() else idna.encode(name, uts46=True).decode().lower()
    except idna.IDNAError as error:
        raise AddressError(gettext("“%(name)s” has characters that no host has.", name=name[:80])) from error
    labels = ascii_name.split(".")
    if len(ascii_name) > 253 or ascii_name in ("http", "https") or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError(gettext("“%(name)s” is not the name of a host.", name=name[:80]))
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        number = _ip(ascii_name, ipaddress.IPv4Address)
        if number != name:
            raise AddressError(gettext("“%(name)s” is not how a number is written.", name=name[:80]), number)
    return ascii_name


def _ip(text: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> str:
    try:
        address = kind(text.partition("%")[0])
    except ValueError as error:
        raise AddressError(
            gettext("“%(text)s” is not the address of a host.", text=text), _as_browsers_read(text)
        ) from error
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped or "%" in text:
        raise AddressError(
            gettext("“%(text)s” is not how a website is reached.", text=text), str(mapped or f"[{address}]")
        )
    return str(address)


def _as_browsers_read(text: str) -> str:
    """The IPv4 address of a number, of octal or hexadecimal parts, or of fewer than four; empty when it is none."""
    try:
        return socket.inet_ntoa(socket.inet_aton(text))
    except OSError:
        return ""
