"""Nothing that changed is lost, doubled in effect or told in the wrong order, whatever fails on the way."""

import threading
import time

import pytest
import requests

from tests.wordpress.app_stand_in import running
from tests.wordpress.conftest import on_one_core
from tests.wordpress.outbox import TIMES, Watched, watched
from tests.wordpress.plugin_client import payload

__all__ = ["watched"]


def rename(post_id: int, title: str) -> str:
    """Return PHP that gives a post a title."""
    return f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => '{title}' ) );"


def state(watched: Watched) -> str:
    """Return the state that senders share."""
    return watched.site.value("SELECT option_value FROM wp_options WHERE option_name = 'igny8_outbox_state'") or ""


def test_sequences_rise_and_tokens_are_new_with_each_change(watched: Watched) -> None:
    post_id = watched.post()
    events = []
    for title in ("B", "C"):
        watched.edit(rename(post_id, title))
        events += watched.sent()
    assert [event["post"]["title"] for event in events] == ["B", "C"]
    assert events[0]["sequence"] < events[1]["sequence"]
    assert events[0]["id"] != events[1]["id"]


def test_a_clock_that_goes_back_makes_no_change_look_old(watched: Watched) -> None:
    post_id = watched.post()
    watched.edit(rename(post_id, "B"))
    watched.site.sql("UPDATE wp_igny8_outbox SET sequence = sequence + 3600000000")
    (first,) = watched.sent()
    watched.edit(rename(post_id, "C"))
    (second,) = watched.sent()
    assert second["sequence"] > first["sequence"]


def test_what_changes_while_it_is_acknowledged_is_told_again(watched: Watched) -> None:
    post_id = watched.post()
    watched.edit(rename(post_id, "B"))

    def edit() -> None:
        watched.app.during = None
        watched.edit(rename(post_id, "C"))

    watched.app.during = edit
    assert [event["post"]["title"] for event in watched.sent()] == ["B", "C"]
    assert watched.rows() == []


def test_what_the_app_names_in_no_list_comes_again(watched: Watched) -> None:
    post_id = watched.post()
    watched.edit(rename(post_id, "B"))
    watched.app.keep = True
    (first,) = watched.sent()
    watched.app.keep = False
    assert watched.sent() == []
    watched.site.sql("UPDATE wp_igny8_outbox SET next_try = 0")
    (second,) = watched.sent()
    assert (first["id"], first["sequence"]) == (second["id"], second["sequence"])


@pytest.mark.parametrize("mood", [401, 404, 429, 502, 503])
def test_an_app_that_refuses_keeps_the_rows_and_is_left_alone_for_longer_each_time(watched: Watched, mood: int) -> None:
    one, other = watched.post(), watched.post()
    watched.app.mood = mood
    watched.edit(rename(one, "B"))
    waits = []
    for _ in range(3):
        watched.site.sql(
            "UPDATE wp_options SET option_value = JSON_SET(option_value, '$.retry_at', 0) "
            "WHERE option_name = 'igny8_outbox_state'"
        )
        watched.cron()
        waits.append(int(state(watched).split('"retry_at":')[1].split(",")[0]) / 1e6 - time.time())
    assert [round(wait / 10) for wait in waits] == [3, 6, 12]
    watched.cron()
    calls = len(watched.app.calls)
    watched.edit(rename(other, "B"))
    watched.cron()
    assert len(watched.app.calls) == calls
    assert len(watched.rows()) == 2
    watched.app.mood = "friendly"
    assert watched.changed() == [("post", "changed", one), ("post", "changed", other)]
    assert watched.rows() == []


