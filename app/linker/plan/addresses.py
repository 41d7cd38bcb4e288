"""Where an address of a site leads, by what is known of its pages, of where they were before, and of WordPress. Pure.

WordPress itself serves old slugs of live posts, `?p=12`, an address in another case, and what is below a post's address
(`/2/`, `/feed/`, `/amp/`); it also guesses by the slug where nothing else fits. A link to archives, files, feeds, the
admin pages and other addresses that are of no content is not judged.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

_OWN = re.compile(
    r"/(wp-content|wp-admin|wp-includes|wp-json|feed|author|category|tag|page|search|comments|product-category"
    r"|product-tag|shop|cart|checkout|my-account|sitemap[^/]*|wp-[a-z-]+\.php|xmlrpc\.php)(/|$)"
    r"|/\d{4}(/\d{2}){0,2}$|\.[a-z0-9]{2,5}$"
)
_BELOW = re.compile(r"/(?:\d{1,3}|feed|amp|embed|trackback|comment-page-\d+|page/\d+)$")
_POST_ID = ("p", "page_id")
LEAST_SLUG = 4  # characters of a slug by which a moved page is guessed


class LinkStatus(StrEnum):
    """What a link of a text leads to. OTHER_ORIGIN is a live page whose site the link names in another way."""

    LIVE = "live"
    OTHER_ORIGIN = "origin"
    MOVED = "moved"
    GUESSED = "guessed"
    TRASHED = "trashed"
    GONE = "gone"
    UNPUBLISHED = "unpublished"
    NO_PAGE = "no_page"
    NOT_JUDGED = "not_judged"


class PageFact(NamedTuple):
    """What the plan knows of a content. `address` is where it is, as `address_of` gives it; `live` whether visitors see
    it there; `dead` is the verdict on a link to one that they do not see. `published` is an ordinal day or 0. `origin`
    is how its address names the site, as `link_origin` gives it."""

    id: int
    address: str
    live: bool
    dead: LinkStatus
    external_id: int
    cluster_id: int
    content_type: str
    is_top: bool
    published: int
    is_named: bool
    origin: str = ""


class Destination(NamedTuple):
    """Where a link leads: the verdict, and the place of the page among the pages, or -1."""

    verdict: LinkStatus
    page: int


def page_key(address: str) -> str:
    """What two addresses have in common that lead to one page: escapes and case make no difference to WordPress."""
    return unquote(address, errors="replace").casefold()


@dataclass
class AddressBook:
    """The addresses of a site. Make it with `address_book`."""

    home: str
    live: Mapping[str, int]
    dead: Mapping[str, int]
    former: Mapping[str, int]
    by_external_id: Mapping[int, int]
    by_slug: Mapping[str, int]
    terms: Collection[str]
    pages: Sequence[PageFact]

    def destination(self, address: str) -> Destination:
        """Where a link to this address of the site leads."""
        key = page_key(address)
        place = self.live.get(key)
        if place is not None:
            return Destination(LinkStatus.LIVE, place)
        path, _, query = key.partition("?")
        if query:
            by_id = self._by_query(query, path)
            if by_id is not None:
                return by_id
        path = path.rstrip("/") or "/"
        for shorter in (path, _BELOW.sub("", path) or "/"):
            place = self.live.get(shorter)
            if place is not None:
                return Destination(LinkStatus.LIVE, place)
        return self._of_dead(path)

    def _by_query(self, query: str, path: str) -> Destination | None:
        values = parse_qs(query)
        number = next((values[name][0] for name in _POST_ID if name in values), "")
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            # ?s=, ?cat= and their like on the home are archives
            return Destination(LinkStatus.NOT_JUDGED, -1) if path in (self.home, "/index.php") else None
        place = self.by_external_id.get(int(number))
        if place is None:
            return Destination(LinkStatus.NO_PAGE, -1)
        fact = self.pages[place]
        if not fact.live:
            return Destination(fact.dead, place)
        return Destination(LinkStatus.MOVED if fact.address and "?" not in fact.address else LinkStatus.LIVE, place)

    def _of_dead(self, path: str) -> Destination:
        former = self.former.get(path)
        if former is not None:
            fact = self.pages[former]
            return Destination(LinkStatus.MOVED if fact.live else fact.dead, former)
        place = self.dead.get(path)
        if place is not None:
            return Destination(self.pages[place].dead, place)
        slug = path.rsplit("/", 1)[-1]
        if self._is_not_judged(path, slug):
            return Destination(LinkStatus.NOT_JUDGED, -1)
        guess = self.by_slug.get(slug, -1) if len(slug) >= LEAST_SLUG and not slug.isdigit() else -1
        return Destination(LinkStatus.GUESSED if guess >= 0 else LinkStatus.NO_PAGE, guess)

    def _is_not_judged(self, path: str, slug: str) -> bool:
        """Whether WordPress, or something else on this host, may serve an address that no content has."""
        folder = self.home.rstrip("/")
        if folder and path != folder and not path.startswith(f"{folder}/"):
            return True
        inside = path.removeprefix(folder) or "/"
        return inside in ("/", "/index.php") or bool(_OWN.search(inside)) or slug in self.terms


def address_book(
    site_url: str, pages: Sequence[PageFact], former: Mapping[str, int], terms: Collection[str]
) -> AddressBook:
    """The addresses of these pages; `former` are keys of addresses with the place of the page that was there.

    Where two contents have one address, the later is meant, and a live one before one that is not.
    """
    live, dead, by_external_id = {}, {}, {}
    slugs: Counter[str] = Counter()
    by_slug: dict[str, int] = {}
    for place, page in enumerate(pages):
        key = page_key(page.address)
        if page.live and key:
            live[key] = place
            slug = key.partition("?")[0].rsplit("/", 1)[-1]
            slugs[slug] += 1
            by_slug[slug] = place
        elif key:
            dead[key.partition("?")[0] if "?" not in key else key] = place
        if page.external_id and (page.live or page.external_id not in by_external_id):
            by_external_id[page.external_id] = place
    single = {slug: place for slug, place in by_slug.items() if slugs[slug] == 1}
    home = page_key(urlsplit(site_url).path.rstrip("/") or "/")
    return AddressBook(home, live, dead, former, by_external_id, single, frozenset(terms), pages)
