"""The addresses of pages: changed here after a deploy, and taken in WordPress by something else."""

from sqlalchemy import select

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.sitebuilder import editing
from app.sitebuilder.deploy.facts import deploy_in_force, deploy_pages
from app.sitebuilder.editing import PageValues
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from tests.factories.blog import Blog
from tests.sitebuilder.deploy.steps import deploy, take_back
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
