"""What the writers of blocks have to know besides the tree: where pictures and links lead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where a picture is served, and its words where a page has none of its own.

    `library_id` is its number in the media library of WordPress, or what the plugin puts that in the place of; empty
    elsewhere.
    """

    url: str
    library_id: str = ""
    width: int = 0
    height: int = 0
    alt: str = ""


@dataclass(frozen=True, slots=True)
class PostTeaser:
    """A post as a list shows it."""

    title: str
    address: str
    excerpt: str = ""


def plain_image(address: str) -> ImageSource | None:
    """A picture from a web address; files of the site's are resolved by who renders."""
    return ImageSource(address) if address.startswith(("https://", "http://")) else None


def plain_link(address: str) -> str:
    """A web address as it is; one of a page or a file of the site, which only who renders knows, is left out."""
    return "" if address.startswith(("page:", "asset:")) else address


@dataclass(frozen=True, slots=True)
class Rendering:
    """How stored addresses become those of one place: preview, export, or a WordPress.

    `image` gives None and `link` "" for what is not there: the picture, or the link, is left out. `is_preview` shows in
    words what fills itself later, such as the newest posts.
    """

    image: Callable[[str], ImageSource | None] = plain_image
    link: Callable[[str], str] = plain_link
    posts: Sequence[PostTeaser] = ()
    is_preview: bool = False
