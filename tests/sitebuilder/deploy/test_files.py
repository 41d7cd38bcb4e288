"""Documents that pages lead to come into the media library before the pages, once, and leave it with a roll-back."""

from typing import Any

import pytest
from sqlalchemy import select

from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.sitebuilder.assets import actions as asset_actions
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.blocks.registry import new_section
from app.sitebuilder.deploy import actions
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.deploy.facts import read_plan
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.built import make_planned_site
from tests.factories.papers import pdf
from tests.factories.pictures import png
from tests.factories.work import put_back
from tests.sitebuilder.deploy.steps import deploy, finish, take_back
from tests.sitebuilder.deploy.test_deploying import planned_actions
from tests.sitebuilder.deploy.test_pictures import library

PAGE = "SELECT post_content FROM wp_posts WHERE post_type = 'page'"


@pytest.fixture
def planned(blog: Blog, site: Site) -> PageBlueprint:
    """A page with a button that leads to a document, and one to a picture, for the WordPress of the test."""
    blog.pair(site)
    blog.wordpress.sql("ALTER TABLE wp_posts AUTO_INCREMENT = 1000")  # widgets have numbers of one digit too
    page = make_planned_site(site, "Lindenhof")
    paper = asset_actions.upload_asset(site.account_id, THE_APP, site.id, pdf(), "Prices.pdf").asset
    picture = asset_actions.upload_asset(site.account_id, THE_APP, site.id, png(), "Plan.png").asset
    fields = {"heading": "H", "button": "Prices", "address": paper.address}
    page.blocks = [
        new_section("hero", fields),
        new_section("call_to_action", {**fields, "button": "Plan", "address": picture.address}),
    ]
    db.session.commit()
    return page


def text_of(blog: Blog) -> str:
    return str(blog.wordpress.sql(PAGE)[0]["post_content"])


def new_files(blog: Blog, before: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Ending and status of what is new in the library."""
    rows = [row for row in library(blog) if row["ID"] not in {one["ID"] for one in before}]
    return sorted((str(row["file"]).rpartition(".")[2], str(row["post_status"])) for row in rows)


def test_documents_are_sent_once_and_leave_with_a_roll_back(blog: Blog, planned: PageBlueprint) -> None:
    blueprint = db.session.get_one(SiteBlueprint, planned.blueprint_id)
    before = library(blog)
    assert deploy(blueprint).message == "1 page created."
    assert new_files(blog, before) == [("pdf", "inherit"), ("webp", "inherit")]
    asset = db.session.scalars(select(SiteAsset).where(SiteAsset.folder == "documents")).one()
    assert f'href="{asset.library_url}"' in text_of(blog)
    assert blog.get(asset.library_url).content == pdf()
    assert "asset:" not in text_of(blog)
    assert "igny8-image" not in text_of(blog)
    assert planned_actions(blueprint) == ["leave"]
    assert "no page had to be sent" in str(deploy(blueprint).message)
    take_back(blueprint)
    assert new_files(blog, before) == [("pdf", "trash"), ("webp", "trash")]
    deploy(blueprint)
    assert new_files(blog, before) == [("pdf", "inherit"), ("webp", "inherit")], "brought back, not sent again"
    assert planned_actions(blueprint) == ["leave"]


def test_a_deploy_killed_while_it_sends_documents_goes_on(
    blog: Blog, planned: PageBlueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    real, before = SetupCalls.send_file, library(blog)

    def die(self: SetupCalls, *args: Any) -> Any:
        real(self, *args)
        raise Killed

    blueprint = db.session.get_one(SiteBlueprint, planned.blueprint_id)
    run = actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()
    run_id = run.id
    with monkeypatch.context() as patched:
        patched.setattr(SetupCalls, "send_file", die)
        with pytest.raises(Killed):
            finish(run)
    db.session.rollback()
    put_back(db.session.get_one(Run, run_id))
    assert finish(db.session.get_one(Run, run_id)).message == "1 page created."
    assert new_files(blog, before) == [("pdf", "inherit"), ("webp", "inherit")]
    take_back(blueprint)
    assert new_files(blog, before) == [("pdf", "trash"), ("webp", "trash")]


def test_what_wordpress_refuses_is_left_out_and_said(blog: Blog, planned: PageBlueprint) -> None:
    blueprint = db.session.get_one(SiteBlueprint, planned.blueprint_id)
    asset = db.session.scalars(select(SiteAsset).where(SiteAsset.folder == "documents")).one()
    asset.name = "prices.mp3"  # WordPress looks at the bytes
    asset.folder = "media"
    hero = planned.blocks[0]
    planned.blocks = [{**hero, "fields": {**hero["fields"], "address": asset.address}}, *planned.blocks[1:]]
    db.session.commit()
    deploy(blueprint)
    assert "Prices" not in text_of(blog)
    left_out = read_plan(blueprint)[0].facts.left_out
    assert [file.name for file in left_out] == ["media/prices.mp3"]
    assert left_out[0].reason.shown().startswith("This WordPress does not take files of this type")
    assert planned_actions(blueprint) == ["leave"]
