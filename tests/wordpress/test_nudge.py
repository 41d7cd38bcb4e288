"""The app is told that something changed, in a moment or not at all."""

import time

import pytest
import requests

from tests.factories.live import wait_for
from tests.wordpress.conftest import Site
from tests.wordpress.outbox import TIMES, Watched, watched
from tests.wordpress.plugin_client import payload
from tests.wordpress.test_progress import hanging_app, pair_with

__all__ = ["watched"]
NUDGED = "SELECT option_value FROM wp_options WHERE option_name = 'igny8_outbox_nudge'"
PASSWORD = "<?php echo WP_Application_Passwords::create_new_application_password( 1, array( 'name' => uniqid() ) )[0];"


@pytest.fixture(scope="module")
def password(paired_site: Site) -> str:
    """A password of the administrator for requests that are no browser's."""
    return paired_site.wordpress.run_php(PASSWORD)


@pytest.fixture
def told(watched: Watched) -> Watched:
    """The site with the times that it has in life."""
    watched.site.break_with(outbox={"delay": 30, "nudge": 20})
    return watched


def save(site: Site, password: str, post_id: int, title: str) -> float:
    """Save a post as the editor does, over HTTP; the seconds that its answer took."""
    address = f"{site.wordpress.url}/?rest_route=/wp/v2/posts/{post_id}"
    began = time.monotonic()
    answer = requests.post(address, json={"title": title}, auth=("admin", password), timeout=60)
    took = time.monotonic() - began
    assert (answer.status_code, answer.json()["title"]["raw"]) == (200, title)
    return took


def again(site: Site, seconds: float = 0) -> None:
    """Make it look as if the last nudge had been so long ago, or forget it altogether."""
    until = f"CAST(SUBSTRING_INDEX(option_value, ' ', 1) AS UNSIGNED) - {int(seconds * 1e6)}" if seconds else "0"
    change = f"CONCAT({until}, ' ', SUBSTRING(option_value, LOCATE(' ', option_value) + 1))" if seconds else "'0 0'"
    site.sql(f"UPDATE wp_options SET option_value = {change} WHERE option_name = 'igny8_outbox_nudge'")


def test_several_clicks_are_told_once(told: Watched, password: str) -> None:
    post_id = told.post()
    again(told.site)
    for title in ("A", "B", "C"):
        save(told.site, password, post_id, title)
    wait_for(lambda: told.app.bodies("nudge"))
    (word,) = told.app.bodies("nudge")
    assert 15 < word["due_in"] <= 30
    again(told.site, 10)
    save(told.site, password, post_id, "D")
    assert len(told.app.bodies("nudge")) == 1
    again(told.site, 10)
    save(told.site, password, post_id, "E")
    wait_for(lambda: len(told.app.bodies("nudge")) == 2)
    assert told.app.bodies("events") == []


def test_a_post_that_goes_is_told_at_once_unless_the_app_asks_in_time(told: Watched) -> None:
    first, second, third = told.post(), told.post(), told.post()
    again(told.site)
    told.edit(f"wp_update_post( array( 'ID' => {first}, 'post_title' => 'B' ) );")
    wait_for(lambda: len(told.app.bodies("nudge")) == 1)
    told.edit(f"wp_trash_post( {second} );")
    wait_for(lambda: len(told.app.bodies("nudge")) == 2)
    told.edit(f"wp_delete_post( {third}, true );")  # the app asks in less than 5 s, and is told then when to ask again
    told.site.sql("UPDATE wp_igny8_outbox SET due_at = due_at - 5000000")
    told.edit(f"wp_update_post( array( 'ID' => {first}, 'post_title' => 'C' ) );")
    usual, soon = (body["due_in"] for body in told.app.bodies("nudge"))
    assert 15 < usual <= 30
    assert 0 < soon <= 5
    gone = told.client.call("pull-updates").result["events"]
    assert {(event["object_id"], event["kind"]) for event in gone} == {(second, "trashed"), (third, "deleted")}


def test_who_asks_is_told_when_to_ask_again(told: Watched) -> None:
    post_id = told.post()
    told.edit(f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'B' ) );")
    answer = told.client.call("pull-updates").result
    assert answer["events"] == []
    assert 15 < answer["next_due_in"] <= 30
    told.site.sql("UPDATE wp_igny8_outbox SET due_at = due_at - 40000000")
    answer = told.client.call("pull-updates").result
    assert (len(answer["events"]), answer["next_due_in"]) == (1, None)


def test_a_publish_and_what_nobody_watches_tell_nothing(told: Watched) -> None:
    again(told.site)
    told.client.publish(payload())
    user = "wp_insert_user( array( 'user_login' => uniqid(), 'user_pass' => 'x' ) );"
    told.edit("update_option( 'blogname', 'Test & site' ); " + user)
    time.sleep(0.3)
    assert told.app.bodies("nudge") == []