def test_an_app_that_is_gone_for_a_day_learns_the_last_state_of_everything(watched: Watched) -> None:
    ids = [watched.post() for _ in range(3)]
    port = watched.app.port
    watched.app.shutdown()
    watched.app.server_close()
    for title in ("B", "C"):
        for post_id in ids:
            watched.edit(rename(post_id, title))
        watched.cron()
    watched.edit(f"wp_delete_post( {ids[2]}, true );")
    watched.site.sql("UPDATE wp_igny8_outbox SET first_at = first_at - 86400000000, due_at = due_at - 86400000000")
    with running(port) as back:
        back.key, back.secret = watched.app.key, watched.app.secret
        watched.drain()
        told = [(event["object_id"], event["kind"], (event["post"] or {}).get("title")) for event in back.events]
        assert sorted(told, key=lambda event: event[0]) == [
            (ids[0], "changed", "C"),
            (ids[1], "changed", "C"),
            (ids[2], "deleted", None),
        ]
        assert watched.rows() == []


@pytest.mark.parametrize("moment", ["pre_http_request", "http_api_debug"])
def test_a_sender_that_is_killed_loses_nothing(watched: Watched, moment: str) -> None:
    ids = [watched.post() for _ in range(3)]
    for post_id in ids:
        watched.edit(rename(post_id, "B"))
    kill = f"add_action( '{moment}', function () {{ posix_kill( getmypid(), SIGKILL ); }} ); IGNY8_Outbox::drain();"
    with pytest.raises(RuntimeError):
        watched.edit(kill)
    first = {event["id"] for event in watched.app.events}
    assert len(watched.rows()) == 3
    assert watched.sent() == []  # the lease of the dead one lasts
    time.sleep(TIMES["lease"] + 0.2)
    watched.site.sql("UPDATE wp_igny8_outbox SET next_try = 0")
    again = {event["id"] for event in watched.sent()}
    assert len(again) == 3
    assert first in (set(), again)
    assert watched.rows() == []


