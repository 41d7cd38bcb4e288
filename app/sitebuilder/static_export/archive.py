"""Writes a planned site into a ZIP. Pure but for the file that it writes and the pictures that it reads.

A page is the `index.html` of its folder; every link names that file, so that pages open from disk as on a server.
"""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from posixpath import relpath
from typing import IO, Any
from urllib.parse import quote

from app.core.errors import DomainError
from app.core.languages import gettext, local_number
from app.sitebuilder.blocks.fields import ASSET
from app.sitebuilder.blocks.rendering import ImageSource, PostTeaser, Rendering, plain_image, plain_link
from app.sitebuilder.documents import SiteFrame, page_document
from app.sitebuilder.pages import PlannedPage, page_path
from app.sitebuilder.style.sheets import site_css
from app.sitebuilder.style.themes import palette_of

STYLE_SHEET, ICON = "files/site.css", "files/icon.svg"
_ICON_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="{ground}"/>'
    '<text x="16" y="23" font-family="sans-serif" font-size="20" text-anchor="middle" fill="{ink}">{letter}</text>'
    "</svg>\n"
)
MOST_BYTES = 200_000_000
_MADE_AT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class LocalImage:
    """A file that the site holds: `path` is where its bytes are; sizes in pixels, 0 when not known."""

    path: Path
    width: int = 0
    height: int = 0
    alt: str = ""


@dataclass(frozen=True, slots=True)
class StaticSite:
    """All that the files are made of. `image` finds a file by its name (`images/shop.jpg`), or nothing."""

    frame: SiteFrame
    pages: Sequence[PlannedPage]
    theme: Mapping[str, Any]
    posts: Sequence[PostTeaser] = ()
    image: Callable[[str], LocalImage | None] = lambda _name: None


@dataclass
class _Pictures:
    """The pictures and other files that pages have asked for, by their names in the ZIP."""

    find: Callable[[str], LocalImage | None]
    used: dict[str, LocalImage] = field(default_factory=dict)

    def source(self, address: str, folder: str) -> ImageSource | None:
        """Where a page of this folder finds a picture; one of the web stays where it is."""
        if not address.startswith(ASSET):
            return plain_image(address)
        name = address.removeprefix(ASSET)
        picture = self.find(name)
        if picture is None:
            return None
        stored = f"files/{name}"
        self.used[stored] = picture
        return ImageSource(_from(folder, stored), width=picture.width, height=picture.height, alt=picture.alt)

    def link(self, address: str, folder: str) -> str:
        """Where a page of this folder finds a file of the site; other addresses stay as they are."""
        if not address.startswith(ASSET):
            return plain_link(address)
        source = self.source(address, folder)
        return source.url if source else ""


def page_file(page: PlannedPage, pages: Sequence[PlannedPage]) -> str:
    """The name of a page in the ZIP: `services/index.html`."""
    path = page_path(page, pages)
    return f"{path}/index.html" if path else "index.html"


def _from(folder: str, name: str) -> str:
    """The address of a file as seen from a folder."""
    return quote(relpath(name, folder or "."), safe="/")


def write_site(out: IO[bytes], site: StaticSite) -> None:
    """Write the ZIP: pages in their order, the style sheet, then the pictures that they show.

    Raises DomainError when the pictures are too large together.
    """
    pictures = _Pictures(site.image)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as pack:
        for page in site.pages:
            _put(pack, page_file(page, site.pages), _page_html(site, page, pictures).encode())
        _put(pack, STYLE_SHEET, site_css(site.theme).encode())
        _put(pack, ICON, _icon(site).encode())
        _refuse_too_large(pictures.used.values())
        for name, picture in pictures.used.items():
            pack.write(picture.path, name, zipfile.ZIP_STORED)


def _icon(site: StaticSite) -> str:
    """The icon in the browser's tab: the first letter of the site's name in its colours."""
    colours = palette_of(site.theme)
    letter = next((char for char in site.frame.name if char.isalnum()), "•")
    return _ICON_SVG.format(ground=colours.accent, ink=colours.on_accent, letter=letter.upper()[:1])


def _put(pack: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Write a file; its date is always the same, so that a site without changes gives the same bytes."""
    pack.writestr(zipfile.ZipInfo(name, _MADE_AT), data, zipfile.ZIP_DEFLATED)


def _page_html(site: StaticSite, page: PlannedPage, pictures: _Pictures) -> str:
    folder = str(PurePosixPath(page_file(page, site.pages)).parent)
    rendering = Rendering(posts=site.posts)
    return page_document(
        site.frame,
        site.pages,
        page,
        address_of=lambda other: _from(folder, page_file(other, site.pages)),
        rendering=replace(
            rendering,
            image=lambda address: pictures.source(address, folder),
            link=lambda address: pictures.link(address, folder),
        ),
        stylesheet=_from(folder, STYLE_SHEET),
        icon=_from(folder, ICON),
    )


def _refuse_too_large(pictures: Any) -> None:
    size = sum(picture.path.stat().st_size for picture in pictures)
    if size > MOST_BYTES:
        raise DomainError(
            gettext(
                "The pictures of this site are %(size)s MB together, more than can be downloaded at once.",
                size=local_number(size / 1e6),
            ),
            code="SITE_TOO_LARGE",
            cure=gettext("Use smaller pictures."),
        )
