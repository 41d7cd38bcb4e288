"""From an edit in WordPress to both sides agreeing again, on a real one."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.content.models import Content
from app.content.services import set_terms, update_content
from app.core.audit import AuditEvent
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.models import PublishRun
from tests.api.conftest import Caller, caller, make_caller
from tests.factories.drift import form_of, settle
from tests.factories.things import make_cluster, make_content, make_term
from tests.sync.real import Real, stands

__all__ = ["caller", "make_caller"]
PICTURE = """
require_once ABSPATH . 'wp-admin/includes/image.php'; require_once ABSPATH . 'wp-admin/includes/file.php';
$image = imagecreatetruecolor( 40, 30 ); ob_start(); imagepng( $image ); $bytes = ob_get_clean();
$file = wp_upload_bits( 'theirs.png', null, $bytes );
$id = wp_insert_attachment( array( 'post_mime_type' => 'image/png', 'post_title' => 'Theirs' ), $file['file'] );
set_post_thumbnail( (int) $args[0], $id );
"""


def edit(content: Content, **changes: Any) -> None:
    row = db.session.get_one(Content, content.id)
    update_content(row.id, row.account_id, changes, expected_version=row.version)
    db.session.commit()


@pytest.fixture
def live(real: Real) -> Content:
    """A content that was published."""
    content = make_content(real.site, title="First", content_html="<p>One</p>\n\n<p>Two</p>", seo_title="SEO")
    assert real.publish(content).state == "succeeded"
    real.forget()
    assert stands(content) == ("in_step", {})
    return db.session.get_one(Content, content.id)


def newest(content: Content) -> Run:
    stmt = select(Run).join(PublishRun, PublishRun.run_id == Run.id).where(PublishRun.content_id == content.id)
    return db.session.scalars(stmt.order_by(Run.created_at.desc())).first()  # type: ignore[return-value]


def said(client: FlaskClient, answer: TestResponse) -> str:
    """What a person is told after the choice."""
    assert answer.status_code == 303
    with client.session_transaction() as session:
        told = session.pop("_flashes")[-1][1]
    return str(told)


def test_what_only_wordpress_changed_comes_by_itself(real: Real, live: Content) -> None:
    real.update(live, post_title="Second", post_content="<p>One</p>\n\n<p>Changed</p>")
    assert real.pull() == 1
    assert stands(live) == ("in_step", {})
    assert db.session.get_one(Content, live.id).title == "Second"
    assert real.pull() == 0


def test_theirs_is_taken_and_the_badge_goes(real: Real, live: Content, owner_client: FlaskClient) -> None:
    edit(live, title="Mine", content_html="<p>Mine</p>")
    real.update(live, post_title="Theirs", post_content="<p>Theirs</p>")
    real.pull()
    assert stands(live) == ("both", {"title": "both", "content": "both"})
    assert f'href="/content/{live.id}/drift/"' in owner_client.get("/content/?sync=both").text
    page = owner_client.get(f"/content/{live.id}/drift/").text
    assert "<del>Theirs</del>" in page
    assert "<ins>Mine</ins>" in page
    assert settle(owner_client, live.id, "take_all").status_code == 303
    row = db.session.get_one(Content, live.id)
    assert (row.title, row.content_html) == ("Theirs", "<p>Theirs</p>")
    assert stands(live) == ("in_step", {})
    assert "Both sides are the same" in owner_client.get(f"/content/{live.id}/drift/").text
    assert f'href="/content/{live.id}/drift/"' not in owner_client.get("/content/").text


def test_ours_is_published_over_theirs(real: Real, live: Content, owner_client: FlaskClient) -> None:
    edit(live, title="Mine")
    real.update(live, post_title="Theirs")
    real.pull()
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    run = newest(live)
    real.work(run)
    assert run.state == "succeeded", run.error
    assert real.post(live)["post_title"] == "Mine"
    assert stands(live) == ("in_step", {})
    real.pull()
    assert stands(live) == ("in_step", {})


def test_who_settled_what_is_in_the_audit_log(real: Real, live: Content, owner_client: FlaskClient) -> None:
    edit(live, title="Mine")
    real.update(live, post_title="Theirs")
    real.pull()
    settle(owner_client, live.id, "apply", title="theirs")
    edit(live, title="Mine again")
    settle(owner_client, live.id, "publish_ours")
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "publish.settled")).all()
    assert [(event.before, event.subject) for event in events] == [
        ({"state": "Conflict"}, "Theirs"),
        ({"state": "Live with changes"}, "Mine again"),
    ]
    assert (events[0].after or {})["from WordPress"] == ["title"]
    assert "published over" in (events[1].after or {})["choice"]
    assert all(event.actor_id for event in events)


def test_fields_are_settled_one_by_one(real: Real, live: Content, owner_client: FlaskClient) -> None:
    edit(live, title="Mine", slug="mine", excerpt="Mine")
    real.update(live, post_title="Theirs", post_name="theirs", post_excerpt="Theirs")
    real.pull()
    assert set(stands(live)[1]) == {"title", "slug", "excerpt"}
    nothing = settle(owner_client, live.id, "apply")
    assert said(owner_client, nothing) == "Nothing was chosen, so nothing changed. Still to be decided: " + (
        "“Title”, “Excerpt”, “Slug”."
    )
    assert set(stands(live)[1].values()) == {"both"}
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "publish.settled")).all() == []
    some = settle(owner_client, live.id, "apply", title="theirs", slug="ours")
    assert said(owner_client, some) == (
        "Updated from WordPress: “Title”. Kept as it is here: “Slug”. It goes to WordPress with the next publish."
        " Still to be decided: “Excerpt”."
    )
    assert stands(live) == ("both", {"slug": "ours", "excerpt": "both"})
    assert db.session.get_one(Content, live.id).title == "Theirs"
    too_soon = settle(owner_client, live.id, "apply_publish", slug="ours")
    assert too_soon.status_code == 422
    assert "Not published: “Excerpt” is not decided yet." in too_soon.text
    assert newest(live).state == "succeeded"  # no other publish was started
    assert settle(owner_client, live.id, "apply_publish", slug="ours", excerpt="theirs").status_code == 303
    run = real.work(newest(live))
    assert run.state == "succeeded", run.error
    post = real.post(live)
    assert (post["post_title"], post["post_name"], post["post_excerpt"]) == ("Theirs", "mine", "Theirs")
    assert stands(live) == ("in_step", {})


def test_clusters_terms_and_seo_fields_are_compared(real: Real, live: Content, owner_client: FlaskClient) -> None:
    set_terms(db.session.get_one(Content, live.id), [make_term(real.site, "Mine")])
    db.session.commit()
    edit(live, cluster_id=make_cluster(real.site, "Our cluster").id, seo_title="Our SEO")
    real.edit(
        "$id = (int) $args[0]; update_post_meta( $id, '_igny8_seo_title', 'Their SEO' );"
        " wp_set_object_terms( $id, 'Theirs', 'category' );",
        str(live.external_id),
    )
    real.pull()
    page = owner_client.get(f"/content/{live.id}/drift/").text
    for words in ("Our cluster", "Our</ins>", "Their</del>", "Theirs", "Mine"):
        assert words in page
    assert settle(owner_client, live.id, "take_all").status_code == 303
    row = db.session.get_one(Content, live.id)
    assert (row.seo_title, row.cluster_id) == ("Their SEO", None)
    assert "Theirs" in {term.name for term in row.terms}
    assert stands(live) == ("in_step", {})


def test_a_page_that_is_too_old_changes_nothing(real: Real, live: Content, owner_client: FlaskClient) -> None:
    edit(live, title="Mine")
    real.update(live, post_title="Theirs")
    real.pull()
    old = form_of(owner_client, live.id)
    real.update(live, post_title="Theirs again")
    late = owner_client.post(f"/content/{live.id}/drift/", data={**old, "act": "take_all"})
    assert late.status_code == 409
    assert "WordPress changed it after this page was opened" in late.text
    assert "again" in late.text
    assert db.session.get_one(Content, live.id).title == "Mine"
    fresh = form_of(owner_client, live.id)
    edit(live, excerpt="Saved meanwhile")
    late = owner_client.post(f"/content/{live.id}/drift/", data={**fresh, "act": "take_all"})
    assert late.status_code == 409
    assert "Somebody else saved" in late.text
    assert db.session.get_one(Content, live.id).title == "Mine"


def test_a_publish_over_theirs_stops_when_wordpress_moved_on(
    real: Real, live: Content, owner_client: FlaskClient
) -> None:
    edit(live, title="Mine")
    real.update(live, post_title="Theirs")
    real.pull()
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    real.update(live, post_title="Theirs, seconds later")
    run = real.work(newest(live))
    assert (run.state, run.error["code"]) == ("failed", "EDITED_IN_WORDPRESS")
    assert real.post(live)["post_title"] == "Theirs, seconds later"


def test_their_featured_image_is_fetched(real: Real, live: Content, owner_client: FlaskClient) -> None:
    real.update(live, post_excerpt="Seen once")  # a publish does not tell what picture the theme or a plugin chose
    real.pull()
    real.edit(PICTURE, str(live.external_id))
    real.pull()
    assert stands(live) == ("theirs", {"featured_image": "theirs"})
    assert "theirs.png" in owner_client.get(f"/content/{live.id}/drift/").text
    answer = settle(owner_client, live.id, "apply", featured_image="theirs")
    assert answer.status_code == 303
    (image,) = db.session.get_one(Content, live.id).images
    assert (image.role, image.filename) == ("featured", "theirs.png")
    assert stands(live)[0] in ("in_step", "ours")


def test_what_is_in_the_trash_is_shown_and_put_back(real: Real, live: Content, owner_client: FlaskClient) -> None:
    post_id = str(live.external_id)
    real.edit("wp_trash_post( (int) $args[0] );", post_id)
    real.pull()
    assert stands(live)[0] == "gone"
    assert "In WordPress's trash" in owner_client.get(f"/content/{live.id}/drift/").text
    real.edit("wp_untrash_post( (int) $args[0] ); wp_publish_post( (int) $args[0] );", post_id)
    real.pull()
    assert stands(live) == ("in_step", {})
    real.edit("wp_trash_post( (int) $args[0] );", post_id)
    assert "In WordPress's trash" in owner_client.get(f"/content/{live.id}/drift/").text
    assert (stands(live)[0], db.session.get_one(Content, live.id).remote_status) == ("gone", "trash")  # no event yet
    real.edit("wp_delete_post( (int) $args[0], true );", post_id)
    real.forget()
    assert "Deleted in WordPress" in owner_client.get(f"/content/{live.id}/drift/").text
    assert db.session.get_one(Content, live.id).remote_status == "deleted"
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    run = real.work(newest(live))
    assert run.state == "succeeded", run.error
    assert stands(live) == ("in_step", {})


def test_out_of_the_trash_it_is_said_that_the_address_was_taken(
    real: Real, live: Content, owner_client: FlaskClient
) -> None:
    real.edit("wp_trash_post( (int) $args[0] );", str(live.external_id))
    real.pull()
    slug = live.slug
    taken = 'wp_insert_post( array( "post_title" => "Theirs", "post_status" => "publish", "post_name" => $args[0] ) );'
    real.edit(taken, slug)
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    run = real.work(newest(live))
    assert run.state == "succeeded", run.error
    assert f"The address ends in “{slug}-2”: “{slug}” is taken in WordPress" in (run.message or "")


def test_a_post_that_became_a_page_stops_a_publish_until_a_person_looked(
    real: Real, live: Content, owner_client: FlaskClient
) -> None:
    real.edit('set_post_type( (int) $args[0], "page" );', str(live.external_id))
    edit(live, title="Ours")
    run = real.publish(live)
    assert (run.state, (run.error or {}).get("code")) == ("failed", "EDITED_IN_WORDPRESS")
    assert "another type" in str(run.error)
    assert settle(owner_client, live.id, "publish_ours").status_code == 303
    assert real.work(newest(live)).state == "succeeded"


def test_a_viewer_looks_and_a_stranger_sees_nothing(
    real: Real, live: Content, viewer_client: FlaskClient, stranger_client: FlaskClient
) -> None:
    edit(live, title="Mine")
    page = viewer_client.get(f"/content/{live.id}/drift/").text
    assert "<ins>Mine</ins>" in page
    assert "Take all" not in page
    assert viewer_client.post(f"/content/{live.id}/drift/", data={"act": "take_all"}).status_code == 403
    assert stranger_client.get(f"/content/{live.id}/drift/").status_code == 404


def test_a_program_reads_both_versions_and_decides(real: Real, live: Content, caller: Caller) -> None:
    edit(live, title="Mine", excerpt="Mine")
    real.update(live, post_title="Theirs", post_excerpt="Theirs")
    real.pull()
    path = f"/content/{live.id}/conflict/"
    shown = caller("GET", path)
    fields = {field["name"]: field for field in shown.json["result"]["fields"]}
    assert (set(fields), shown.json["result"]["remote"]) == ({"title", "excerpt"}, "present")
    assert (fields["title"]["lines"][0]["theirs"], fields["title"]["lines"][0]["ours"]) == ("Theirs", "Mine")
    seen = {"If-Match": shown.headers["ETag"]}
    misspelt = caller("POST", path, json={"act": "apply", "choices": {"titel": "theirs"}}, headers=seen)
    assert misspelt.json["error"]["code"] == "FIELD_UNKNOWN"
    body = {"act": "apply", "choices": {"title": "theirs"}}
    real.update(live, post_title="Theirs again")
    late = caller("POST", path, json=body, headers=seen)
    assert (late.status_code, late.json["error"]["code"]) == (412, "PRECONDITION_FAILED")
    seen = {"If-Match": caller("GET", path).headers["ETag"], "Idempotency-Key": "k1"}
    decided = caller("POST", path, json=body, headers=seen)
    assert (decided.json["result"]["taken"], decided.json["result"]["undecided"]) == (["title"], ["excerpt"])
    assert db.session.get_one(Content, live.id).title == "Theirs again"
    assert caller("POST", path, json=body, headers=seen).data == decided.data
    soon = caller("POST", path, json={"act": "apply_publish"}, headers={"If-Match": "*"})
    assert (soon.status_code, soon.json["error"]["code"]) == (422, "UNDECIDED")
    over = caller("POST", path, json={"act": "publish_ours"}, headers={"If-Match": "*"})
    assert over.json["result"]["publishes"] is True
    run = real.work(newest(live))
    assert (run.state, real.post(live)["post_excerpt"]) == ("succeeded", "Mine")
    assert caller("GET", path).json["result"]["fields"] == []
