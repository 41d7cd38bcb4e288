"""What is in the editor, as plain values, and places in it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.content.links.verdicts import LinkVerdict


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the content; `role` as in `app.content.images.services.ROLES`."""

    id: int
    name: str
    alt: str
    role: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is in the editor. `pages` are the addresses among its links that are live pages of the site.

    `verdicts` are what the addresses of other sites answered, as far as they were asked.
    """

    title: str
    html: str
    slug: str
    seo_title: str
    seo_description: str
    keywords: Sequence[str]
    images: Sequence[Image]
    site_url: str
    pages: Collection[str]
    language: str = "en"
    wants_image: bool = False
    verdicts: Mapping[str, LinkVerdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EditorLocation:
    """A place in the editor: `words` in the text, a `field` by its id, or an `image` of the text by its number."""

    words: str
    why: str = ""
    field: str = ""
    image: int | None = None
