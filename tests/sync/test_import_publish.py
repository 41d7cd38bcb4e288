"""From WordPress into the app, edited there, and back: the very same post, and nothing else of it touched."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.content.listing import count_content
from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteState
from app.publishing import services
from app.publishing.checks.examination import examine
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.imports import add_post, content_of, import_all, work

BODY = (
    '<!-- wp:paragraph {"className":"a\\u002d\\u002db"} -->\n'
    "<p>Back\\slash \\\\ 😀 𝒳 “q” &amp;</p>\r\n<!-- /wp:paragraph -->\n\n"
    "[gallery ids='1,2']\n\n<!-- wp:html -->\n<details open><summary>S</summary>\\n</details>\n<!-- /wp:html -->\n "
)
UNSEEN = ("POST_SCHEDULED_THERE", "POST_NOT_PUBLIC", "POST_PRIVATE")
ROW = "SELECT * FROM wp_posts WHERE ID = {}"
REST = (
    "SELECT x.taxonomy, x.term_id FROM wp_term_relationships r JOIN wp_term_taxonomy x USING (term_taxonomy_id)"
    " WHERE r.object_id = {} AND x.taxonomy NOT LIKE 'igny8%' ORDER BY 1, 2"
)
META = "SELECT meta_value FROM wp_postmeta WHERE post_id = {} AND meta_key = 'of_another_plugin'"
SETUP = """<?php
wp_set_current_user(1);
$id = (int) $args[0];
wp_insert_user(['user_login' => 'writer', 'user_pass' => 'x', 'user_email' => 'w@example.com', 'role' => 'author']);
$writer = get_user_by('login', 'writer')->ID;
$wpdb->update($wpdb->posts, ['post_author' => $writer], ['ID' => $id]);
foreach (['category' => 'By hand', 'post_tag' => 'Tagged'] as $taxonomy => $name) {
    $term = wp_insert_term($name, $taxonomy);
    wp_set_post_terms($id, [$term['term_id']], $taxonomy);
}
update_post_meta($id, 'of_another_plugin', 'stays as it is');
"""
UNTOUCHED = (
    "post_date",
    "post_date_gmt",
    "post_author",
    "post_name",
    "post_status",
    "post_type",
    "post_parent",
    "menu_order",
    "comment_status",
    "post_excerpt",
    "post_password",
    "guid",
)


def row_of(blog: Blog, post_id: int) -> dict[str, Any]:
    return blog.wordpress.sql(ROW.format(post_id))[0]


def publish(content: Content) -> Run:
    run = services.start_publishes(content.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    run = work(run)
    assert (run.state, run.error) == ("succeeded", None), json.dumps(run.error)
    return run


def test_an_imported_post_is_updated_in_place_and_only_in_what_was_edited(
    site: Site, blog: Blog, owner_client: FlaskClient
) -> None:
    blog.pair(site)
    post = add_post(blog, title="Old title 😀", content=BODY, excerpt="By \\hand", name="keep-me")
    blog.wordpress.run_php(SETUP, str(post))
    before, terms = row_of(blog, post), blog.wordpress.sql(REST.format(post))
    meta = blog.wordpress.sql(META.format(post))
    import_all(site)
    content = content_of(site, post)
    listed = owner_client.get("/content/").text
    assert ">Live</span>" in listed
    assert str(content.external_url) in listed
    update_content(content.id, content.account_id, {"title": "New title \\ 😀"}, expected_version=content.version)
    db.session.commit()
    publish(content)
    after = row_of(blog, post)
    assert after["post_title"] == "New title \\ 😀"
    assert after["post_content"] == BODY == before["post_content"]
    assert {name: after[name] for name in UNTOUCHED} == {name: before[name] for name in UNTOUCHED}
    assert blog.wordpress.sql(REST.format(post)) == terms
    assert blog.wordpress.sql(META.format(post)) == meta
    assert blog.count("post") == 1
    stored = db.session.scalars(select(RemoteState).where(RemoteState.content_id == content.id)).one()
    assert (stored.external_id, stored.verdict) == (post, "verified")
    again = import_all(site)
    assert (again.created, again.updated, again.kept) == (0, 0, 0)
    content = content_of(site, post)
    assert (content.status, content.sync_state) == ("published", "in_step")


@pytest.mark.parametrize("status", ["draft", "pending", "future", "private"])
def test_publishing_what_is_no_public_post_there_updates_that_post_and_makes_it_live_unless_it_is_private(
    site: Site, blog: Blog, status: str
) -> None:
    blog.pair(site)
    later = {"date": "2031-01-01 00:00:00", "date_gmt": "2031-01-01 00:00:00"} if status == "future" else {}
    post = add_post(blog, title="Hidden", content="<p>Some text.</p>", status=status, name="hidden", **later)
    import_all(site)
    content = content_of(site, post)
    assert (content.status, content.remote_status) == ("draft", status)
    [told] = [one["message"] for one in examine(site.account_id, content.id).warnings if one["code"] in UNSEEN]
    assert ("stays so" if status == "private" else "makes it live now") in told
    assert ("1 Jan 2031" in told) == (status == "future")
    update_content(content.id, content.account_id, {"title": "Shown"}, expected_version=content.version)
    db.session.commit()
    run = publish(content)
    row = row_of(blog, post)
    assert (blog.count("post"), row["post_title"]) == (1, "Shown")
    public = status != "private"
    assert row["post_status"] == ("publish" if public else "private")
    assert row["post_date_gmt"] < "2031"
    assert (blog.get(str(content.external_url)).status_code == 200) == public
    assert (content.status, content.remote_status) == (("published", "publish") if public else ("draft", "private"))
    assert (run.data["verdict"] == "verified") == public
    assert ("it is not public" in str(run.message)) != public
    assert count_content(site.account_id, site.id, status="published") == int(public)


def test_an_imported_page_keeps_its_parent_and_template(site: Site, blog: Blog) -> None:
    blog.pair(site)
    parent = add_post(blog, type="page", title="About", name="about")
    child = add_post(blog, type="page", title="Team", name="team", parent=str(parent))
    import_all(site)
    content = content_of(site, child)
    assert (content.content_type, content.parent_external_id) == ("Page", parent)
    assert str(content.external_url).endswith("/about/team/")
    update_content(content.id, content.account_id, {"title": "Our team"}, expected_version=content.version)
    db.session.commit()
    publish(content)
    assert (row_of(blog, child)["post_parent"], row_of(blog, child)["post_title"]) == (str(parent), "Our team")
    assert blog.count("page") >= 2
