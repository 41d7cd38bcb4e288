"""What is mended without a model: alternative texts, levels of headings, double spaces, the SEO description. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import islice
from urllib.parse import unquote, urlsplit

from app.ai.builtin.names import is_short_description, search_description
from app.content.blocks import TextPiece, split
from app.optimizer.rewrite.changes import IMAGE, ProposedChange
from app.optimizer.rewrite.passages import TAG, bare_text, is_heading, open_passages, sentences_of
from app.optimizer.rewrite.word_lists import WORD_LISTS

LONGEST_ALT, LEAST_OPENING = 250, 60
MOST_OF_A_KIND = 1000
_DOUBLE = re.compile(r"(?<=[^\s>]) {2,}(?=[^\s<])")
_HEADING = re.compile(r"<h([1-6])\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\s([a-zA-Z-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_EMPTY_ALT = re.compile(r"\salt(?:\s*=\s*(?:\"\s*\"|'\s*'))?(?=[\s/>])", re.IGNORECASE)
_CAPTION = re.compile(r"<figcaption\b[^>]*>(.*?)</figcaption\s*>", re.IGNORECASE | re.DOTALL)
_REFERENCE = re.compile(r"igny8-image:([0-9a-f]{64})")
_SIZE = re.compile(r"-(?:\d+x\d+|scaled|rotated|e\d{6,}|\d+)$")


@dataclass(frozen=True, slots=True)
class KnownImage:
    """What is known of an image of a content. `in_text` says that it is shown in the text alone."""

    id: int
    sha256: str
    filename: str
    alt: str = ""
    title: str = ""
    caption: str = ""
    in_text: bool = True


@dataclass(frozen=True)
class MendedText:
    """A content as the mends look at it. `is_post`: the page shows its title as the heading 1."""

    html: str
    language: str = "en"
    excerpt: str = ""
    seo_description: str = ""
    is_post: bool = True
    images: Sequence[KnownImage] = field(default_factory=tuple)


def mends_of(content: MendedText) -> list[ProposedChange]:
    """What can be mended by rule, each as a change to look at; of each kind the first MOST_OF_A_KIND."""
    kinds = (_alts_in_text, _heading_levels, _double_spaces, _description, _alts_of_files)
    return [change for mends in kinds for change in islice(mends(content), MOST_OF_A_KIND)]


def _change(reason: str, before: str, after: str, **place: str | int) -> ProposedChange:
    return ProposedChange(0, reason, before, after, str(place.get("field", "content_html")), int(place.get("start", 0)))


def _alts_in_text(content: MendedText) -> Iterator[ProposedChange]:
    files = {image.sha256: image for image in content.images}
    offset = 0
    for piece in split(content.html):
        if piece.kind in ("block", "element", "text") and "<img" in piece.raw.lower():
            for tag in TAG.finditer(piece.raw):
                if (tag["name"] or "").lower() == "img" and (after := _with_alt(tag[0], piece.raw, files)):
                    yield _change("alt", tag[0], after, start=offset + tag.start())
        offset += len(piece.raw)


def _with_alt(tag: str, around: str, files: Mapping[str, KnownImage]) -> str:
    """The tag with an alternative text; "" where it has one, or none is known."""
    values = {match[1].lower(): unescape(match[2][1:-1]) for match in _ATTRIBUTE.finditer(tag)}
    if values.get("alt", "").strip() or values.get("role") in ("presentation", "none"):
        return ""
    source = values.get("src", "")
    reference = _REFERENCE.search(source)
    image = files.get(reference[1]) if reference else None
    captions = _CAPTION.findall(around)
    words = _described_by(image) if image else ""
    if not words and len(captions) == 1 and around.lower().count("<img") == 1:
        words = _plain(captions[0])
    if not words and not reference:
        words = words_of_filename(unquote(urlsplit(source).path.rpartition("/")[2])) if len(source) < 2_000 else ""
    if not words:
        return ""
    alt = f' alt="{escape(words[:LONGEST_ALT])}"'
    if _EMPTY_ALT.search(tag):
        return _EMPTY_ALT.sub(lambda _match: alt, tag, count=1)
    return tag[:4] + alt + tag[4:]


def _plain(html: str) -> str:
    return " ".join(unescape(bare_text(html)).split())


def _described_by(image: KnownImage) -> str:
    given = (" ".join(text.split()) for text in (image.alt, _plain(image.caption), image.title))
    return next(filter(None, given), "") or words_of_filename(image.filename)


def words_of_filename(name: str) -> str:
    """What the name of a file says, as a person wrote it; "" for those of cameras and programs."""
    stem = name.rpartition(".")[0] or name
    while (shorter := _SIZE.sub("", stem)) != stem:
        stem = shorter
    words = [word for word in re.split(r"[\s_\-+.]+", stem) if word]
    telling = [word for word in words if len(word) > 2 and word.isalpha()]
    if len(telling) < 2 or words[0].lower() in WORD_LISTS["cameras"]:
        return ""
    if any(len(word) > 24 or (any(map(str.isdigit, word)) and any(map(str.isalpha, word))) for word in words):
        return ""
    text = " ".join(words)
    return text[0].upper() + text[1:]


def _heading_levels(content: MendedText) -> Iterator[ProposedChange]:
    above: list[tuple[int, int]] = []  # the headings over the next one: level as it is, and as it should be
    offset = 0
    for piece in split(content.html):
        for match in _HEADING.finditer(piece.raw) if piece.kind != "opaque" else ():
            level = int(match[1])
            while above and above[-1][0] >= level:
                above.pop()
            top = 2 if content.is_post else 1
            right = max(top, min(level, (above[-1][1] if above else 1) + 1))
            after = _with_level(piece, level, right) if is_heading(piece) and right != level else ""
            above.append((level, right if after else level))
            if after:
                yield _change("heading", piece.raw, after, start=offset)
                break
        offset += len(piece.raw)


def _with_level(piece: TextPiece, before: int, after: int) -> str:
    """The heading with another level; "" where its block says something else than its tag."""
    tags = re.compile(rf"(</?h){before}\b", re.IGNORECASE)
    if len(tags.findall(piece.raw)) != 2:
        return ""
    if piece.kind == "block":
        level = re.compile(rf'("level"\s*:\s*){before}\b')
        start = piece.raw[: piece.raw.index("-->")]
        if not level.search(start):
            return ""
        raw = level.sub(rf"\g<1>{after}", piece.raw, count=1)
        return tags.sub(rf"\g<1>{after}", raw)
    return tags.sub(rf"\g<1>{after}", piece.raw)


def single_spaced(html: str) -> str:
    """A passage with one space where it had more between two words. Tags, and code in lines, stay as they are."""
    parts, offset, code = [], 0, 0
    for tag in [*TAG.finditer(html), None]:
        text = html[offset : tag.start() if tag else len(html)]
        parts.append(text if code else _DOUBLE.sub(" ", text))
        if tag:
            if (tag["name"] or "").lower() in ("code", "kbd", "samp"):
                code += -1 if tag["close"] else 1
            parts.append(tag[0])
            offset = tag.end()
    return "".join(parts)


def _double_spaces(content: MendedText) -> Iterator[ProposedChange]:
    """A change for each passage, and for each of its sentences in case that others of them are worded anew."""
    for passage in open_passages(content.html):
        spans = sentences_of(passage.html, content.language) if "  " in passage.html else []
        for start, end in [(0, len(passage.html)), *spans] if spans else ():
            before = passage.html[start:end]
            if (after := single_spaced(before)) != before:
                yield _change("spaces", before, after, start=passage.start + start)


def _description(content: MendedText) -> Iterator[ProposedChange]:
    if content.seo_description.strip():
        return
    passages = (_plain(passage.html) for passage in open_passages(content.html))
    opening = next((text for text in passages if len(text) >= LEAST_OPENING), "")
    excerpt = _plain(content.excerpt)
    text = search_description(excerpt, *([opening] if is_short_description(excerpt) else []))
    text = text.removesuffix("…") if text.endswith((".…", "!…", "?…")) else text
    if text:
        yield _change("seo_description", content.seo_description, text, field="seo_description")


def _alts_of_files(content: MendedText) -> Iterator[ProposedChange]:
    for image in content.images:
        if not image.in_text and not image.alt.strip() and (words := _described_by(image)):
            yield _change("alt", image.alt, words[:LONGEST_ALT], field=f"{IMAGE}{image.id}")
