"""Whatever another plugin or the database does: all of it, or nothing."""

import threading
from contextlib import suppress
from typing import Any

import pytest

from tests.factories.live import wait_for
from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, image, payload, png, term

# What fails the publish, and the code it is told by.
BREAKERS = [
    ("throw", "HOOK_FAILED"),
    ("error", "HOOK_FAILED"),
    ("exit", "HOOK_FAILED"),
    ("die", "HOOK_FAILED"),
    ("fatal", "HOOK_FAILED"),
    ("ddl", "TRANSACTION_BROKEN"),
    ("raw_commit", "TRANSACTION_BROKEN"),
    ("kill_connection", "TRANSACTION_BROKEN"),
]


def rich(picture: bytes, content_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a body with everything that could be left behind; its terms are new."""
    return payload(
        content_id,
        terms=[term(fresh_id("Category")), term(fresh_id("tag"), "post_tag")],
        relations={"cluster": {"id": fresh_id("c"), "name": fresh_id("Cluster")}, "keyword_ids": ["1"]},
        seo={"title": "T", "description": "D", "focus_keywords": ["k"]},
        images=[image(picture, "featured"), image(picture, "gallery", 1)],
        **changes,
    )


@pytest.mark.parametrize("moment", ["draft", "live", "created_term", "set_object_terms", "transition_post_status"])
@pytest.mark.parametrize(("fault", "code"), BREAKERS)
def test_a_new_post_fails_and_leaves_nothing(
    site: Site, client: PluginClient, fault: str, code: str, moment: str
) -> None:
    before = site.traces()
    picture = png()
    body = rich(picture)
    client.post(body, "claim")
    client.upload(body, picture)
    site.break_with(**{fault: moment})
    answer = client.post(body, "publish")
    assert (answer.status, answer.code, answer.signed) == (500, code, True), answer.text
    assert answer.error["step"] in ("taxonomies", "content", "commit")
    site.clear_log()
    assert site.traces() == before
    site.break_with()
    assert client.publish(body, picture).result["post_status"] == "publish"


@pytest.mark.parametrize(("fault", "code"), BREAKERS)
def test_an_update_fails_and_the_old_version_stays_whole(
    site: Site, client: PluginClient, fault: str, code: str
) -> None:
    old_picture, picture = png(), png()
    body = rich(old_picture, post={"title": "Old", "content": "<p>Old text</p>"})
    first = client.publish(body, old_picture).result
    post_id = first["post_id"]
    before = (site.traces(), site.post(post_id), site.meta(post_id), site.term_names(post_id, "category"))
    update = rich(picture, body["content_id"], post={"title": "New", "content": "<p>New text</p>"})
    client.post(update, "claim")
    client.upload(update, picture)
    site.break_with(**{fault: "live"})
    answer = client.post(update, "publish")
    assert (answer.status, answer.code) == (500, code), answer.text
    site.clear_log()
    site.break_with()
    after = (site.traces(), site.post(post_id), site.meta(post_id), site.term_names(post_id, "category"))
    assert after == before
    assert "Old text" in site.fetch(first["permalink"]).text
    assert client.post(body, "claim").result["result"] == first
    assert client.publish(update, picture).result["post_id"] == post_id


@pytest.mark.parametrize("fault", ["commit", "nested"])
def test_a_hook_with_a_transaction_of_its_own_does_no_harm(site: Site, client: PluginClient, fault: str) -> None:
    picture = png()
    site.break_with(**{fault: "save"})
    result = client.publish(rich(picture), picture).result
    assert all(result["readback"].values())
    before = site.traces()
    body = rich(picture)
    client.post(body, "claim")
    site.break_with(**{fault: "draft", "throw": "set_object_terms"})
    assert client.post(body, "publish").code == "HOOK_FAILED"
    assert site.traces() == before


def test_a_term_that_is_refused_leaves_nothing(site: Site, client: PluginClient) -> None:
    before = site.traces()
    picture = png()
    body = rich(picture)
    body["terms"].append(term("Not this one"))
    site.break_with(refuse_term="Not this one")
    answer = client.publish(body, picture)
    assert (answer.code, answer.error["step"], answer.error["step_number"]) == ("TERM_FAILED", "taxonomies", 4)
    assert "Not this one" in answer.error["message"]
    assert site.traces() == before


def test_meta_that_is_not_stored_is_noticed_before_the_commit(site: Site, client: PluginClient) -> None:
    before = site.traces()
    site.break_with(lose_meta="_igny8_seo_title")
    answer = client.publish(payload(seo={"title": "T"}))
    assert (answer.code, answer.error["step"]) == ("READBACK_FAILED", "commit")
    assert answer.error["details"]["meta"] == ["_igny8_seo_title"]
    assert site.traces() == before


@pytest.mark.parametrize("moment", ["draft", "live", "created_term"])
def test_php_killed_in_the_middle_is_cleaned_at_the_next_try(site: Site, client: PluginClient, moment: str) -> None:
    before = site.traces()
    picture = png()
    body = rich(picture)
    client.post(body, "claim")
    client.upload(body, picture)
    site.break_with(crash=moment)
    site.crash(lambda: client.post(body, "publish"))
    site.break_with()
    # The same run goes on …
    result = client.publish(body, picture).result
    assert site.value(f"SELECT COUNT(*) FROM wp_postmeta WHERE meta_value = '{body['content_id']}'") == "1"
    # … and a content that nobody goes on with is cleaned once it is stale.
    other = rich(png())
    client.post(other, "claim")
    before = site.traces()
    site.break_with(crash=moment)
    site.crash(lambda: client.post({**other, "images": []}, "publish"))
    site.break_with()
    site.age_claim(other["content_id"])
    assert client.post({**other, "run_id": fresh_id("run")}, "claim").result["claim"] == "taken_over"
    assert site.traces() == before
    assert result["post_status"] == "publish"


def test_without_innodb_what_was_written_is_taken_back(site: Site, client: PluginClient) -> None:
    tables = ("wp_posts", "wp_postmeta", "wp_term_relationships", "wp_terms", "wp_term_taxonomy", "wp_termmeta")
    picture = png()
    body = rich(picture, post={"title": "Old"})
    post_id = client.publish(body, picture).result["post_id"]
    try:
        for table in tables:
            site.sql(f"ALTER TABLE {table} ENGINE = MyISAM")
        assert client.call("site-metadata").result["innodb"] is False
        before = (site.traces(), site.post(post_id), site.meta(post_id))
        site.break_with(throw="wp_after_insert_post")
        assert client.publish(payload(terms=[term(fresh_id("C"))])).code == "HOOK_FAILED"
        update = payload(body["content_id"], post={"title": "New"}, terms=[term(fresh_id("C"))])
        assert client.publish(update).code == "HOOK_FAILED"
        site.break_with()
        assert (site.traces(), site.post(post_id), site.meta(post_id)) == before
        assert client.publish(payload()).result["post_status"] == "publish"
    finally:
        for table in tables:
            site.sql(f"ALTER TABLE {table} ENGINE = InnoDB")


def test_a_row_that_somebody_else_locks_is_told_as_retryable(site: Site, client: PluginClient) -> None:
    body = payload(post={"title": "Old"})
    post_id = client.publish(body).result["post_id"]
    before = (site.traces(), site.post(post_id))
    sleeping = "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(60)%'"

    def lock() -> None:
        with suppress(RuntimeError):  # it is killed
            site.sql(f"START TRANSACTION; SELECT ID FROM wp_posts WHERE ID = {post_id} FOR UPDATE; SELECT SLEEP(60)")

    other = threading.Thread(target=lock)
    other.start()
    wait_for(lambda: site.sql(sleeping), what="the lock")
    site.break_with(impatient=True)
    answer = client.publish(payload(body["content_id"], post={"title": "New"}, terms=[term(fresh_id("L"))]))
    site.sql(f"KILL {site.value(sleeping)}")
    other.join()
    assert (answer.code, answer.error["retry_recommended"]) == ("DATABASE_ERROR", True)
    assert (site.traces(), site.post(post_id)) == before
    assert any("Lock wait timeout" in line for line in site.log())
    site.clear_log()


def test_missing_tables_are_told_with_a_cure(site: Site, client: PluginClient) -> None:
    site.sql("DELETE FROM wp_options WHERE option_name = 'igny8_swept_at'")  # it would sweep now
    site.sql("RENAME TABLE wp_igny8_nonces TO wp_igny8_gone")
    try:
        answer = client.call("status")
        assert (answer.status, answer.code) == (503, "TABLES_MISSING")
    finally:
        site.sql("RENAME TABLE wp_igny8_gone TO wp_igny8_nonces")
