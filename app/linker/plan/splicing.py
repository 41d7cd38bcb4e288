"""Mending a link in HTML: another address in it, or its tags taken away; and back again. Pure.

Apart from the address, or from the two tags, every byte stays as it was.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urlsplit

from app.linker.splice import CONTEXT, without_link
from app.linker.texts import ATTRIBUTE, FoundLink, TextRun, read_markup

SAME_AROUND = 8  # characters on one side of words by which they are known to be those of a link
MOST_PLACES = 2000  # that are compared for the words of one link


@dataclass(frozen=True, slots=True)
class Mended:
    """A link that was mended: what is needed to find it again and put it back.

    `old_href` and `new_href` are the characters between the quotes; `new_href` is "" where the tags were taken away,
    and `new_tag` then too. `inner` is the HTML between the tags, `before` and `after` what stands around the link.
    """

    old_href: str
    new_href: str
    old_tag: str
    new_tag: str
    end_tag: str
    inner: str
    anchor: str
    before: str
    after: str


def href_span(tag: str) -> tuple[int, int] | None:
    """Where in an opening tag the characters of its address are; None when it has none, or an empty one."""
    for match in ATTRIBUTE.finditer(tag, 2, len(tag) - 1):
        if match[1].lower() == "href":
            group = next((number for number in (2, 3, 4) if match[number] is not None), 0)
            return match.span(group) if group and match[group] else None
    return None


def new_href(old: str, url: str) -> str:
    """The address to put in place of `old`, as it stands in HTML: from the root where that was, with its fragment."""
    was, now = unescape(old).strip(), urlsplit(url)
    is_from_root = was.startswith("/") and not was.startswith("//")
    address = now.path + (f"?{now.query}" if now.query else "") if is_from_root else url
    fragment = was.partition("#")[2]
    return escape(address + (f"#{fragment}" if fragment else ""), quote=True)


def with_address(html: str, link: FoundLink, url: str) -> tuple[str, Mended] | None:
    """The text with another address in this link, and what was done; None where that cannot be done."""
    tag = html[link.start : link.inner_start]
    span = href_span(tag)
    if span is None or unescape(tag[span[0] : span[1]]) != link.href:
        return None
    old = tag[span[0] : span[1]]
    new = new_href(old, url)
    is_quoted = tag[span[0] - 1] in "\"'"
    value = new if is_quoted or not set(new) & set(" \t\n\r\f=<>`") else f'"{new}"'
    changed = tag[: span[0]] + value + tag[span[1] :]
    mended = _mended(html, link, old, new, changed)
    return html[: link.start] + changed + html[link.inner_start :], mended


def without_tags(html: str, link: FoundLink) -> tuple[str, Mended] | None:
    """The text without the tags of this link, whose words stay, and what was done.

    None where something else than a link would become of it, as of ``<`` and letters that only the tag held apart.
    """
    bare = without_link(html, link)
    if read_markup(bare).plain != read_markup(html).plain:
        return None
    return bare, _mended(html, link, "", "", "")


def _mended(html: str, link: FoundLink, old: str, new: str, tag: str) -> Mended:
    before, after = html[max(0, link.start - CONTEXT) : link.start], html[link.end : link.end + CONTEXT]
    inner = html[link.inner_start : link.inner_end]
    old_tag, end_tag = html[link.start : link.inner_start], html[link.inner_end : link.end]
    return Mended(old, new, old_tag, tag, end_tag, inner, link.text, before, after)


def put_back(html: str, mended: Mended) -> str | None:
    """The text with the link as it was before, wherever it stands now; None when it is gone."""
    return _old_address(html, mended) if mended.new_tag else _old_tags(html, mended)


def _old_address(html: str, mended: Mended) -> str | None:
    links = [
        link
        for link in read_markup(html).links
        if link.href == unescape(mended.new_href)
        and (link.text == mended.anchor or _is_near(html, link.start, link.end, mended))
    ]
    if not links:  # what else leads there is another link
        return None
    link = max(links, key=lambda link: (link.text == mended.anchor, _likeness(html, link.start, link.end, mended)))
    tag = html[link.start : link.inner_start]
    if tag == mended.new_tag:
        changed = mended.old_tag
    else:
        span = href_span(tag)
        if span is None:
            return None
        changed = tag[: span[0]] + mended.old_href + tag[span[1] :]
    return html[: link.start] + changed + html[link.inner_start :]


def _old_tags(html: str, mended: Mended) -> str | None:
    place = _place_of_words(html, mended)
    if place is None:
        return None
    end = place + len(mended.inner)
    return html[:place] + mended.old_tag + mended.inner + mended.end_tag + html[end:]


def _place_of_words(html: str, mended: Mended) -> int | None:
    """Where the words of a link that was taken away stand outside of tags and other links: what has most around it."""
    whole = html.find(mended.before + mended.inner + mended.after)
    if whole >= 0:
        return whole + len(mended.before)
    if not mended.inner.strip():
        return None
    read = read_markup(html)
    ends, starts = [link.end for link in read.links], [run.start for run in read.runs]
    best: tuple[int, int] | None = None
    start, looked = html.find(mended.inner), 0
    while start >= 0 and looked < MOST_PLACES:
        following = bisect_right(ends, start)
        is_apart = following == len(ends) or read.links[following].start >= start + len(mended.inner)
        is_there = is_apart and _is_near(html, start, start + len(mended.inner), mended)
        if is_there and _is_text(html, start, read.runs, bisect_right(starts, start)):
            likeness, looked = _likeness(html, start, start + len(mended.inner), mended), looked + 1
            if best is None or likeness > best[0]:
                best = likeness, start
        start = html.find(mended.inner, start + 1)
    return best[1] if best else None


def _is_text(html: str, place: int, runs: Sequence[TextRun], following: int) -> bool:
    """Whether a place is in a run of text, or before a tag; `following` is the next run."""
    if html[place] == "<":
        return html.rfind("<", 0, place) <= html.rfind(">", 0, place)
    return following > 0 and place < runs[following - 1].offsets[-1]


def _is_near(html: str, start: int, end: int, mended: Mended) -> bool:
    """Whether this is where the link was: what stood right before or after it is still there."""
    sides = (
        (html[max(0, start - CONTEXT) : start][::-1], mended.before[::-1]),
        (html[end : end + CONTEXT], mended.after),
    )
    return any(was and _alike(now, was) >= min(SAME_AROUND, len(was)) for now, was in sides)


def _likeness(html: str, start: int, end: int, mended: Mended) -> int:
    """How many characters around these are those that were around the link."""
    before, after = html[max(0, start - CONTEXT) : start], html[end : end + CONTEXT]
    return _alike(before[::-1], mended.before[::-1]) + _alike(after, mended.after)


def _alike(text: str, other: str) -> int:
    count = 0
    while count < min(len(text), len(other)) and text[count] == other[count]:
        count += 1
    return count
