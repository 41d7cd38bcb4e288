"""Both versions of a content beside each other, field by field (pure)."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.publishing import drift

LABELS = {
    "title": "Title", "content": "Text", "excerpt": "Excerpt", "slug": "Slug", "seo_title": "SEO title",
    "seo_description": "SEO description", "seo_canonical": "Canonical address", "focus_keywords": "Focus keywords",
    "terms": "Terms", "cluster": "Cluster", "sector": "Sector", "featured_image": "Featured image",
    "author_email": "Author", "parent": "Parent page", "template": "Template", "images": "Images",
}  # fmt: skip
# Images are told by their publish alone; who changed them here has them published.
ONLY_OURS = frozenset({"images"})
CONTEXT = 2
MOST_ROWS = 400
LONGEST_COMPARED = 3000
Part = tuple[str, bool]


@dataclass(frozen=True)
class Line:
    """A line on both sides: its parts, and whether each is only on this side. `kind`: same, changed or skip."""

    kind: str
    theirs: list[Part] = field(default_factory=list)
    ours: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """A field that is not the same on both sides. `verdict` is of `drift`; `may_take` when theirs can be taken over."""

    name: str
    verdict: str
    lines: list[Line]
    note: str = ""

    @property
    def label(self) -> str:
        """The field's name for people."""
        return LABELS[self.name]

    @property
    def may_take(self) -> bool:
        """Whether there is a choice."""
        return self.name not in ONLY_OURS


def compare(
    found: Mapping[str, str], theirs: Mapping[str, str], ours: Mapping[str, str], notes: Mapping[str, str]
) -> list[Difference]:
    """The fields of `found` that are not in step, in the order of the page; `theirs` and `ours` as they are shown."""
    names = [name for name in LABELS if found.get(name, drift.IN_STEP) != drift.IN_STEP]
    return [
        Difference(name, found[name], side_by_side(theirs.get(name, ""), ours.get(name, "")), notes.get(name, ""))
        for name in names
    ]


def side_by_side(theirs: str, ours: str) -> list[Line]:
    """Lines of both beside each other; of what is the same only what is next to a difference."""
    old, new = _lines(theirs), _lines(ours)
    rows: list[Line] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT):
        if group[0][1] > 0 or rows:
            rows.append(Line("skip"))
        for tag, i, j, k, n in group:
            rows += _rows(tag, old[i:j], new[k:n])
    if len(rows) > MOST_ROWS:
        rows = [*rows[:MOST_ROWS], Line("skip")]
    return rows


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n") if text else []


def _rows(tag: str, old: Sequence[str], new: Sequence[str]) -> list[Line]:
    if tag == "equal":
        return [Line("same", [(one, False)], [(one, False)]) for one in old]
    rows = []
    for at in range(max(len(old), len(new))):
        before, after = old[at] if at < len(old) else None, new[at] if at < len(new) else None
        rows.append(Line("changed", *_words(before, after)))
    return rows


def _words(before: str | None, after: str | None) -> tuple[list[Part], list[Part]]:
    """The words of two lines, those that are on one side alone marked."""
    if before is None or after is None or len(before) + len(after) > LONGEST_COMPARED:
        return [(before, True)] if before else [], [(after, True)] if after else []
    old, new = re.findall(r"\s+|\w+|[^\w\s]", before), re.findall(r"\s+|\w+|[^\w\s]", after)
    left: list[Part] = []
    right: list[Part] = []
    for tag, i, j, k, n in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left.append(("".join(old[i:j]), tag != "equal"))
        right.append(("".join(new[k:n]), tag != "equal"))
    return [part for part in left if part[0]], [part for part in right if part[0]]


def shown(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as text; lists with commas."""
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        for name, value in values.items()
    }
