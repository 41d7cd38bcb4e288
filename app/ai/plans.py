"""What a piece of writing is planned as: its sections, and what it has to answer. Plain values."""

from pydantic import Field

from app.ai.values import Values

USUAL_WORDS = {
    "Guide": 1500,
    "Tutorial": 1300,
    "Listicle": 1500,
    "Comparison": 1400,
    "Review": 1300,
    "Case Study": 1000,
    "News": 500,
    "Landing Page": 700,
    "Service Page": 700,
    "About Page": 500,
    "Product Page": 400,
    "Archive Page": 300,
}
"""How long a piece of each structure commonly is."""


class PlannedSection(Values):
    """A section to write: its heading, notes for who writes it, and the keywords that belong in it.

    Each line of `notes` is a thought of its own; one that begins with "- " is a point of a list.
    """

    heading: str
    notes: str = ""
    keywords: list[str] = Field(default_factory=list)


class LinkTarget(Values):
    """A page of the site to link to."""

    title: str
    url: str


class OutlineRequest(Values):
    """A piece to plan. `keywords` are those of its cluster, the most searched first, questions among them."""

    title: str
    description: str = ""
    content_type: str = "Article"
    content_structure: str = "Guide"
    primary_keyword: str = ""
    keywords: list[str] = Field(default_factory=list)
    intent: str = ""
    length_words: int = 1500
    persona: str = ""
    strategy: str = ""
    tone: str = ""
    country: str | None = None
    language: str = "en"
    site_name: str = ""


class OutlineResult(Values):
    """The sections in order, and the questions that none of them answers: they close the piece."""

    sections: list[PlannedSection]
    questions: list[str] = Field(default_factory=list)
