"""What stands in front of a WordPress and answers in its place: firewalls, challenges, proxies, passwords (pure)."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.core.http import HttpResponse
from app.sites.wordpress_errors import WordPressError, wordpress_error

REFUSALS = frozenset((401, 403, 405, 406, 418, 444, 493, 503))
DETAIL = re.compile(r"error(?: code:?)? (1\d{3})\b")
ALLOW = "Allow requests of this server to /wp-json/igny8/ and /wp-admin/admin-post.php in {}."
LOOKED_AT = 60_000  # characters of a page
FEW_LETTERS = 800  # characters that a challenge shows at most
NOT_SHOWN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?-->|<[^>]*>", re.DOTALL)
NO_LETTER = re.compile(r"[\W_]+")
RELOADS = re.compile(r"location\.reload|location\.(?:href|replace|assign)|(?:window|document)\.location\s*=|\.submit\(")


@dataclass(frozen=True)
class Barrier:
    """A product and how its page is recognised.

    `marks` in the page say it whatever the status, `names` only in a refusal, `widgets` only in a page of few words
    that is not WordPress's; `headers` as `name` or `name: part`. The table of them is barriers.toml.
    """

    name: str
    marks: Sequence[str] = ()
    names: Sequence[str] = ()
    headers: Sequence[str] = ()
    widgets: Sequence[str] = ()
    cure: str = ""


@cache
def _table() -> tuple[Barrier, ...]:
    entries = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return tuple(Barrier(**entry) for entry in entries["barrier"])


SCHEME = re.compile(r"(?:^|,)\s*(basic|digest|negotiate|ntlm)\b")

# What anybody's challenge says; looked for last.
CHALLENGES = (
    "captcha",
    "one moment, please",
    "please wait while we verify",
    "verifying your browser",
    "checking if the site connection is secure",
    "browser verification",
    "human verification",
    "not a robot",
    "are not a bot",
    "press &amp; hold",
    "press & hold",
    "verify you are human",
    "you are human",
    "checking your browser",
    "are you a robot",
    "enable javascript and cookies",
    "security check",
    "ddos protection",
    "bot verification",
)

# Cloudflare's, and what others made of the same numbers.
ORIGIN = {
    520: "The site's server gave Cloudflare an answer that it cannot read (520).",
    521: "The site's server refuses Cloudflare's connections (521).",
    522: "The site's server does not answer Cloudflare (522).",
    523: "Cloudflare cannot reach the site's server (523).",
    524: "The site's server took too long for Cloudflare (524).",
    527: "The connection between Cloudflare and the site's server broke (527).",
    530: "Cloudflare cannot find the site's server (530).",
}
CERTIFICATE = {
    525: "The secure connection between Cloudflare and the site's server cannot be set up (525).",
    526: "Cloudflare does not trust the certificate of the site's server (526).",
}


def firewall_error(answer: HttpResponse) -> WordPressError | None:
    """The firewall or challenge that answered, by name, with its cure; None when none is recognised."""
    page = _page(answer)
    recognised = next((barrier for barrier in _table() if _matches(barrier, answer, page)), None)
    return firewall_error_named(recognised.name, recognised.cure, answer.status) if recognised else None


def challenge_error(answer: HttpResponse) -> WordPressError | None:
    """A challenge that only its widget or its words give away; for an answer that is not WordPress's."""
    page = _page(answer)
    is_short = shows_little(answer)
    recognised = next((barrier for barrier in _table() if any(widget in page for widget in barrier.widgets)), None)
    if recognised and is_short:
        return firewall_error_named(recognised.name, recognised.cure, answer.status)
    only_script = is_short and "document.cookie" in page and RELOADS.search(page)
    asks = answer.status == 202 or only_script or any(words in page for words in CHALLENGES)
    return firewall_error_named("A bot protection", "", answer.status) if asks else None


def shows_little(answer: HttpResponse) -> bool:
    """Whether a visitor sees only few words, as in challenges and messages of a server."""
    return len(NO_LETTER.sub("", NOT_SHOWN.sub("", answer.text[:LOOKED_AT].lower()))) < FEW_LETTERS


def _page(answer: HttpResponse) -> str:
    """Where the answer leads, if it does, and the start of its page, in lower case."""
    return f"{answer.headers.get('Location', '')[:2000]}\n{answer.text[:LOOKED_AT]}".lower()


def firewall_error_named(name: str, cure: str, status: int) -> WordPressError:
    """`FIREWALL` with the name of what it is."""
    message = f"{name[0].upper()}{name[1:]} in front of WordPress turned the request away."
    cure = cure or ALLOW.format("your host's firewall" if name[0].isupper() and name.startswith("A ") else name)
    return wordpress_error("FIREWALL", message=message, cure=cure, details={"status": status, "firewall": name})


def _matches(barrier: Barrier, answer: HttpResponse, page: str) -> bool:
    if any(mark in page for mark in barrier.marks) or any(_has_header(answer, header) for header in barrier.headers):
        return True
    return answer.status in REFUSALS and any(name in page for name in barrier.names)


def _has_header(answer: HttpResponse, header: str) -> bool:
    name, _, part = header.partition(": ")
    value = answer.headers.get(name)
    return value is not None and part in value.lower()


def site_password_error(answer: HttpResponse, *, password_sent: bool = False) -> WordPressError | None:
    """A server that asks everybody for a user name and a password before any page; None when it does not."""
    schemes = SCHEME.findall(answer.headers.get("WWW-Authenticate", "").lower()) if answer.status == 401 else []
    facts = {"status": answer.status}
    if "basic" in schemes:
        return wordpress_error("SITE_PASSWORD_WRONG" if password_sent else "SITE_PASSWORD", details=facts)
    if not schemes:
        return None
    kind = {"ntlm": "NTLM"}.get(schemes[0], schemes[0].capitalize())
    message = (
        f"The site asks everybody for a user name and a password in a way that is not supported (HTTP {kind}, 401)."
    )
    cure = "Have the server ask by HTTP Basic, the only way that is supported, or let /wp-json/igny8/ through without."
    return wordpress_error("SITE_PASSWORD", message=message, cure=cure, details={**facts, "scheme": kind})


def refusal_error(answer: HttpResponse) -> WordPressError | None:
    """What a status alone says of the way to WordPress: a proxy, a limit; None for any other."""
    status, facts = answer.status, {"status": answer.status}
    if status in ORIGIN:
        detail = DETAIL.search(answer.text[:LOOKED_AT].lower())
        message = ORIGIN[status].replace(f"({status})", f"({status}, error {detail[1]})") if detail else ORIGIN[status]
        return wordpress_error("ORIGIN_DOWN", message=message, details=facts)
    if status in CERTIFICATE:
        return wordpress_error("ORIGIN_CERTIFICATE", message=CERTIFICATE[status], details=facts)
    if status == 429:
        return wordpress_error(
            "RATE_LIMITED", details={**facts, "retry_after": answer.headers.get("Retry-After", "")[:40]}
        )
    return None
