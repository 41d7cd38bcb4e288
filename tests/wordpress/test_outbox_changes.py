"""Each kind of change in WordPress becomes one event, however many clicks it took."""

import pytest

from app.sync.inbound.events import read_inbound_events
from tests.wordpress.outbox import TIMES, Watched, watched
from tests.wordpress.plugin_client import fresh_id

__all__ = ["watched"]

FIELDS = {
    "id",
    "object",
    "object_id",
    "taxonomy",
    "kind",
    "sequence",
    "changed_at",
    "changed_by",
    "content_id",
    "task_id",
    "post",
    "term",
    "terms",
}


# What a person does to post {id}, and what the event then says of the post.
EDITS = {
    "title": ("wp_update_post( array( 'ID' => {id}, 'post_title' => 'New' ) );", {"title": "New"}),
    "slug": ("wp_update_post( array( 'ID' => {id}, 'post_name' => 'moved' ) );", {"slug": "moved"}),
    "status": ("wp_update_post( array( 'ID' => {id}, 'post_status' => 'private' ) );", {"status": "private"}),
    "seo": ("update_post_meta( {id}, '_igny8_seo_title', 'T' );", {}),
    "focus": ("add_post_meta( {id}, '_igny8_focus_keywords', 'a, b' );", {}),
    "template": ("update_post_meta( {id}, '_wp_page_template', 'wide.php' );", {"template": "wide.php"}),
    "cluster meta": ("update_post_meta( {id}, '_igny8_cluster_id', '12' );", {}),
    "untrash": ("wp_trash_post( {id} ); wp_untrash_post( {id} );", {"status": "draft"}),
    "tags": ("wp_set_object_terms( {id}, array( 'red', 'blue' ), 'post_tag' );", {}),
    "tag taken": (
        "wp_set_object_terms( {id}, 'green', 'post_tag' ); wp_remove_object_terms( {id}, 'green', 'post_tag' );",
        {},
    ),
    "all terms taken": ("wp_delete_object_term_relationships( {id}, 'category' );", {}),
}


@pytest.mark.parametrize("kind", EDITS)
def test_a_change_of_a_post_is_one_event_after_many_clicks(watched: Watched, kind: str) -> None:
    php, expected = EDITS[kind]
    post_id = watched.post()
    for _ in range(3):
        watched.edit(php.replace("{id}", str(post_id)))
    events = [event for event in watched.sent() if event["object"] == "post"]
    assert len(events) == 1
    event = events[0]
    assert set(event) == FIELDS
    assert (event["object_id"], event["kind"], event["post"]["id"]) == (post_id, "changed", post_id)
    assert {name: event["post"][name] for name in expected} == expected
    assert event["changed_by"] == {"id": event["changed_by"]["id"], "name": "Erin Editor"}
    assert read_inbound_events([event])[1] == []
    assert event["terms"] == [t for t in event["terms"] if t["term_id"] in event["post"]["terms"][t["taxonomy"]]]
    assert watched.rows() == []
    assert watched.sent() == []


def test_trash_and_deletion_are_told_with_what_the_post_was(watched: Watched) -> None:
    post_id = watched.post()
    watched.edit(f"update_post_meta( {post_id}, '_igny8_run_id', 'run-of-ours' );")
    watched.edit(f"update_post_meta( {post_id}, '_igny8_task_id', '15' ); wp_trash_post( {post_id} );")
    (event,) = watched.sent()
    assert (event["kind"], event["post"], event["task_id"]) == ("trashed", None, "15")
    watched.edit(f"update_post_meta( {post_id}, '_igny8_content_id', '42' );")
    watched.forget()
    watched.edit(f"wp_delete_post( {post_id}, true );")
    (event,) = watched.sent()
    assert (event["kind"], event["post"], event["task_id"], event["content_id"]) == ("deleted", None, "15", "42")
    assert read_inbound_events([event])[1] == []


