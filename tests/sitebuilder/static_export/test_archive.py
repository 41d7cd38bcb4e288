"""A site downloaded as files opens from disk: every link leads to a file, and nobody is kept out."""

import io
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, normpath
from urllib.parse import unquote

import pytest
from flask import Flask
from playwright.sync_api import Browser

from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.sitebuilder.blocks.registry import new_section
from app.sitebuilder.blocks.rendering import PostTeaser
from app.sitebuilder.documents import SiteFrame
from app.sitebuilder.example import example_answers
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.pages import PlannedPage
from app.sitebuilder.static_export.archive import LocalImage, StaticSite, write_site
from app.sitebuilder.static_export.services import export_site
from app.sites.models import Site
from tests.factories.axe import findings
from tests.factories.pictures import png
from tests.sitebuilder.samples import full_sections

HERO = {"heading": "Bicycles", "button": "Services", "address": "page:services", "image": "asset:images/shop.png"}


def planned(picture: Path) -> StaticSite:
    """A site of pages under pages, of another script, and with every block."""
    pages = [
        PlannedPage(1, "home", "Home", "home", [new_section("hero", HERO)]),
        PlannedPage(2, "services", "Services", "services", list(full_sections())),
        PlannedPage(3, "ہمارے-بارے", "ہمارے بارے میں", "about", [], parent_id=2),
        PlannedPage(4, "hidden", "Not in the menu", "custom", [], in_menu=False),
        PlannedPage(5, "blog", "Blog", "blog", [new_section("posts_list", {"heading": "Newest", "count": 3})]),
    ]
    images = {"images/shop.png": LocalImage(picture, 40, 30)}
    posts = [PostTeaser("A <post>", "https://blog.example/a/?b=1&c=2", "Text")]
    frame = SiteFrame("Lindenhof", contact=["+44 113 496 0000"])
    return StaticSite(frame, pages, {"palette": "forest"}, posts, images.get)


class Links(HTMLParser):
    """What a page leads to and loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def written(site: StaticSite) -> dict[str, bytes]:
    out = io.BytesIO()
    write_site(out, site)
    with zipfile.ZipFile(out) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def dead_links(files: dict[str, bytes]) -> list[tuple[str, str]]:
    """Links to files that are not there, by the page that has them."""
    dead = []
    for name, data in files.items():
        for link in Links(data.decode()).found if name.endswith(".html") else ():
            is_elsewhere = link.startswith(("https://", "http://", "mailto:", "tel:", "#"))
            if not is_elsewhere and normpath(f"{dirname(name)}/{unquote(link)}".lstrip("/")) not in files:
                dead.append((name, link))
    return dead


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "shop"
    path.write_bytes(png(40, 30))
    return path


def test_a_downloaded_site_opens_from_disk_and_axe_finds_nothing(
    app: Flask, browser: Browser, picture: Path, tmp_path: Path
) -> None:
    page = browser.new_page()
    files = written(planned(picture))
    assert list(files) == [
        "index.html",
        "services/index.html",
        "services/ہمارے-بارے/index.html",
        "hidden/index.html",
        "blog/index.html",
        "files/site.css",
        "files/icon.svg",
        "files/images/shop.png",
    ], "pages in the order of the menu"
    assert dead_links(files) == []
    assert not any(b"<script" in data for data in files.values())
    assert written(planned(picture)) == files, "no change, the same bytes"

    folder = tmp_path / "site"
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for name in (name for name in files if name.endswith(".html")):
        page.goto((folder / name).as_uri())
        assert findings(page) == [], name
    page.goto((folder / "index.html").as_uri())
    page.wait_for_function("document.querySelector('main img').naturalWidth === 40")
    assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px", "the style sheet is there"
    page.get_by_role("navigation").get_by_role("link", name="Blog").click()
    assert page.get_by_role("link", name="A <post>").get_attribute("href") == "https://blog.example/a/?b=1&c=2"
    page.set_viewport_size({"width": 375, "height": 800})
    assert findings(page) == []
    page.close()


def make_pages(site: Site, *slugs: str) -> SiteBlueprint:
    """A planned site with these pages."""
    blueprint = SiteBlueprint(account_id=site.account_id, site_id=site.id, name="Lindenhof", config=example_answers())
    db.session.add(blueprint)
    db.session.flush()
    for position, slug in enumerate(slugs):
        db.session.add(
            PageBlueprint(
                account_id=site.account_id,
                site_id=site.id,
                blueprint_id=blueprint.id,
                slug=slug,
                title=slug.title(),
                page_type="home" if slug == "home" else "custom",
                position=position,
                blocks=[new_section("hero", {"heading": slug})],
            )
        )
    db.session.commit()
    return blueprint


def test_what_is_downloaded_is_the_site_as_it_is_now(site: Site) -> None:
    blueprint = make_pages(site, "home", "prices")
    out, name = export_site(site.account_id, blueprint.id)
    with out, zipfile.ZipFile(out) as pack:
        assert pack.namelist() == ["index.html", "prices/index.html", "files/site.css", "files/icon.svg"]
        assert b"hello@lindenhof.example" in pack.read("index.html")
    assert name == "lindenhof.zip"


def test_a_site_without_pages_and_one_of_others_are_refused(site: Site) -> None:
    blueprint = make_pages(site)
    with pytest.raises(Conflict):
        export_site(site.account_id, blueprint.id)
    with pytest.raises(NotFound):
        export_site(site.account_id + 1, blueprint.id)
