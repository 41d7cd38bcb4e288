"""What a content says, as links need it, made of its row alone. Pure."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from html import unescape
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from app.linker.texts import FoundLink, ReadText, read_markup
from app.linker.words import Word, guess_language, phrase_number, phrases, stem_number, words_of_text

MOST_TERMS = 40
LONGEST_PHRASE = 4
MOST_WORDS = 6000  # of a text that are looked at
DATED_PATH = re.compile(r"/(\d{4})[-/](\d{2})(?:[-/](\d{2}))?[-/]")
_COUNTER = re.compile(
    r"utm_\w+|[gdmy]clid|gbraid|wbraid|fbclid|msclkid|igshid|srsltid|twclid|ttclid|mc_[ce]id|_g[al]|_hs(?:enc|mi)",
    re.IGNORECASE,
)
RAREST = 6.91  # the logarithm of the thousand pages that the weights of `scoring` were learnt with
GRAMMAR_WEIGHT = 0.15  # of a word of grammar, in the titles and texts that are compared
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rarity:
    """How many of `pages` pages of a site have each stem, by its number."""

    pages: int
    counts: Mapping[int, int] = field(default_factory=dict)

    def of(self, number: int) -> float:
        """The weight of a stem: the rarer, the more, from 0 to RAREST for one that no page has, however many pages."""
        share = math.log((self.pages + 2) / (self.counts.get(number, 0) + 1)) / math.log(self.pages + 2)
        return RAREST * max(0.0, share)

    def of_each(self, numbers: Iterable[int]) -> Array:
        """The weights of these stems, as `of` gives them."""
        counts = np.fromiter((self.counts.get(number, 0) for number in numbers), dtype=np.float64)
        return RAREST * np.maximum(0.0, np.log((self.pages + 2) / (counts + 1)) / math.log(self.pages + 2))


@dataclass(frozen=True, slots=True)
class PageSource:
    """The columns of a content that are read. `phrases` are its focus keywords and the keywords it is written for."""

    id: int
    title: str
    html: str
    url: str
    published_at: datetime | None
    phrases: Sequence[str] = ()
    cluster_id: int | None = None


@dataclass
class ParsedPage:
    """A content that was read: its words, and what it links to."""

    source: PageSource
    read: ReadText
    title: str
    plain: str
    language: str
    title_words: list[Word]
    body_words: list[Word]  # those that are looked at
    word_count: int  # of all
    counts: Counter[str]

    @property
    def links(self) -> list[FoundLink]:
        """Its links, with those in headings."""
        return self.read.links

    def stems(self) -> set[int]:
        """The numbers of all its stems."""
        return {stem_number(stem) for stem in self.counts}


def read_page(source: PageSource) -> ParsedPage:
    """Read a content."""
    read = read_markup(source.html)
    plain, title = read.plain, unescape(source.title)
    language = guess_language(f"{title}\n{plain}")
    title_words = words_of_text(title, language)
    all_words = words_of_text(plain, language)
    body_words = all_words[:MOST_WORDS]
    counts = Counter(word.stem for word in (*title_words, *body_words))
    return ParsedPage(source, read, title, plain, language, title_words, body_words, len(all_words), counts)


def weights_of(page: ParsedPage, rarity: Rarity) -> dict[str, float]:
    """The weight of each stem in the page's text: its logarithmic count times its rarity, at length 1."""
    grammar = {word.stem for word in (*page.title_words, *page.body_words) if word.is_grammar}
    weights = {
        stem: (1 + math.log(count)) * rarity.of(stem_number(stem)) * (GRAMMAR_WEIGHT if stem in grammar else 1.0)
        for stem, count in page.counts.items()
    }
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {stem: weight / length for stem, weight in weights.items()}


def weightiest(weights: Mapping[str, float], most: int = MOST_TERMS) -> dict[str, float]:
    """The stems with the most weight."""
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:most])


def title_weights(words: Iterable[Word], rarity: Rarity) -> dict[int, float]:
    """The number and weight of each stem of a title."""
    return {
        number: rarity.of(number) * (GRAMMAR_WEIGHT if word.is_grammar else 1.0)
        for word in words
        if (number := stem_number(word.stem))
    }


