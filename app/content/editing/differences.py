"""What differs between two versions of a content, as a person reads it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ai.markup.block_html import plain_text
from app.content.blocks import normalise_newlines, split
from app.core.languages import N_, gettext
from app.core.side_by_side import DiffLine, side_by_side

LABELS = {
    "title": N_("Title"),
    "content_html": N_("Text"),
    "seo_title": N_("SEO title"),
    "seo_description": N_("SEO description"),
    "focus_keywords": N_("Focus keywords"),
    "slug": N_("Slug"),
    "excerpt": N_("Excerpt"),
    "content_structure": N_("Structure"),
    "content_type": N_("Type"),
    "cluster_id": N_("Cluster"),
    "parent_external_id": N_("Parent page"),
    "template": N_("Template"),
    "taxonomy": N_("Taxonomy"),
    "author_email": N_("Author"),
    "seo_canonical": N_("Canonical address"),
}


@dataclass(frozen=True)
class FieldDifference:
    """A field that is not the same: its name, its rows beside each other, and whether they are source code."""

    name: str
    label: str
    rows: list[DiffLine]
    is_source: bool = False


def as_text(value: object) -> str:
    """A value of a field as a person reads it: keywords with commas, one kind of line ending."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return normalise_newlines(str(value if value is not None else "")).strip()


def field_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldDifference]:
    """The fields that both have and that differ, in the order of the page."""
    shared = [name for name in LABELS if name in before and name in after]
    return [
        _difference(name, as_text(before[name]), as_text(after[name]))
        for name in shared
        if as_text(before[name]) != as_text(after[name])
    ]


def _difference(name: str, before: str, after: str) -> FieldDifference:
    if name == "content_html":
        return text_difference(before, after)
    return FieldDifference(name, gettext(LABELS[name]), side_by_side(before, after))


def text_difference(before: str, after: str) -> FieldDifference:
    """Both texts block by block, as they are read; as source where they read alike."""
    read_before, read_after = reading_text(before), reading_text(after)
    is_source = read_before == read_after
    rows = side_by_side(before, after) if is_source else side_by_side(read_before, read_after)
    return FieldDifference("content_html", gettext(LABELS["content_html"]), rows, is_source)


def reading_text(html: str) -> str:
    """The words of each block on a line; of a block without words its source."""
    blocks = (piece.raw for piece in split(html) if piece.kind != "space")
    return "\n".join(plain_text(raw) or " ".join(raw.split()) for raw in blocks)
