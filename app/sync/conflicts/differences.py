"""Both versions of a content beside each other, field by field (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.languages import N_, gettext
from app.core.side_by_side import DiffLine, side_by_side
from app.mirror import drift

LABELS = {
    "title": N_("Title"),
    "content": N_("Text"),
    "excerpt": N_("Excerpt"),
    "slug": N_("Slug"),
    "seo_title": N_("SEO title"),
    "seo_description": N_("SEO description"),
    "seo_canonical": N_("Canonical address"),
    "focus_keywords": N_("Focus keywords"),
    "terms": N_("Terms"),
    "cluster": N_("Cluster"),
    "sector": N_("Sector"),
    "featured_image": N_("Featured image"),
    "author_email": N_("Author"),
    "parent": N_("Parent page"),
    "template": N_("Template"),
    "images": N_("Images"),
}
# Images are reported by their publish alone; who changed them here has them published.
ONLY_OURS = frozenset({"images"})


@dataclass(frozen=True)
class Difference:
    """A field that differs between the sides. `verdict` is of `drift`; `may_take` when theirs can be stored here."""

    name: str
    verdict: str
    lines: list[DiffLine]
    note: str = ""

    @property
    def label(self) -> str:
        """The field's name for people."""
        return gettext(LABELS[self.name])

    @property
    def may_take(self) -> bool:
        """Whether there is a choice."""
        return self.name not in ONLY_OURS


def compare(
    verdicts: Mapping[str, str], theirs: Mapping[str, str], ours: Mapping[str, str], notes: Mapping[str, str]
) -> list[Difference]:
    """The fields that differ, in the order of the page; `theirs` and `ours` as they are shown."""
    names = [name for name in LABELS if verdicts.get(name, drift.IN_STEP) != drift.IN_STEP]
    return [
        Difference(name, verdicts[name], side_by_side(theirs.get(name, ""), ours.get(name, "")), notes.get(name, ""))
        for name in names
    ]


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as text; lists with commas."""
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        for name, value in values.items()
    }