def test_permalink_settings_that_change_are_told_at_once(told: Watched) -> None:
    before = told.client.call("pull-updates").result["links"]
    assert told.client.call("health").result["links"] == before
    again(told.site)
    try:
        told.edit("update_option( 'permalink_structure', '/%category%/%postname%/' );")
        wait_for(lambda: told.app.bodies("nudge"))
        assert told.app.bodies("nudge") == [{"due_in": 0}]
        named = told.client.call("pull-updates").result["links"]
        assert named != before
        told.edit("wp_update_term( 1, 'category', array( 'slug' => uniqid() ) );")
        assert told.client.call("pull-updates").result["links"] != named
    finally:
        told.edit("update_option( 'permalink_structure', '/%postname%/' );")
        told.edit("wp_update_term( 1, 'category', array( 'slug' => 'uncategorized' ) );")
    assert told.client.call("pull-updates").result["links"] == before


def test_addresses_alone_can_be_asked_for(told: Watched) -> None:
    ids = [told.post(post_title=title) for title in ("One", "Two")]
    told.post(post_title="Draft", post_status="trash")
    whole = told.client.call("posts", query={"ids": ",".join(map(str, ids))}).result["items"]
    query = {"fields": "links", "after": str(ids[0] - 1), "limit": "5000"}
    links = told.client.call("posts", query=query).result
    assert links == {"items": [[one["id"], one["permalink"]] for one in whole], "next": None}


def test_a_copy_of_the_site_and_one_that_the_app_refused_tell_nothing(told: Watched) -> None:
    post_id = told.post()
    again(told.site)
    edit = f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => uniqid() ) );"
    told.edit("add_filter( 'home_url', static fn () => 'https://staging.example.com' ); " + edit)
    assert told.app.bodies("nudge") == []
    told.app.mood = 503
    told.drain()
    told.site.sql("UPDATE wp_igny8_outbox SET due_at = 1")
    told.drain()
    told.app.mood = "friendly"
    told.edit(edit)
    assert told.app.bodies("nudge") == []


@pytest.mark.parametrize("kind", ["down", "hanging", "unreachable", "no name server"])
def test_an_app_that_is_not_there_neither_slows_nor_fails_a_save(told: Watched, password: str, kind: str) -> None:
    post_id = told.post()
    with hanging_app() as port:
        address = {
            "down": "http://127.0.0.1:9",
            "hanging": f"http://127.0.0.1:{port}",
            "unreachable": "https://192.0.2.1",
            "no name server": "https://app.invalid",
        }[kind]
        pair_with(told.site, address, told.app.key, told.app.secret)
        told.site.break_with(outbox={**TIMES, "delay": 30})
        quiet = min(save(told.site, password, post_id, f"Q{number}") for number in range(3))
        told.site.break_with(outbox={"delay": 30, "nudge": 20})
        again(told.site)
        assert save(told.site, password, post_id, "Told") < quiet + 0.6
        until, _, *wait = (told.site.value(NUDGED) or "").split()
        pause = int(until) / 1e6 - time.time()
        assert (wait == []) if kind == "hanging" else (wait == ["20"])
        assert 0 < pause <= 20
        assert min(save(told.site, password, post_id, f"N{number}") for number in range(3)) < quiet + 0.15


def test_failures_make_the_wait_longer_and_a_word_of_the_app_ends_it(told: Watched, password: str) -> None:
    post_id = told.post()
    pair_with(told.site, "http://127.0.0.1:9", told.app.key, told.app.secret)
    waits = []
    for number in range(6):
        told.site.sql(
            "UPDATE wp_options SET option_value = CONCAT('0 ', SUBSTRING(option_value, LOCATE(' ', option_value) + 1)) "
            "WHERE option_name = 'igny8_outbox_nudge'"
        )
        save(told.site, password, post_id, f"Nobody there {number}")
        waits.append((told.site.value(NUDGED) or "").split()[-1])
    assert waits == ["20", "40", "80", "160", "300", "300"]
    told.site.sql(
        "REPLACE INTO wp_options (option_name, option_value, autoload) VALUES ('igny8_outbox_state', "
        f"""'{{"failures":9,"retry_at":{int((time.time() + 3600) * 1e6)},"key":"{told.app.key}"}}', 'no')"""
    )
    pair_with(told.site, f"http://127.0.0.1:{told.app.server_port}", told.app.key, told.app.secret)
    save(told.site, password, post_id, "Still waiting")
    assert told.app.bodies("nudge") == []
    assert told.client.call("health").result["outbox"]["depth"] == 1
    save(told.site, password, post_id, "Back")
    wait_for(lambda: len(told.app.bodies("nudge")) == 1)
    assert len((told.site.value(NUDGED) or "").split()) == 2
    stored = told.site.value("SELECT option_value FROM wp_options WHERE option_name = 'igny8_outbox_state'") or ""
    assert '"retry_at":0' in stored
    assert '"failures":9' in stored
