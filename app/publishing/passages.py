"""The words of a text that its page must show: what is sent and what is served, brought into one form (pure).

Themes and plugins set quotation marks, dashes, soft hyphens and emoji their own way and put elements between the
letters, so only letters and digits are compared, as one string. What WordPress fills in when it serves the page
(dynamic blocks, all of WooCommerce's, short codes, embeds, mail addresses that are hidden from robots) is not looked
for.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from app.core.markup import cut_at_unclosed
from app.publishing.verification.hidden import Hidden

MOST = 120
WORDS_AT_ONCE = 12
SHORTEST = 4  # letters and digits
# Everything else ends a stretch of text: a plugin may put an advertisement between two paragraphs, not within one.
WITHIN_TEXT = re.compile(
    r"a|abbr|acronym|b|bdi|bdo|big|cite|data|del|dfn|em|font|i|ins|kbd|mark|q|s|small|span|strike|strong|sub|sup|time|tt"
    r"|u|var|wbr"
)
# Shown otherwise than as it stands, or not at all.
NOT_LOOKED_FOR = re.compile(
    r"audio|button|canvas|iframe|math|noscript|object|option|script|select|style|svg|template|textarea|title|video"
)
CODE = re.compile(r"code|pre|samp")  # looked for line by line: highlighters number the lines
BLOCK = re.compile(r"\s*(/?)wp:([a-z][a-z0-9_/-]*)")
FILLED_IN = re.compile(r"\[/?[A-Za-z][^\[\]]*\]|\{[^{}]*\}|%%?[a-z_]+%%?|\n\s*\n")
SMILEY = re.compile(r":[\w?!]+:|[:;8]-?[\w()|?!]")
NO_LETTER = re.compile(r"[\W_]+")


def squash(text: str) -> str:
    """Letters and digits alone, in one case and one form; WordPress makes `2x4` a `2×4`."""
    return NO_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold().replace("×", "x"))


def passages_of(html: str) -> list[str]:
    """Up to `MOST` passages of a few words each, from start to end, that a page with this text shows.

    Of a text in several pages (`<!--nextpage-->`) only the first counts.
    """
    first = html.split("<!--nextpage-->", 1)[0]
    if "<!--noteaser-->" in first:
        _teaser, more, rest = first.partition("<!--more")
        first = rest.partition("-->")[2] if more and "-->" in rest else first
    reader = _Text()
    reader.feed(cut_at_unclosed(first))
    reader.close()
    passages = list(dict.fromkeys(passage for part in reader.parts() for passage in _cut(part)))
    if len(passages) <= MOST:
        return passages
    return [passages[round(index * (len(passages) - 1) / (MOST - 1))] for index in range(MOST)]


def missing_of(passages: Sequence[str], squashed_page: str) -> list[str]:
    """The passages that are not in the squashed words of a page."""
    return [passage for passage in passages if squash(passage) not in squashed_page]


def _cut(text: str) -> Iterator[str]:
    """Passages of equal length, each within a stretch of plain words."""
    for words in _plain(text):
        count = -(-len(words) // WORDS_AT_ONCE)
        size = -(-len(words) // count)
        for start in range(0, len(words), size):
            passage = " ".join(words[start : start + size])[:300]
            if len(squash(passage)) >= SHORTEST:
                yield passage


def _plain(text: str) -> Iterator[list[str]]:
    words: list[str] = []
    for word in text.split():
        if "@" in word or "://" in word or word.startswith("www.") or SMILEY.fullmatch(word):
            if words:
                yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


class _Text(HTMLParser):
    """Collects the stretches of text that are shown as written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[list[str]] = [[]]
        self._skipped = 0
        self._code = 0
        self._unseen = Hidden()
        self._hidden: list[str] = []  # names of the blocks within one that WordPress fills in or hides

    def parts(self) -> list[str]:
        """The stretches in order."""
        texts = ("".join(part) for part in self._parts)
        return [piece for text in texts for piece in FILLED_IN.split(text) if piece.strip()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Another element begins."""
        self._skipped += NOT_LOOKED_FOR.fullmatch(tag) is not None
        self._code += CODE.fullmatch(tag) is not None
        self._unseen.begins(tag, {name: value or "" for name, value in attrs})
        self._end_of_part(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self._skipped = max(0, self._skipped - (NOT_LOOKED_FOR.fullmatch(tag) is not None))
        self._code = max(0, self._code - (CODE.fullmatch(tag) is not None))
        self._unseen.ends(tag)
        self._end_of_part(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self._end_of_part(tag)

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._skipped and not self._hidden and not self._unseen:
            self._parts[-1].append(data.replace("\n", "\n\n") if self._code else data)

    def handle_comment(self, data: str) -> None:
        """A block begins or ends; the values of bound ones come from elsewhere, and hidden ones are not shown."""
        block = BLOCK.match(data)
        if block is None or data.rstrip().endswith("/"):
            return
        closing, name = block.groups()
        if closing:
            if self._hidden and self._hidden[-1] == name:
                self._hidden.pop()
        elif self._hidden or name.startswith("woocommerce/") or '"bindings"' in data or '"blockVisibility"' in data:
            self._hidden.append(name)

    def _end_of_part(self, tag: str) -> None:
        if not WITHIN_TEXT.fullmatch(tag) and self._parts[-1]:
            self._parts.append([])
