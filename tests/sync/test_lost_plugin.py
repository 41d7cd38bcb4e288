"""A plugin that lost what it knew: its posts are taken back, none is doubled, and no field of ours is emptied."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.content.images.services import add_image
from app.content.models import Content
from app.content.services import set_terms, update_content
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.checks.examination import examine
from app.publishing.models import PublishRun
from app.sites.connection import check_connection
from app.sites.models import Site
from app.sync.run_kinds import COMPARE
from tests.factories.drift import settle
from tests.factories.things import make_cluster, make_content, make_term
from tests.sync.real import Real, stands
from tests.wordpress.plugin_client import png

LOSE_ALL = """
require_once ABSPATH . 'wp-admin/includes/plugin.php';
update_option( 'igny8_remove_data', '1' );
deactivate_plugins( 'igny8/igny8.php' );
uninstall_plugin( 'igny8/igny8.php' );
"""


def edit(content: Content, **changes: Any) -> Content:
    row = db.session.get_one(Content, content.id)
    update_content(row.id, row.account_id, changes, expected_version=row.version)
    db.session.commit()
    return row


def newest(content: Content) -> Run:
    stmt = select(Run).join(PublishRun, PublishRun.run_id == Run.id).where(PublishRun.content_id == content.id)
    return db.session.scalars(stmt.order_by(Run.created_at.desc())).first()  # type: ignore[return-value]


@pytest.fixture
def live(real: Real) -> Content:
    """Published, with all that the plugin keeps of it."""
    content = make_content(
        real.site, title="Kept", content_html="<p>Kept</p>", seo_title="SEO", cluster_id=make_cluster(real.site, "B").id
    )
    set_terms(content, [make_term(real.site, "Tea")])
    for number, role in enumerate(("featured", "gallery", "gallery", "gallery")):
        add_image(content, png(seed=number), f"{role}{number}.png", role)
    assert real.publish(content).state == "succeeded"
    return db.session.get_one(Content, content.id)


def counts(real: Real) -> list[int]:
    return [real.blog.count(what) for what in ("post", "attachment", "file")]


def test_after_its_data_were_removed_posts_and_media_are_taken_back(real: Real, live: Content) -> None:
    before, address = counts(real), live.external_url
    real.edit(LOSE_ALL)
    real.wordpress.run_php("install.php", "x", "x", "igny8")
    real.blog.pair(real.site)
    report = real.compare()
    assert report["kept"] == 0
    row = db.session.get_one(Content, live.id)
    assert (row.seo_title, row.cluster_id is not None) == ("SEO", True)  # nobody took them away
    run = real.publish(edit(live, title="Kept, and changed"))
    assert run.state == "succeeded", run.error
    row = db.session.get_one(Content, live.id)
    assert (counts(real), row.external_url, row.external_id) == (before, address, live.external_id)
    assert stands(live) == ("in_step", {})
    meta = real.sql(
        f"SELECT meta_value FROM wp_postmeta WHERE post_id = {row.external_id} AND meta_key = '_igny8_seo_title'"
    )
    assert meta == [{"meta_value": "SEO"}]


def test_an_edit_made_while_it_was_gone_is_asked_for(real: Real, live: Content) -> None:
    real.sql("DELETE FROM wp_igny8_map")
    real.update(live, post_content="<p>Theirs</p>")
    run = real.publish(edit(live, title="Ours"))
    assert (run.state, run.error["code"]) == ("failed", "EDITED_IN_WORDPRESS")
    real.compare()
    assert db.session.get_one(Content, live.id).content_html == "<p>Theirs</p>"
    assert real.publish(live).state == "succeeded"


@pytest.mark.parametrize("is_edited", [False, True])
def test_check_and_schedules_know_a_post_that_the_plugin_forgot(real: Real, live: Content, is_edited: bool) -> None:
    real.sql("DELETE FROM wp_igny8_map")
    real.sql("DELETE FROM wp_postmeta WHERE meta_key LIKE '\\_igny8\\_%'")
    if is_edited:
        real.update(live, post_content="<p>Theirs</p>")
    row = edit(live, title="Ours")
    told = {warning["code"] for warning in examine(row.account_id, row.id).warnings}
    assert ("EDITED_IN_WORDPRESS" in told, "DELETED_IN_WORDPRESS" in told) == (is_edited, False)


def test_a_post_under_another_number_is_found_at_its_address(real: Real, live: Content) -> None:
    before = real.blog.count("post")
    real.sql("DELETE FROM wp_igny8_map")
    for table, column in (("posts", "ID"), ("postmeta", "post_id"), ("term_relationships", "object_id")):
        real.sql(f"UPDATE wp_{table} SET {column} = 900001 WHERE {column} = {live.external_id}")
    real.sql("DELETE FROM wp_postmeta WHERE meta_key LIKE '\\_igny8\\_%'")
    run = real.publish(edit(live, title="Ours"))
    assert run.state == "succeeded", run.error
    assert db.session.get_one(Content, live.id).external_id == 900001
    assert real.blog.count("post") == before


@pytest.mark.parametrize("act", ["link", "create"])
def test_a_post_that_may_be_another_is_asked_for(
    real: Real, live: Content, owner_client: FlaskClient, act: str
) -> None:
    old = live.external_id
    real.sql("DELETE FROM wp_igny8_map")
    real.sql("DELETE FROM wp_postmeta WHERE meta_key LIKE '\\_igny8\\_%'")
    real.sql(
        f"UPDATE wp_posts SET post_title = 'Not ours', post_content = 'x', post_name = 'not-ours' WHERE ID = {old}"
    )
    real.compare()
    assert db.session.get_one(Content, live.id).title == "Kept"
    run = real.publish(edit(live, title="Ours"))
    assert (run.state, run.error["code"]) == ("failed", "PREFLIGHT_FAILED")
    assert [one["code"] for one in run.error["details"]["problems"]] == ["POST_UNCERTAIN"]
    page = owner_client.get(run.error["details"]["link"]).text
    assert "Is this the same post?" in page
    assert "Not ours" in page
    assert settle(owner_client, live.id, act).status_code == 303
    assert real.work(newest(live)).state == "succeeded"
    row = db.session.get_one(Content, live.id)
    assert (row.external_id == old) is (act == "link")
    there = real.sql(f"SELECT post_title FROM wp_posts WHERE ID = {old}")[0]["post_title"]
    assert there == ("Ours" if act == "link" else "Not ours")
    assert stands(live) == ("in_step", {})


def test_connecting_again_compares_at_once(real: Real, live: Content, site: Site) -> None:
    count = select(func.count()).select_from(Run).where(Run.kind == COMPARE.name, Run.site_id == site.id)
    before = db.session.scalar(count) or 0
    real.blog.pair(real.site)
    check_connection(site.account_id, site.id)
    assert db.session.scalar(count) == before + 1
    check_connection(site.account_id, site.id)
    assert db.session.scalar(count) == before + 1


GALLERY = """
$settings = array( 'gallery_limit' => 1, 'gallery_overflow' => 'separate_post' );
update_option( 'igny8_settings', array_merge( (array) get_option( 'igny8_settings' ), $settings ) );
"""


@pytest.mark.parametrize("has_marker", [True, False])
def test_a_gallery_post_is_taken_back_too(real: Real, has_marker: bool) -> None:
    real.edit(GALLERY)
    content = make_content(real.site, title="Pictures")
    for number in range(3):
        add_image(content, png(seed=number), f"{number}.png", "gallery")
    assert real.publish(content).state == "succeeded"
    before = counts(real)
    real.sql("DELETE FROM wp_igny8_map")
    if not has_marker:
        real.sql("DELETE FROM wp_postmeta WHERE meta_key LIKE '\\_igny8\\_%'")
    run = real.publish(edit(content, title="More pictures"))
    assert run.state == "succeeded", run.error
    assert counts(real) == before
    real.sql("UPDATE wp_options SET option_value = 'a:0:{}' WHERE option_name = 'igny8_settings'")
