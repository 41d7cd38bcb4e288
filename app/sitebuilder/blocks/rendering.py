"""What the writers of blocks have to know besides the tree: where pictures and links lead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where a picture is served; `attachment_id` is its id in the media library of WordPress, 0 elsewhere."""

    url: str
    attachment_id: int = 0
    width: int = 0
    height: int = 0


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
    """A web address as it is; an address of a page, which only who renders knows, is left out."""
    return "" if address.startswith("page:") else address


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