def test_a_deletion_that_is_overtaken_is_told_as_a_change(watched: Watched) -> None:
    post_id = watched.post()
    watched.edit(f"wp_trash_post( {post_id} ); wp_untrash_post( {post_id} ); wp_publish_post( {post_id} );")
    assert watched.changed() == [("post", "changed", post_id)]


def test_terms_made_renamed_moved_and_deleted(watched: Watched) -> None:
    coffee, beans, tea = fresh_id("Coffee"), fresh_id("Beans"), fresh_id("tea")
    watched.forget()
    made = watched.edit(
        f"$a = wp_insert_term( '{coffee}', 'category' ); $b = wp_insert_term( '{beans}', 'category', "
        "array( 'parent' => $a['term_id'] ) ); echo $a['term_id'] . ' ' . $b['term_id'];"
    )
    parent, child = (int(part) for part in made.split())
    events = watched.sent()
    told = [(event["kind"], event["object_id"], event["taxonomy"], event["term"]["name"]) for event in events]
    assert told == [("changed", parent, "category", coffee), ("changed", child, "category", beans)]
    assert read_inbound_events(events)[1] == []
    for _ in range(3):
        watched.edit(f"wp_update_term( {parent}, 'category', array( 'name' => 'Tea', 'slug' => '{tea}' ) );")
    (event,) = watched.sent()
    assert (event["term"]["name"], event["term"]["slug"]) == ("Tea", tea)
    post_id = watched.post()
    watched.edit(f"wp_set_object_terms( {post_id}, {parent}, 'category' );")
    watched.sent()
    watched.edit(f"wp_delete_term( {parent}, 'category' );")
    found = {(event["object"], event["object_id"]): event for event in watched.sent()}
    assert set(found) == {("term", parent), ("term", child), ("post", post_id)}
    assert (found["term", parent]["kind"], found["term", parent]["term"]) == ("deleted", None)
    assert found["term", child]["term"]["parent"] == 0
    assert found["post", post_id]["post"]["terms"]["category"] == [1]
    watched.edit(f"wp_delete_term( {child}, 'category' );")


def test_clusters_and_sectors_are_terms_too(watched: Watched) -> None:
    post_id = watched.post()
    watched.edit(f"wp_set_object_terms( {post_id}, 'Brewing', 'igny8_cluster' );")
    events = {event["object"]: event for event in watched.sent()}
    assert [term["name"] for term in events["post"]["terms"] if term["taxonomy"] == "igny8_cluster"] == ["Brewing"]
    assert events["term"]["taxonomy"] == "igny8_cluster"


def test_deleting_an_image_tells_of_the_posts_that_it_was_featured_in(watched: Watched) -> None:
    one, other = watched.post(), watched.post()
    image = watched.edit("echo wp_insert_attachment( array( 'post_title' => 'i', 'post_mime_type' => 'image/png' ) );")
    for post_id in (one, other):
        watched.edit(f"update_post_meta( {post_id}, '_thumbnail_id', {image} );")
    watched.sent()
    watched.edit(f"wp_delete_attachment( {image}, true );")
    assert watched.changed() == [("post", "changed", one), ("post", "changed", other)]


def test_a_page_that_moves_takes_the_addresses_below_along(watched: Watched) -> None:
    top = watched.post(post_type="page", post_name="top")
    middle = watched.post(post_type="page", post_name="middle", post_parent=top)
    low = watched.post(post_type="page", post_name="low", post_parent=middle)
    watched.edit(f"wp_update_post( array( 'ID' => {top}, 'post_name' => 'summit' ) );")
    events = {event["object_id"]: event for event in watched.sent()}
    assert set(events) == {top, middle, low}
    assert events[low]["post"]["permalink"].endswith("/summit/middle/low/")


