"""Putting links into HTML and taking them out: nothing but the tags changes, byte for byte. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from app.linker.texts import FoundLink, ReadText, TextRun, read_markup

CONTEXT = 60  # characters around a phrase, by which it is found again


@dataclass(frozen=True, slots=True)
class Place:
    """A phrase of a text: ``html[start:end]``. `before` and `after` are the characters around it in its run of text."""

    start: int
    end: int
    anchor: str
    before: str
    after: str
    block: int


def opening_tag(url: str, rel: str = "") -> str:
    """The tag that opens a link."""
    return f'<a href="{escape(url, quote=True)}"' + (f' rel="{escape(rel, quote=True)}"' if rel else "") + ">"


def put_links(html: str, links: Iterable[tuple[Place, str]]) -> str:
    """`html` with each of these phrases, which do not overlap, inside its opening tag and ``</a>``."""
    pieces, offset = [], 0
    for place, tag in sorted(links, key=lambda link: link[0].start):
        if place.start < offset:
            raise ValueError("links overlap")
        pieces += [html[offset : place.start], tag, html[place.start : place.end], "</a>"]
        offset = place.end
    return "".join([*pieces, html[offset:]])


def place_in(run: TextRun, start: int, end: int) -> Place | None:
    """The phrase of these characters of a run; None where it cuts a character reference in two."""
    offsets = run.offsets
    cuts = (start > 0 and offsets[start] == offsets[start - 1]) or offsets[end] == offsets[end - 1]
    if cuts:
        return None
    before, after = run.text[max(0, start - CONTEXT) : start], run.text[end : end + CONTEXT]
    return Place(offsets[start], offsets[end], run.text[start:end], before, after, run.block)


def locate(read: ReadText, anchor: str, before: str, after: str) -> Place | None:
    """The phrase where it stands now: where most of what was around it is the same, else where it is first."""
    best: tuple[int, Place] | None = None
    for run in read.runs:
        if not run.is_open or anchor not in run.text:
            continue
        start = run.text.find(anchor)
        while start >= 0:
            place = (
                place_in(run, start, start + len(anchor)) if _is_whole(run.text, start, start + len(anchor)) else None
            )
            if place is not None:
                likeness = _same_end(place.before, before) + _same_end(place.after[::-1], after[::-1])
                if best is None or likeness > best[0]:
                    best = likeness, place
            start = run.text.find(anchor, start + 1)
    return best[1] if best else None


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether these characters are whole words; signs of a script without spaces are."""
    return not (_joins(text[start - 1 : start], text[start]) or _joins(text[end - 1], text[end : end + 1]))


def _joins(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and not (_is_unspaced(left) or _is_unspaced(right))


def _is_unspaced(sign: str) -> bool:
    return "\u0e00" <= sign <= "\u0eff" or "\u1000" <= sign <= "\u109f" or "\u3040" <= sign <= "\u9fff"


def _same_end(text: str, other: str) -> int:
    """How many characters two texts have alike at their end."""
    count = 0
    while count < min(len(text), len(other)) and text[-1 - count] == other[-1 - count]:
        count += 1
    return count


def find_link(html: str, tag: str, url: str, anchor: str) -> FoundLink | None:
    """The link as it was put in, or what a person made of it since: with the same address and words, or address."""
    links = read_markup(html).links
    exact = [link for link in links if html[link.start : link.inner_start] == tag and link.text == anchor]
    same = [link for link in links if link.href == url]
    return next(iter([*exact, *(link for link in same if link.text == anchor), *same]), None)


def without_link(html: str, link: FoundLink) -> str:
    """`html` without the tags of a link; its words stay."""
    return html[: link.start] + html[link.inner_start : link.inner_end] + html[link.end :]


def sentence_html(sentence: str, anchor: str, tag: str) -> str:
    """A new sentence with a link in it, to be put at the end of a paragraph."""
    before, _, after = sentence.partition(anchor)
    return f" {escape(before, quote=False)}{tag}{escape(anchor, quote=False)}</a>{escape(after, quote=False)}"


def end_of_paragraph(html: str, read: ReadText, before: str) -> int | None:
    """Where a sentence may be added: the end of the open paragraph that ends with `before`; None if that is gone."""
    for run in read.runs:
        end = run.offsets[-1]
        if run.is_open and run.text.rstrip().endswith(before) and before and html.startswith("</p>", end):
            return end
    return None
