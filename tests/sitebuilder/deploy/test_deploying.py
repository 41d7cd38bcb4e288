"""A planned site goes to a real WordPress and comes back from it."""

from typing import Any

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.sitebuilder import editing
from app.sitebuilder.deploy import actions
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.deploy.facts import deploy_in_force, deploy_pages, read_plan, removed_pages
from app.sitebuilder.deploy.models import SiteDeploy
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from tests.factories.blog import Blog
from tests.factories.work import put_back
from tests.sitebuilder.deploy.steps import deploy, finish, take_back

PAGES = "SELECT ID, post_title, post_name, post_status, post_parent, menu_order FROM wp_posts WHERE post_type = 'page'"
OPTIONS = "SELECT option_name, option_value FROM wp_options WHERE option_name IN ('show_on_front', 'page_on_front')"


def pages(blog: Blog) -> dict[str, Any]:
    """The pages of WordPress by title."""
    return {str(row["post_title"]): row for row in blog.wordpress.sql(PAGES)}


def planned_actions(blueprint: SiteBlueprint) -> list[str]:
    return [step.action for step in read_plan(blueprint)]


def change_heading(blueprint: SiteBlueprint, title: str, heading: str) -> None:
    """What a person does to the first section of a page."""
    db.session.rollback()
    page = db.session.scalars(select(PageBlueprint).where(PageBlueprint.title == title)).one()
    page.blocks = [{**page.blocks[0], "fields": {**page.blocks[0]["fields"], "heading": heading}}]
    blueprint = db.session.get_one(SiteBlueprint, page.blueprint_id)
    blueprint.version += 1
    db.session.commit()


def test_a_site_is_deployed_changed_and_rolled_back(blog: Blog, blueprint: SiteBlueprint) -> None:
    options = blog.wordpress.sql(OPTIONS)
    assert planned_actions(blueprint) == ["create"] * 4
    run = deploy(blueprint)
    assert run.message == "4 pages created."
    there = pages(blog)
    ids = {title: row["ID"] for title, row in there.items()}
    assert there["Design"]["post_parent"] == ids["Services"]
    orders = {title: row["menu_order"] for title, row in there.items()}
    assert orders == {"Lindenhof page": "0", "Services": "1", "Design": "2", "Blog": "3"}
    front = blog.get(blog.url + "/").text
    assert "Lindenhof heading" in front
    assert "/services/design/" in front, "the menu"
    assert blog.get(f"{blog.url}/services/design/").status_code == 200
    assert (blueprint.deployed_version, blueprint.status) == (blueprint.version, "deployed")

    first = blog.wordpress.sql("SELECT * FROM wp_posts WHERE post_type = 'page' ORDER BY ID")
    assert planned_actions(blueprint) == ["leave"] * 4
    assert deploy(blueprint).message == "WordPress has this site already: no page had to be sent."
    assert blog.wordpress.sql("SELECT * FROM wp_posts WHERE post_type = 'page' ORDER BY ID") == first

    change_heading(blueprint, "Services", "Quite new")
    assert planned_actions(blueprint) == ["leave", "update", "leave", "leave"]
    assert deploy(blueprint).message == "1 page updated."
    assert "Quite new" in blog.get(f"{blog.url}/services/").text
    assert take_back(blueprint).message == "Rolled back. 1 page as before."
    assert blog.wordpress.sql("SELECT * FROM wp_posts WHERE post_type = 'page' ORDER BY ID") == first, "byte for byte"
    assert planned_actions(blueprint) == ["leave", "update", "leave", "leave"], "the sections are the newer text still"

    assert take_back(blueprint).message == "Rolled back. 4 pages in WordPress's trash.", "not the one that did nothing"
    assert set(db.session.scalars(select(SiteDeploy.state))) == {"taken_back"}
    assert {row["post_status"] for row in pages(blog).values()} == {"trash"}
    assert blog.wordpress.sql(OPTIONS) == options
    assert blueprint.deployed_version is None
    assert planned_actions(blueprint) == ["create"] * 4
    deploy(blueprint)
    assert {title: row["ID"] for title, row in pages(blog).items()} == ids, "the same pages again"
    assert "Quite new" in blog.get(f"{blog.url}/services/").text


def test_what_was_edited_in_wordpress_is_left(blog: Blog, blueprint: SiteBlueprint) -> None:
    deploy(blueprint)
    edited = int(pages(blog)["Services"]["ID"])
    change_heading(blueprint, "Services", "Ours")
    blog.wordpress.run_php(f"<?php wp_update_post(['ID' => {edited}, 'post_content' => '<p>Theirs</p>']);")
    run = deploy(blueprint)
    assert run.data["failed_pages"] == 1
    newest = db.session.scalars(select(SiteDeploy).order_by(SiteDeploy.id.desc())).first()
    assert newest is not None
    assert (newest.state, newest.has_changes) == ("partial", False)
    row = next(row for row in deploy_pages(newest) if row.title == "Services")
    assert (row.state, "changed in WordPress" in row.reason or "edited" in row.reason) == ("failed", True), row.reason
    assert "Theirs" in blog.get(f"{blog.url}/services/").text

    blog_page = db.session.scalars(select(PageBlueprint).where(PageBlueprint.title == "Blog")).one()
    editing.remove_page(blueprint.account_id, THE_APP, blueprint.id, blog_page.id, seen=blueprint.version)
    db.session.commit()
    assert [(page.title, page.address) for page in removed_pages(blueprint)] == [("Blog", f"{blog.url}/blog/")]
    run = take_back(blueprint)
    assert "1 page left as it is" in str(run.message)
    assert pages(blog)["Services"]["post_status"] == "publish"
    assert pages(blog)["Blog"]["post_status"] == "trash"


def test_a_deploy_that_was_killed_goes_on(
    blog: Blog, blueprint: SiteBlueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    real = SetupCalls.apply

    def die(self: SetupCalls, *args: Any) -> Any:
        real(self, *args)
        raise Killed

    before = blog.wordpress.sql(OPTIONS)
    monkeypatch.setattr(SetupCalls, "apply", die)
    run = actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()
    run_id = run.id
    with pytest.raises(Killed):
        finish(run)
    monkeypatch.setattr(SetupCalls, "apply", real)
    put_back(db.session.get_one(Run, run_id))
    assert finish(db.session.get_one(Run, run_id)).message == "4 pages created."
    assert len(pages(blog)) == 4
    assert db.session.scalar(select(SiteDeploy.state).where(SiteDeploy.run_id == run_id)) == "done"
    assert len(db.session.scalars(select(Content)).all()) == 4
    take_back(blueprint)
    assert blog.wordpress.sql(OPTIONS) == before


def test_two_at_once_are_one_and_an_older_deploy_waits_for_the_newer(blog: Blog, blueprint: SiteBlueprint) -> None:
    first = actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()
    assert actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id).id == first.id
    assert db.session.scalars(select(SiteDeploy)).all() == [deploy_in_force(blueprint)]