def test_what_all_in_one_seo_keeps_in_its_table_is_noticed(watched: Watched) -> None:
    post_id = watched.post()
    watched.site.break_with(outbox=TIMES, seo_plugin="aioseo")
    watched.edit(f"AIOSEO\\Plugin\\Common\\Models\\Post::savePost( {post_id}, array( 'title' => 'From AIOSEO' ) );")
    (event,) = watched.sent()
    assert event["post"]["seo"]["title"] == "From AIOSEO"


NOTHING = {
    "an auto-draft": "get_default_post_to_edit( 'post', true );",
    "a revision": "wp_save_post_revision( {id} );",
    "an autosave": "_wp_put_post_revision( {id}, true );",
    "a menu item": "wp_update_nav_menu_item( 0, 0, array( 'menu-item-title' => 'x' ) );",
    "an attachment": "wp_insert_attachment( array( 'post_title' => 'i', 'post_mime_type' => 'image/png' ) );",
    "a type that is not enabled": "wp_insert_post( array( 'post_title' => 'b', 'post_type' => 'wp_block' ) );",
    "meta of others": "update_post_meta( {id}, '_edit_lock', time() . ':1' ); update_post_meta( {id}, 'views', 3 );",
    "the same meta": "update_post_meta( {id}, '_igny8_seo_title', 'same' );",
    "the same terms": "wp_set_object_terms( {id}, array( 1 ), 'category' );",
    "terms of a user": "register_taxonomy( 'job', 'user' ); wp_set_object_terms( {id}, array( 1 ), 'job' );",
    "a count": "wp_update_term_count_now( array( 1 ), 'category' );",
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_is_no_change_of_a_post_is_not_noted(watched: Watched, what: str) -> None:
    post_id = watched.post()
    watched.edit(f"update_post_meta( {post_id}, '_igny8_seo_title', 'same' );")
    watched.forget()
    watched.edit("require_once ABSPATH . 'wp-admin/includes/admin.php';" + NOTHING[what].replace("{id}", str(post_id)))
    assert [row for row in watched.rows() if row["part"] != "nav_menu"] == []


def test_a_save_costs_one_statement_and_never_fails(watched: Watched) -> None:
    watched.times(settle=5, delay=30)
    post_id = watched.post()
    count = (
        "$n = 0; add_filter( 'query', function ( $q ) use ( &$n ) { $n += false !== strpos( $q, 'igny8_outbox' ); "
        f"return $q; }} ); wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'B', 'tags_input' => 'a', "
        "'meta_input' => array( '_igny8_seo_title' => 'x' ) ) ); echo $n;"
    )
    assert watched.edit(count) == "2"  # the post and the new tag
    watched.site.sql("RENAME TABLE wp_igny8_outbox TO wp_igny8_gone")
    try:
        assert watched.edit(count.replace("'B'", "'C'") + "echo ' ' . $wpdb->last_error;") == "1 "
    finally:
        watched.site.sql("RENAME TABLE wp_igny8_gone TO wp_igny8_outbox")
    assert watched.site.post(post_id)["post_title"] == "C"


def test_what_others_find_in_wpdb_is_theirs(watched: Watched) -> None:
    watched.forget()
    php = (
        "$wpdb->insert( $wpdb->options, array( 'option_name' => 'mine', 'option_value' => 1 ) ); "
        "$id = $wpdb->insert_id; "
        "IGNY8_Outbox::touch( 'post', 5 ); echo (int) ( $id === $wpdb->insert_id && 1 === $wpdb->rows_affected ); "
        "delete_option( 'mine' );"
    )
    assert watched.edit(php) == "1"


def test_the_waiting_time_begins_anew_with_each_change_up_to_five_minutes(watched: Watched) -> None:
    watched.times(delay=30, settle=5)
    post_id = watched.post()
    watched.edit(f"IGNY8_Outbox::touch( 'post', {post_id} );")
    first = int(watched.rows()[0]["due_at"] or 0)
    watched.site.sql(
        "UPDATE wp_igny8_outbox SET first_at = first_at - 250000000, "
        "due_at = due_at - 20000000, changed_at = changed_at - 20000000"
    )
    watched.edit(f"IGNY8_Outbox::touch( 'post', {post_id} );")
    row = watched.rows()[0]
    assert 0 <= int(row["due_at"] or 0) - first < 10_000_000
    watched.site.sql("UPDATE wp_igny8_outbox SET first_at = first_at - 500000000")
    watched.edit(f"IGNY8_Outbox::touch( 'post', {post_id} );")
    row = watched.rows()[0]
    assert int(row["due_at"] or 0) - int(row["changed_at"] or 0) == 5_000_000
    assert watched.sent() == []


# Right after the row of the post was written, before any hook that tells of it; and at the very end of the save.
@pytest.mark.parametrize("moment", ["clean_post_cache", "wp_after_insert_post"])
def test_a_process_that_dies_in_or_after_a_save_loses_no_change(watched: Watched, moment: str) -> None:
    post_id = watched.post()
    with pytest.raises(RuntimeError):
        watched.edit(
            f"add_action( '{moment}', function () {{ posix_kill( getmypid(), SIGKILL ); }}, 99 ); "
            f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'Saved' ) );"
        )
    (event,) = watched.sent()
    assert event["post"]["title"] == watched.site.post(post_id)["post_title"] == "Saved"