def test_two_senders_at_once_send_each_event_once(watched: Watched) -> None:
    watched.edit("for ( $i = 1; $i <= 120; $i++ ) { IGNY8_Outbox::touch( 'post', 500000 + $i ); }")
    watched.app.delay = 0.4
    senders = [threading.Thread(target=watched.drain) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    ids = [event["id"] for event in watched.app.events]
    assert (len(ids), len(set(ids))) == (120, 120)
    assert watched.rows() == []


def test_a_copy_of_the_site_sends_nothing(watched: Watched) -> None:
    watched.edit(rename(watched.post(), "B"))
    watched.site.break_with(outbox=TIMES, home_url="http://staging.example.com")
    assert "copy" in watched.drain()["problem"]
    watched.cron()
    assert watched.client.call("pull-updates").code == "SITE_CLONED"
    assert watched.app.calls == []
    assert len(watched.rows()) == 1


@pytest.mark.parametrize("status", [400, 413, 500])
def test_an_event_that_the_app_cannot_take_keeps_no_other_back(watched: Watched, status: int) -> None:
    ids = [watched.post() for _ in range(4)]
    for post_id in ids:
        watched.edit(rename(post_id, "B"))
    watched.app.refuse = lambda event: event["object_id"] == ids[1]
    watched.app.refuse_status = status
    for _ in range(2):
        watched.drain()
    assert sorted(event["object_id"] for event in watched.app.events) == [ids[0], ids[2], ids[3]]
    (row,) = watched.rows()
    assert (row["object_id"], row["attempts"]) == (str(ids[1]), "1")
    watched.app.refuse = lambda event: False
    watched.site.sql("UPDATE wp_igny8_outbox SET next_try = 0")
    assert watched.changed() == [("post", "changed", ids[1])]


def test_an_answer_that_is_not_signed_acknowledges_nothing(watched: Watched) -> None:
    watched.edit(rename(watched.post(), "B"))
    watched.app.forging = True
    assert len(watched.sent()) == 1
    assert len(watched.rows()) == 1


def test_pages_are_bounded_in_number_and_bytes(watched: Watched) -> None:
    big = watched.edit(
        "for ( $i = 0; $i < 3; $i++ ) { echo wp_insert_post( array( 'post_title' => 'Big', 'post_status' => 'publish', "
        "'post_content' => str_repeat( 'word ', 400000 ) ) ) . ' '; }"
    ).split()
    watched.edit("for ( $i = 1; $i <= 60; $i++ ) { IGNY8_Outbox::touch( 'post', 500000 + $i ); }")
    assert len(watched.sent()) == 63
    assert max(watched.app.sizes) < 4_200_000
    assert len(watched.app.sizes) >= 3
    assert watched.rows() == []
    watched.edit("".join(f"wp_delete_post( {post_id}, true );" for post_id in big))


@on_one_core
def test_ten_thousand_changes_drain_in_bounded_memory(watched: Watched) -> None:
    watched.site.sql(
        "INSERT INTO wp_posts (post_title, post_content, post_status, post_name, post_type, post_excerpt, to_ping, "
        "pinged, post_content_filtered, post_date, post_date_gmt, post_modified, post_modified_gmt) "
        "SELECT CONCAT('Bulk ', seq), REPEAT('word ', 1000), 'publish', CONCAT('bulk-', seq), 'post', '', '', '', '', "
        "NOW(), NOW(), NOW(), NOW() FROM seq_1_to_10000"
    )
    seconds = watched.edit(
        "$ids = $wpdb->get_col( \"SELECT ID FROM $wpdb->posts WHERE post_name LIKE 'bulk-%'\" ); "
        "$began = microtime( 1 ); "
        "foreach ( $ids as $id ) { IGNY8_Outbox::touch( 'post', $id ); } echo microtime( 1 ) - $began;"
    )
    figures = watched.edit(
        "$began = microtime( 1 ); $before = memory_get_usage(); IGNY8_Outbox::drain( 600 ); "
        "printf( '%.1f s, %d MB', microtime( 1 ) - $began, ( memory_get_peak_usage() - $before ) >> 20 );"
    )
    assert len({event["object_id"] for event in watched.app.events}) == 10_000
    assert watched.rows() == []
    assert float(seconds) < 20, "an editor's save costs next to nothing"
    assert int(figures.split(", ")[1].split()[0]) < 32
    assert len(watched.app.sizes) >= 200
    watched.site.sql("DELETE FROM wp_posts WHERE post_name LIKE 'bulk-%'")


def test_what_is_due_goes_out_at_the_end_of_any_request_whose_answer_is_out(watched: Watched) -> None:
    watched.edit(rename(watched.post(), "B"))
    watched.site.fetch(watched.site.wordpress.url)
    assert watched.app.calls == []  # somebody would wait
    watched.site.break_with(outbox=TIMES, finish_request=True)
    watched.client.call("status")
    assert watched.app.calls == []  # the app itself
    watched.site.fetch(watched.site.wordpress.url)
    assert len(watched.app.events) == 1
    assert watched.rows() == []


def test_the_heartbeat_of_an_open_editor_sends_too(watched: Watched) -> None:
    watched.edit(rename(watched.post(), "B"))
    url = f"{watched.site.wordpress.url}/wp-admin/admin-ajax.php"
    requests.post(url, data={"action": "heartbeat"}, timeout=30)
    assert len(watched.app.events) == 1


def test_cron_is_scheduled_once_and_sends(watched: Watched) -> None:
    count = "echo count( array_filter( _get_cron_array(), function ( $at ) { return isset( $at['igny8_drain'] ); } ) );"
    # WordPress's own tasks call servers that are out of reach here, and take their time to notice.
    assert watched.edit("delete_option( 'cron' ); IGNY8_Outbox_Sender::schedule(); " + count) == "1"
    watched.edit(rename(watched.post(), "B"))
    watched.edit(
        "wp_clear_scheduled_hook( 'igny8_drain' ); wp_schedule_event( time() - 5, 'igny8_minute', 'igny8_drain' );"
    )
    requests.get(f"{watched.site.wordpress.url}/wp-cron.php", timeout=30)
    assert len(watched.app.events) == 1
    assert watched.edit(count) == "1"


def test_a_site_that_cannot_call_out_is_asked(watched: Watched) -> None:
    ids = [watched.post() for _ in range(3)]
    watched.app.mood = 503
    for post_id in ids:
        watched.edit(rename(post_id, "B"))
    watched.drain()  # in vain
    first = watched.client.call("pull-updates", query={"limit": "2"}).result
    assert (first["acknowledged"], len(first["events"]), first["more"]) == (0, 2, True)
    assert watched.client.call("pull-updates", query={"limit": "2"}).result == first
    watched.edit(rename(first["events"][0]["object_id"], "C"))
    ack = ",".join(event["id"] for event in first["events"])
    second = watched.client.call("pull-updates", query={"limit": "2", "ack": ack}).result
    assert (second["acknowledged"], len(second["events"]), second["more"]) == (1, 2, False)
    assert "C" in [event["post"]["title"] for event in second["events"]]
    ack = ",".join(event["id"] for event in second["events"])
    last = watched.client.call("pull-updates", query={"ack": ack}).result
    assert (last["acknowledged"], last["events"], last["more"], last["next_due_in"]) == (2, [], False, None)


def test_what_was_pulled_and_taken_back_is_told(watched: Watched) -> None:
    result = watched.client.publish(payload(post={"title": "A"})).result
    watched.edit(rename(result["post_id"], "B"))
    (event,) = watched.client.call("pull-updates").result["events"]
    watched.client.call("pull-updates", query={"ack": event["id"]})
    watched.edit(rename(result["post_id"], "A"))
    (event,) = watched.client.call("pull-updates").result["events"]
    assert event["post"]["title"] == "A"


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"ack": "nonsense"}])
def test_a_parameter_that_is_none_is_refused(watched: Watched, query: dict[str, str]) -> None:
    assert watched.client.call("pull-updates", query=query).code == "BAD_REQUEST"


