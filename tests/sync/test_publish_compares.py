"""Every publish compares what it knew with what is there: no edit is lost, and none is invented."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text

from app.content.images.services import add_image
from app.content.models import Content
from app.content.services import set_terms, update_content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.apply import apply_post_items
from app.mirror.wire import PostItem
from app.publishing import services
from app.publishing.models import PublishRun
from app.sites.connection import credentials_for, open_client
from tests.factories.drift import settle
from tests.factories.things import make_content, make_term
from tests.sync.real import Real, stands
from tests.wordpress.plugin_client import png

OLDER = text("update remote_states set content_hash = repeat('0', 64), state_hash = '', fields = fields - 'parts'")


def edit(content: Content, **changes: Any) -> Content:
    row = db.session.get_one(Content, content.id)
    update_content(row.id, row.account_id, changes, expected_version=row.version)
    db.session.commit()
    return row


@pytest.fixture
def live(real: Real) -> Content:
    """A content that was published with a category, and then changed here."""
    content = make_content(real.site, title="First", content_html="<p>One</p>", seo_title="SEO")
    set_terms(content, [make_term(real.site, "Tea")])
    assert real.publish(content).state == "succeeded"
    return edit(content, title="Ours")


def refused(run: Run) -> list[str]:
    """The run stopped for an edit; the parts that differ."""
    assert (run.state, (run.error or {}).get("code")) == ("failed", "EDITED_IN_WORDPRESS"), run.error
    assert run.error["details"]["link"].endswith("/drift/")
    fields: list[str] = run.error["details"]["present"]["fields"]
    return fields


EDITS = (
    ("title", "wp_update_post( array( 'ID' => $id, 'post_title' => 'Theirs' ) );"),
    ("content", "$wpdb->update( $wpdb->posts, array( 'post_content' => 'By SQL' ), array( 'ID' => $id ) );"),
    ("excerpt", "wp_update_post( array( 'ID' => $id, 'post_excerpt' => 'Theirs' ) );"),
    ("status", "wp_update_post( array( 'ID' => $id, 'post_status' => 'draft' ) );"),
    ("seo", "update_post_meta( $id, '_igny8_seo_title', 'Theirs' );"),
    ("relations", "update_post_meta( $id, '_igny8_cluster_id', '77' );"),
    ("terms", "wp_set_object_terms( $id, array(), 'category' );"),
)


def test_an_edit_made_seconds_before_stops_a_manual_publish(real: Real, live: Content) -> None:
    for count, (_field, php) in enumerate(EDITS, 1):
        real.edit(f"global $wpdb; $id = (int) $args[0]; {php}", str(live.external_id))
        before = real.post(live)
        assert refused(real.publish(live)) == [field for field, _php in EDITS[:count]]
        assert real.post(live) == before
    assert real.sql("SELECT state FROM wp_igny8_map") == [{"state": "published"}]


UNWRITTEN = """
$id = (int) $args[0]; $date = '2020-01-01 00:00:00';
wp_update_post( array( 'ID' => $id, 'post_date' => $date, 'post_date_gmt' => $date, 'edit_date' => true ) );
wp_set_object_terms( $id, 'By hand', 'post_tag' );
wp_update_post( array( 'ID' => $id, 'post_name' => 'their-address', 'post_author' => 0, 'post_password' => 'theirs' ) );
"""


def test_what_a_publish_does_not_write_stays_and_stops_nothing(real: Real, live: Content) -> None:
    real.edit(UNWRITTEN, str(live.external_id))
    before = real.post(live)
    run = real.publish(live)
    assert run.state == "succeeded", run.error
    after = real.post(live)
    assert after["post_title"] == "Ours"
    kept = ("post_date", "post_name", "post_password", "post_author")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert after["post_name"] == db.session.get_one(Content, live.id).slug == "their-address"


def test_a_slug_that_is_sent_is_compared(real: Real, live: Content) -> None:
    real.edit("wp_update_post( array( 'ID' => (int) $args[0], 'post_name' => 'theirs' ) );", str(live.external_id))
    edit(live, slug="ours")
    assert refused(real.publish(live)) == ["slug"]


def test_a_trashed_post_is_not_put_back_unasked(real: Real, live: Content, owner_client: FlaskClient) -> None:
    address = real.post(live)["post_name"]
    real.edit("wp_trash_post( (int) $args[0] );", str(live.external_id))
    run = real.publish(live)
    assert (run.state, run.error["code"]) == ("failed", "DELETED_IN_WORDPRESS")
    assert "trash" in run.error["message"]
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    assert real.work(newest(live)).state == "succeeded"
    after = real.post(live)
    assert (after["post_status"], after["post_title"], after["post_name"]) == ("publish", "Ours", address)


def test_a_deleted_post_is_not_made_again_unasked(real: Real, live: Content, owner_client: FlaskClient) -> None:
    real.edit("wp_delete_post( (int) $args[0], true );", str(live.external_id))
    run = real.publish(live)
    assert (run.state, run.error["code"]) == ("failed", "DELETED_IN_WORDPRESS")
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    assert real.work(newest(live)).state == "succeeded"


def newest(content: Content) -> Run:
    stmt = select(Run).join(PublishRun, PublishRun.run_id == Run.id).where(PublishRun.content_id == content.id)
    return db.session.scalars(stmt.order_by(Run.created_at.desc())).first()  # type: ignore[return-value]


def test_ours_goes_over_what_was_shown_and_over_nothing_later(
    real: Real, live: Content, owner_client: FlaskClient
) -> None:
    real.update(live, post_title="Theirs")
    refused(real.publish(live))
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    first = newest(live)
    real.edit("update_post_meta( (int) $args[0], '_igny8_seo_title', 'A third' );", str(live.external_id))
    assert real.work(first).error["code"] == "EDITED_IN_WORDPRESS"
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    assert real.work(newest(live)).state == "succeeded"
    assert real.post(live)["post_title"] == "Ours"


def test_a_known_conflict_stops_a_publish_from_the_list_until_it_is_settled(real: Real, live: Content) -> None:
    real.update(live, post_title="Theirs")
    real.pull()
    assert stands(live)[0] == "both"
    run = real.publish(live)
    assert (run.state, run.error["code"]) == ("failed", "EDITED_IN_WORDPRESS")
    assert real.post(live)["post_title"] == "Theirs"


def test_an_edit_that_came_back_is_no_difference(real: Real, live: Content) -> None:
    real.update(live, post_excerpt="Theirs")
    real.pull()
    run = real.publish(live)
    assert run.state == "succeeded", run.error
    assert (real.post(live)["post_title"], real.post(live)["post_excerpt"]) == ("Ours", "Theirs")


def test_what_a_plugin_makes_of_a_text_is_nobodys_edit(real: Real, live: Content) -> None:
    for how in ("save", "shutdown"):
        real.faults(rewrite=how)
        run = real.publish(edit(live, title=f"Rewritten at {how}"))
        assert run.error is None  # it may be looked at once more
        real.work(run)
    edit(live, title="Planned")
    planned = real.work(services.start_publish(db.session.get_one(Content, live.id), THE_APP, utcnow()))
    assert planned.error is None
    real.work(planned)
    real.faults()
    run = real.publish(edit(live, title="Third"))
    assert run.state == "succeeded", run.error
    assert real.post(live)["post_title"] == "Third"


def test_a_publish_whose_answer_was_lost_is_nobodys_edit(real: Real, live: Content) -> None:
    run = real.publish(live)
    assert run.state == "succeeded"
    # As if the app had died before it wrote the answer down.
    db.session.execute(delete(PublishRun).where(PublishRun.run_id == run.id))
    db.session.execute(OLDER)
    db.session.commit()
    again = real.publish(edit(live, title="Later"))
    assert again.state == "succeeded", again.error
    real.update(live, post_title="Theirs")
    assert refused(real.publish(edit(live, title="Later still"))) == ["title"]


def test_the_first_publish_of_an_import_compares_too(real: Real) -> None:
    post_id = real.write("Imported")
    with open_client(credentials_for(real.site)) as client:
        item = client.get("posts", {"ids": str(post_id)})["items"][0]
    found = apply_post_items(real.site.account_id, real.site.id, [PostItem.model_validate(item)])
    content = db.session.get_one(Content, found.contents[post_id])
    db.session.commit()
    edit(content, title="Ours")
    real.update(content, post_content="<p>Theirs</p>")
    assert refused(real.publish(content)) == ["content"]


def test_texts_of_an_image_that_both_sides_changed_are_asked_for(real: Real, owner_client: FlaskClient) -> None:
    content = make_content(real.site, title="Pictured")
    image = add_image(content, png(), "a.png", "featured")
    image.alt = "First"
    db.session.commit()
    assert real.publish(content).state == "succeeded"
    alt = "SELECT post_id, meta_value FROM wp_postmeta WHERE meta_key = '_wp_attachment_image_alt'"
    real.sql("UPDATE wp_postmeta SET meta_value = 'By hand' WHERE meta_key = '_wp_attachment_image_alt'")
    assert real.publish(edit(content, title="Pictured again")).state == "succeeded"
    assert real.sql(alt)[0]["meta_value"] == "By hand"
    db.session.get_one(type(image), image.id).alt = "Second"
    db.session.commit()
    assert refused(real.publish(content)) == ["texts"]
    assert settle(owner_client, content.id, "publish_ours").status_code == 303
    assert real.work(newest(content)).state == "succeeded"
    assert real.sql(alt)[0]["meta_value"] == "Second"


def test_the_page_of_a_term_is_compared(real: Real, owner_client: FlaskClient) -> None:
    content = make_content(real.site, title="Teas", content_html="<p>All teas</p>", content_type="Taxonomy")
    content.taxonomy = "category"
    db.session.commit()
    assert real.publish(content).state == "succeeded"
    term_id = str(db.session.get_one(Content, content.id).external_id)
    assert real.publish(edit(content, seo_title="Teas to buy")).state == "succeeded"
    real.edit("wp_update_term( (int) $args[0], 'category', array( 'description' => 'Theirs' ) );", term_id)
    assert refused(real.publish(edit(content, title="Ours"))) == ["content"]
    assert settle(owner_client, content.id, "publish_ours").status_code == 303
    assert real.work(newest(content)).state == "succeeded"
    real.edit("wp_delete_term( (int) $args[0], 'category' );", term_id)
    run = real.publish(edit(content, title="Again"))
    assert (run.state, run.error["code"]) == ("failed", "DELETED_IN_WORDPRESS")
