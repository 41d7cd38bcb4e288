"""Pictures of a planned site come into the media library of a real WordPress once, and leave it with a roll-back."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.reading import live_version
from app.sitebuilder.assets import actions as asset_actions
from app.sitebuilder.blocks.registry import new_section
from app.sitebuilder.deploy import actions
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.deploy.facts import read_plan
from app.sitebuilder.deploy.models import SiteDeploy
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.built import make_planned_site
from tests.factories.papers import pdf
from tests.factories.pictures import png
from tests.factories.work import put_back
from tests.sitebuilder.deploy.steps import deploy, finish, take_back
from tests.sitebuilder.deploy.test_deploying import OPTIONS, pages, planned_actions

LIBRARY = (
    "SELECT ID, post_status, meta_value AS file FROM wp_posts JOIN wp_postmeta ON post_id = ID "
    "AND meta_key = '_wp_attached_file' WHERE post_type = 'attachment' ORDER BY ID"
)
MENUS = "SELECT t.name FROM wp_terms t JOIN wp_term_taxonomy x USING (term_id) WHERE x.taxonomy = 'nav_menu'"


@pytest.fixture
def planned(blog: Blog, site: Site) -> PageBlueprint:
    """A page that shows one picture three times, for the WordPress of the test."""
    blog.pair(site)
    blog.wordpress.sql("ALTER TABLE wp_posts AUTO_INCREMENT = 1000")  # widgets have numbers of one digit too
    page = make_planned_site(site, "Lindenhof")
    picture = add_picture(site, "Front.png", "The <shop> & us")
    items = [{"image": picture, "alt": "Own words"}, {"image": picture, "caption": "Again"}]
    page.blocks = [
        new_section("hero", {"heading": "Lindenhof", "image": picture}),
        new_section("gallery", {"heading": "Seen", "items": items}),
    ]
    db.session.commit()
    return page


def add_picture(site: Site, name: str, alt: str) -> str:
    asset = asset_actions.upload_asset(site.account_id, THE_APP, site.id, png(), name).asset
    asset_actions.describe_asset(site.account_id, THE_APP, asset.id, alt)
    db.session.commit()
    return asset.address


def show(page: PageBlueprint, picture: str) -> None:
    """Show another picture at the top of the page."""
    db.session.rollback()
    page.blocks = [{**page.blocks[0], "fields": {**page.blocks[0]["fields"], "image": picture}}, *page.blocks[1:]]
    db.session.get_one(SiteBlueprint, page.blueprint_id).version += 1
    db.session.commit()


def library(blog: Blog) -> list[dict[str, Any]]:
    return blog.wordpress.sql(LIBRARY)


def test_pictures_are_sent_once_and_leave_with_a_roll_back(blog: Blog, site: Site, planned: PageBlueprint) -> None:
    blueprint = db.session.get_one(SiteBlueprint, planned.blueprint_id)
    before = library(blog)
    deploy(blueprint)
    new = [row for row in library(blog) if row not in before]
    assert len(new) == 1
    number, address = new[0]["ID"], f"{blog.url}/wp-content/uploads/{new[0]['file']}"
    text = blog.wordpress.sql("SELECT post_content FROM wp_posts WHERE post_type = 'page'")[0]["post_content"]
    assert text.count(f'<!-- wp:image {{"id":{number},') == 3
    assert text.count(f'src="{address}"') == 3
    assert text.count(f'class="wp-image-{number}"') == 3
    assert 'alt="The &lt;shop&gt; &amp; us"' in text
    assert 'alt="Own words"' in text
    assert "igny8-image" not in text
    assert planned_actions(blueprint) == ["leave"]
    live = live_version(planned.content_id or 0)
    assert live is not None
    assert not live.edited, "what WordPress read back is what was sent"
    first = blog.wordpress.sql("SELECT * FROM wp_posts WHERE post_type = 'page'")
    deploy(blueprint)
    assert [row for row in library(blog) if row not in before] == new

    show(planned, add_picture(site, "Second.png", "Other"))
    assert planned_actions(blueprint) == ["update"]
    deploy(blueprint)
    assert len(library(blog)) == len(before) + 2
    take_back(blueprint)
    assert blog.wordpress.sql("SELECT * FROM wp_posts WHERE post_type = 'page'") == first, "byte for byte"
    states = {row["ID"]: row["post_status"] for row in library(blog) if row not in before}
    assert [states.pop(number), *states.values()] == ["inherit", "trash"]
    assert blog.get(address).status_code == 200, "the page of before shows its picture"

    take_back(blueprint)
    assert {row["post_status"] for row in library(blog) if row not in before} == {"trash"}
    deploy(blueprint)
    assert len(library(blog)) == len(before) + 2, "taken out of the trash, not sent again"
    assert {row["post_status"] for row in library(blog) if row not in before} == {"inherit"}


def test_a_deploy_killed_at_the_pictures_or_the_menu_goes_on_or_is_rolled_back(
    blog: Blog, planned: PageBlueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed_after(real: Callable[..., Any]) -> Callable[..., Any]:
        def die(self: SetupCalls, *args: Any) -> Any:
            real(self, *args)
            raise Killed

        return die

    blueprint = db.session.get_one(SiteBlueprint, planned.blueprint_id)
    options, menus, before = blog.wordpress.sql(OPTIONS), blog.wordpress.sql(MENUS), library(blog)
    run = actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()
    run_id = run.id
    for name in ("bring_images_back", "apply"):
        with monkeypatch.context() as patched:
            patched.setattr(SetupCalls, name, killed_after(getattr(SetupCalls, name)))
            with pytest.raises(Killed):
                finish(db.session.get_one(Run, run_id))
        db.session.rollback()
        put_back(db.session.get_one(Run, run_id))
    assert len(library(blog)) == len(before) + 1
    assert blog.wordpress.sql(MENUS) != menus
    killed = db.session.get_one(Run, run_id)
    killed.state = "cancelled"
    db.session.commit()
    assert db.session.scalars(select(SiteDeploy.state)).one() == "running"
    take_back(blueprint)
    assert blog.wordpress.sql(OPTIONS) == options
    assert blog.wordpress.sql(MENUS) == menus
    assert {row["post_status"] for row in pages(blog).values()} == {"trash"}
    assert {row["post_status"] for row in library(blog) if row not in before} == {"trash"}


def test_what_wordpress_does_not_get_is_said_in_the_plan(site: Site, planned: PageBlueprint) -> None:
    asset = asset_actions.upload_asset(site.account_id, THE_APP, site.id, pdf(), "Prices.pdf").asset
    fields = {"heading": "H", "button": "Go", "address": asset.address, "image": "asset:images/gone.png"}
    planned.blocks = [new_section("hero", fields)]
    connection = db.session.get_one(Site, site.id).connection
    assert connection is not None
    remote = dict(connection.remote)
    blueprint = db.session.get_one(SiteBlueprint, planned.blueprint_id)

    def left_out(**upload: object) -> list[tuple[str, str]]:
        connection.remote = {**remote, "facts": {"upload": upload}}
        db.session.commit()
        return [(file.name, file.reason.shown()) for file in read_plan(blueprint)[0].facts.left_out]

    gone = ("images/gone.png", "It was deleted here.")
    assert left_out(extensions=["pdf"]) == [gone]
    no_type = "This WordPress takes no files of the type PDF."
    assert left_out(extensions=["docx"]) == [("documents/prices.pdf", no_type), gone]
    too_large = "It is larger than the 0.0 MB that this WordPress takes."
    assert left_out(extensions=["pdf"], max_bytes=10) == [("documents/prices.pdf", too_large), gone]
