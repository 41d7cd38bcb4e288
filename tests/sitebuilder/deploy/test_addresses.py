"""The addresses of pages: changed here after a deploy, and taken in WordPress by something else."""

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.core.actor import THE_APP, Actor
from app.core.extensions import db
from app.core.runs import Run
from app.sitebuilder import editing
from app.sitebuilder.deploy import actions
from app.sitebuilder.deploy.facts import deploy_in_force, deploy_pages
from app.sitebuilder.deploy.models import SiteDeployPage
from app.sitebuilder.deploy.pages import settle_page
from app.sitebuilder.editing import PageValues
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from tests.factories.blog import Blog
from tests.factories.work import put_back
from tests.sitebuilder.deploy.steps import deploy, finish, take_back
from tests.sitebuilder.deploy.test_deploying import pages, planned_actions


def readdress(blueprint: SiteBlueprint, title: str, slug: str) -> None:
    """What a person does in the settings of a page."""
    db.session.rollback()
    page = db.session.scalars(select(PageBlueprint).where(PageBlueprint.title == title)).one()
    values = PageValues(title=title, slug=slug, page_type=page.page_type, parent_id=page.parent_id)
    editing.save_page(blueprint.account_id, THE_APP, blueprint.id, page.id, values, seen=blueprint.version)
    db.session.commit()


def test_a_new_address_comes_to_wordpress_and_a_taken_one_is_left(blog: Blog, blueprint: SiteBlueprint) -> None:
    theirs = "['post_type' => 'page', 'post_title' => 'Theirs', 'post_name' => 'blog', 'post_status' => 'publish']"
    blog.wordpress.run_php(f"<?php wp_insert_post({theirs});")
    assert "taken in WordPress by “Theirs”" in str(deploy(blueprint).message)
    assert "Blog" not in pages(blog)
    newest = deploy_in_force(blueprint)
    assert newest is not None
    assert [row.state for row in deploy_pages(newest)] == ["done", "done", "done", "failed"]

    readdress(blueprint, "Blog", "news")
    readdress(blueprint, "Services", "offers")
    assert planned_actions(blueprint) == ["leave", "update", "leave", "create"]
    deploy(blueprint)
    names = {title: row["post_name"] for title, row in pages(blog).items()}
    assert (names["Services"], names["Blog"], names["Theirs"]) == ("offers", "news", "blog")
    assert planned_actions(blueprint) == ["leave"] * 4
    take_back(blueprint)
    names = {title: row["post_name"] for title, row in pages(blog).items()}
    assert (names["Services"], names["Blog"]) == ("services", "news__trashed")


def test_a_roll_back_says_of_no_page_that_it_is_in_the_trash_which_is_not(blog: Blog, blueprint: SiteBlueprint) -> None:
    theirs = "['post_type' => 'page', 'post_title' => 'Theirs', 'post_name' => 'blog', 'post_status' => 'publish']"
    blog.wordpress.run_php(f"<?php wp_insert_post({theirs});")
    deploy(blueprint)
    gone = db.session.scalars(select(Content).where(Content.title == "Design")).one()
    db.session.delete(gone)
    db.session.commit()
    message = str(take_back(blueprint).message)
    assert message.startswith(
        "Rolled back. 2 pages in WordPress's trash. 1 page left as it is: Its content was deleted"
    )
    assert {title: row["post_status"] for title, row in pages(blog).items()} == {
        "Lindenhof page": "trash",
        "Services": "trash",
        "Design": "publish",
        "Theirs": "publish",
    }


def swap(blueprint: SiteBlueprint) -> None:
    """Services gets the address of the blog, and the blog that of Services."""
    readdress(blueprint, "Services", "passing")
    readdress(blueprint, "Blog", "services")
    readdress(blueprint, "Services", "blog")


def names(blog: Blog) -> dict[str, str]:
    return {title: str(row["post_name"]) for title, row in pages(blog).items()}


def test_two_pages_swap_their_addresses_in_one_deploy(
    blog: Blog, blueprint: SiteBlueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(blueprint)
    rows = blog.wordpress.sql("SELECT * FROM wp_posts WHERE post_type = 'page' ORDER BY ID")
    swap(blueprint)
    assert planned_actions(blueprint) == ["leave", "update", "leave", "update"]

    class Killed(BaseException):
        pass

    run = actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()
    run_id, calls = run.id, []

    def die(row: SiteDeployPage, actor: Actor) -> None:
        settle_page(row, actor)
        calls.append(row.state)
        if len(calls) == 2:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("app.sitebuilder.deploy.work.settle_page", die)
        with pytest.raises(Killed):
            finish(run)
    db.session.rollback()
    put_back(db.session.get_one(Run, run_id))
    assert finish(db.session.get_one(Run, run_id)).message == "2 pages updated."
    there = names(blog)
    assert (there["Services"], there["Blog"], there["Design"]) == ("blog", "services", "design")
    assert blog.get(f"{blog.url}/blog/design/").status_code == 200
    assert planned_actions(blueprint) == ["leave"] * 4
    take_back(blueprint)
    assert blog.wordpress.sql("SELECT * FROM wp_posts WHERE post_type = 'page' ORDER BY ID") == rows, "byte for byte"


def test_who_waits_for_an_address_that_is_not_given_up_is_left(blog: Blog, blueprint: SiteBlueprint) -> None:
    deploy(blueprint)
    theirs = "['post_type' => 'page', 'post_title' => 'Theirs', 'post_name' => 'news', 'post_status' => 'publish']"
    blog.wordpress.run_php(f"<?php wp_insert_post({theirs});")
    readdress(blueprint, "Blog", "news")
    readdress(blueprint, "Services", "blog")
    assert "2 pages left: Its address /blog/ is taken in WordPress by “Blog”." in str(deploy(blueprint).message)
    there = names(blog)
    assert (there["Services"], there["Blog"], there["Theirs"]) == ("services", "blog", "news")