def title_phrases(page: ParsedPage, rarity: Rarity) -> dict[int, float]:
    """Phrases by which other texts may name the page: of its title with their share of it, and its keywords whole."""
    shares: dict[int, float] = {}
    titles = [page.title_words, *(words_of_text(text, page.language) for text in page.source.phrases)]
    for place, words in enumerate(titles):
        weights = title_weights(words, rarity)
        total = sum(weights.values()) or 1.0
        for phrase in phrases(words, 1, LONGEST_PHRASE):
            share = sum(weights.get(stem_number(stem), 0.0) for stem in set(phrase)) / total
            if place == 0 or share > 0.999:
                number = phrase_number(phrase)
                shares[number] = max(shares.get(number, 0.0), min(1.0, share))
    return shares


def surface_bag(page: ParsedPage, weights: Mapping[str, float]) -> dict[str, float]:
    """The words, as they are written, that have these stems: each stem's weight goes to its most frequent word."""
    written: dict[str, Counter[str]] = {}
    for text, words in ((page.title, page.title_words), (page.plain, page.body_words)):
        for word in words:
            if word.stem in weights:
                written.setdefault(word.stem, Counter())[text[word.start : word.end].casefold()] += 1
    return {forms.most_common(1)[0][0]: weights[stem] for stem, forms in written.items()}


def address_of(href: str, site_url: str) -> str:
    """The address within the site that a link leads to, as pages are compared by; empty for anywhere else.

    How the link names the host (http or https, with www or without), the slash at its end, its fragment and what only
    counts visits make no difference.
    """
    try:
        parts, site = urlsplit(href.strip()), urlsplit(site_url)
    except ValueError:
        return ""
    if parts.scheme not in ("", "http", "https") or (not parts.netloc and not parts.path.startswith("/")):
        return ""
    if parts.netloc and _host(parts.netloc) != _host(site.netloc):
        return ""
    path, query = parts.path.rstrip("/") or "/", _bare_query(parts.query)
    return (path + (f"?{query}" if query else ""))[:500]


def _bare_query(query: str) -> str:
    """The query without what only counts visits."""
    return "&".join(part for part in query.split("&") if part and not _COUNTER.fullmatch(part.partition("=")[0]))


def _host(netloc: str) -> str:
    return _own_host(netloc).removeprefix("www.")


def _own_host(netloc: str) -> str:
    return netloc.rpartition("@")[2].lower().removesuffix(":80").removesuffix(":443")


def link_origin(href: str) -> str:
    """How an address names its site: ``https://www.example.com``, ``//example.com``, or empty where it does not."""
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return ""
    if not parts.netloc:
        return ""
    return f"{parts.scheme}:" * bool(parts.scheme) + f"//{_own_host(parts.netloc)}"[:110]


def is_other_origin(origin: str, own: str) -> bool:
    """Whether a link that names its site as `origin` leads to a page whose own address names it in another way."""
    return bool(origin and own) and origin != (own.partition(":")[2] if origin.startswith("//") else own)


def leads_to(href: str, url: str, site_url: str) -> bool:
    """Whether a link leads to the page at `url`, however it is written."""
    own = address_of(url, site_url)
    return href == url or bool(own and address_of(href, site_url) == own)


def first_section(address: str) -> str:
    """The first part of an address."""
    return address.lstrip("/").partition("/")[0][:120] if address.count("/") > 1 else ""


def page_day(published_at: datetime | None, address: str) -> int | None:
    """The day that a page is of, as a number: the one in its address, else when it was published."""
    match = DATED_PATH.search(address)
    if match:
        try:
            return date(int(match[1]), int(match[2]), int(match[3] or 15)).toordinal()
        except ValueError:
            pass
    return published_at.date().toordinal() if published_at else None


PACKED = np.dtype([("number", "<i8"), ("weight", "<f4")])


def pack(weights: Mapping[int, float]) -> bytes:
    """Numbers and weights as bytes, by number."""
    return np.array(sorted(weights.items()), dtype=PACKED).tobytes()


def unpack(packed: bytes) -> tuple[NDArray[np.int64], Array]:
    """The numbers and weights that were packed."""
    rows = np.frombuffer(packed, dtype=PACKED)
    return rows["number"], rows["weight"].astype(np.float64)