def test_what_an_editor_does_in_the_browser_is_told(watched: Watched) -> None:
    """Quick Edit, which saves the post, its slug and its terms in one request."""
    post_id = watched.post()
    watched.times(delay=30, settle=5)
    watched.edit(
        "require_once ABSPATH . 'wp-admin/includes/admin.php'; edit_post( array( 'post_ID' => "
        f"{post_id}, 'post_type' => 'post', 'post_title' => 'Quick', 'post_name' => 'quick', "
        "'post_status' => 'publish', 'tax_input' => array( 'post_tag' => 'one, two' ), "
        "'post_category' => array( 1 ), 'content' => 'Text' ) );"
    )
    assert [row["object"] for row in watched.rows() if row["object_id"] == str(post_id)] == ["post"]
    assert watched.sent() == []  # not yet
    watched.site.sql("UPDATE wp_igny8_outbox SET due_at = due_at - 30000000")
    (event,) = [event for event in watched.sent() if event["object"] == "post"]
    assert (event["post"]["slug"], len(event["post"]["terms"]["post_tag"])) == ("quick", 2)


# How a post goes or comes back, from the status it has before.
GOES = {
    "trashed": ("publish", "wp_trash_post( {id} );"),
    "trashed by its status": ("publish", "wp_update_post( array( 'ID' => {id}, 'post_status' => 'trash' ) );"),
    "made a draft": ("publish", "wp_update_post( array( 'ID' => {id}, 'post_status' => 'draft' ) );"),
    "deleted": ("publish", "wp_delete_post( {id}, true );"),
    "deleted from the trash": ("trash", "wp_delete_post( {id}, true );"),
    "taken out of the trash": ("trash", "wp_untrash_post( {id} );"),
}


@pytest.mark.parametrize("kind", GOES)
def test_a_post_that_goes_or_comes_back_is_due_at_once_whatever_follows(watched: Watched, kind: str) -> None:
    status, php = GOES[kind]
    post_id = watched.post(post_status=status)
    watched.times(delay=30, settle=5)
    watched.edit(f"wp_set_object_terms( {post_id}, 'red', 'post_tag' ); " + php.replace("{id}", str(post_id)))
    watched.edit(f"wp_set_object_terms( {post_id}, 'blue', 'post_tag' );")
    (row,) = [row for row in watched.rows() if row["object"] == "post"]
    first, due, last = (int(row[name] or 0) / 1e6 for name in ("first_at", "due_at", "changed_at"))
    assert 5 <= due - first < 8
    assert due - last >= 5 or last < first + 1