def test_the_figures_of_the_outbox(watched: Watched) -> None:
    figures = "echo wp_json_encode( IGNY8_Outbox::stats() );"
    watched.edit(rename(watched.post(), "B"))
    assert '"depth":1' in watched.edit(figures)
    watched.app.mood = 503
    watched.drain()
    assert '"failing":1,"last_delivered_at":null' in watched.edit(figures)
    watched.app.mood = "friendly"
    watched.drain()
    left = watched.edit(figures)
    assert '"depth":0,"oldest_at":null,"failing":0' in left
    assert '"last_delivered_at":"20' in left


def test_an_older_table_is_brought_up_to_date_by_the_apps_first_request(watched: Watched) -> None:
    watched.site.sql("DROP TABLE wp_igny8_outbox")
    watched.site.sql("ALTER TABLE wp_igny8_map DROP COLUMN told")
    watched.site.sql("UPDATE wp_options SET option_value = '1' WHERE option_name = 'igny8_db_version'")
    assert watched.client.publish(payload()).result["state_hash"]
    assert watched.rows() == []


def test_waits_of_single_events_end_when_the_app_is_back(watched: Watched) -> None:
    ids = [watched.post() for _ in range(4)]
    for post_id in ids:
        watched.edit(rename(post_id, "B"))
    watched.app.mood = 500
    for _ in range(12):  # hours of it
        watched.site.sql("UPDATE wp_igny8_outbox SET next_try = 0")
        watched.drain()
    waits = [int(row["next_try"] or 0) / 1e6 - time.time() for row in watched.rows()]
    assert max(waits) > 3000
    watched.app.mood = "friendly"
    watched.site.sql("UPDATE wp_igny8_outbox SET next_try = 0 ORDER BY next_try LIMIT 1")
    told = watched.changed()
    assert told == [("post", "changed", post_id) for post_id in ids]
    assert watched.rows() == []
