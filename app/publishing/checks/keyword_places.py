"""Where a draft uses its focus keywords. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.languages import N_, gettext
from app.publishing.checks.editor_draft import Draft, EditorLocation
from app.writer.drafting.draft_text import DraftText
from app.writer.drafting.keyword_use import Words, folded

MOST = 10
PRIMARY_WANTS = {"title": "title", "first paragraph": "content", "headings": "content", "slug": "slug"}
GO_TO = {"title": N_("Title"), "slug": N_("Slug")}
IN_PLACES = {
    "title": N_("the title"),
    "first paragraph": N_("the first paragraph"),
    "headings": N_("the headings"),
    "slug": N_("the slug"),
}
NAMES = {
    "title": N_("title"),
    "SEO title": N_("SEO title"),
    "SEO description": N_("SEO description"),
    "first paragraph": N_("first paragraph"),
    "headings": N_("headings"),
    "slug": N_("slug"),
    "alt texts": N_("alt texts"),
}


@dataclass(frozen=True, slots=True)
class KeywordUse:
    """Which places of a draft use a keyword, and how often it occurs in the text word for word."""

    keyword: str
    places: dict[str, bool]
    count: int

    @property
    def missing(self) -> list[str]:
        """Where the main keyword belongs and is missing."""
        return [name for name in PRIMARY_WANTS if not self.places[name]]

    @property
    def lacking(self) -> list[EditorLocation]:
        """The fields among them, to link to; the text itself is in view."""
        return [
            EditorLocation(gettext(GO_TO[name]), field=PRIMARY_WANTS[name]) for name in self.missing if name in GO_TO
        ]

    @property
    def shown_places(self) -> list[tuple[str, bool]]:
        """The names of the places other than the text, and whether each uses the keyword."""
        return [(gettext(words), self.places[name]) for name, words in NAMES.items()]


def keyword_uses(draft: Draft, text: DraftText, alts: Sequence[str]) -> list[KeywordUse]:
    """The use of each focus keyword, the main one first; at most MOST."""
    keywords = [keyword.strip() for keyword in draft.keywords if keyword.strip()][:MOST]
    whole = "\n".join(block.text for block in text.blocks)
    parts = {
        "title": draft.title,
        "SEO title": draft.seo_title or draft.title,
        "SEO description": draft.seo_description,
        "first paragraph": text.first_paragraph,
        "headings": "\n".join(block.text for block in text.headings),
        "slug": (draft.slug or draft.title).replace("-", " "),
        "alt texts": "\n".join([*alts, *(image.alt for image in draft.images)]),
        "text": whole,
    }
    words = {name: Words(part, draft.language) for name, part in parts.items()} if keywords else {}
    folded_whole = folded(whole) if keywords else ""
    return [
        KeywordUse(
            keyword, {name: part.has(keyword) for name, part in words.items()}, _count_uses(keyword, folded_whole)
        )
        for keyword in keywords
    ]


def _count_uses(keyword: str, folded_text: str) -> int:
    pattern = rf"(?<!\w){re.escape(folded(keyword))}(?!\w)"
    return len(re.findall(pattern, folded_text))
