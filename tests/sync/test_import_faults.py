"""Imports that are interrupted: killed, paused, cancelled, in the way of a publish, or of a site that fails."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

import jobs
from app.content.models import Content
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.runs import Run, services
from app.mirror.site_locks import is_being_read, publish_lock, read_lock
from app.sites.models import Site
from app.sync.imports import limits, site_imports
from app.sync.imports.models import ImportProblem
from tests.factories.blog import Blog
from tests.factories.imports import (
    add_post,
    add_posts,
    asked_of,
    import_all,
    import_of,
    plugin_code,
    start,
    titles,
    work,
)
from tests.factories.live import LiveApp, has_ended, let_the_lease_pass, state_of, wait_for


@pytest.fixture
def paired(site: Site, blog: Blog) -> Blog:
    blog.pair(site)
    return blog


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty items a page."""
    monkeypatch.setattr(site_imports, "FIRST_LIMIT", 20)
    monkeypatch.setattr(limits, "MOST_ITEMS", 20)


def count(site: Site) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Content).where(Content.site_id == site.id)) or 0


@pytest.mark.parametrize("seen", [1, 300])
def test_a_killed_import_goes_on_from_its_cursor_and_doubles_nothing(
    site: Site, paired: Blog, workers: LiveApp, seen: int
) -> None:
    add_posts(paired, 1500, size=3000)
    paired.slow_down(0.3)
    first = workers.start_worker("bulk")
    run = start(site)
    wait_for(lambda: import_of(run).done >= seen, what="the import to be in the middle")
    workers.kill(first)
    done = import_of(run).done
    assert (state_of(run), done < 1500, count(site)) == ("running", True, done)
    paired.slow_down(0)
    let_the_lease_pass()
    workers.start_worker("bulk")
    wait_for(lambda: has_ended(run), what="the second worker to finish")
    found = import_of(run)
    assert (state_of(run), found.done, found.created, count(site)) == ("succeeded", 1500, 1500, 1500)


def test_pause_stops_at_a_page_and_resume_goes_on(app: Flask, site: Site, paired: Blog, workers: LiveApp) -> None:
    add_posts(paired, 1200, size=3000)
    paired.slow_down(0.3)
    workers.start_worker("bulk")
    run = start(site)
    wait_for(lambda: import_of(run).done, what="the first page")
    site_imports.pause_site_import(site.account_id, run.id)
    db.session.commit()
    wait_for(lambda: state_of(run) == "cancelled", what="the pause")
    found = import_of(run)
    assert 0 < found.done < 1200
    assert db.session.get_one(Run, run.id).message == (f"Paused at {found.done:,} of 1,200. What was imported stays.")
    assert count(site) == found.done
    site_imports.resume_site_import(site.account_id, run.id)
    db.session.commit()
    wait_for(lambda: state_of(run) == "succeeded", what="the end")
    assert (import_of(run).created, count(site), import_of(run).paused) == (1200, 1200, False)
    assert (import_of(run).done, import_of(run).total, import_of(run).left_out) == (1200, 1200, 0)


def test_an_import_that_waits_is_paused_and_cancelled_at_once(site: Site, paired: Blog) -> None:
    run = start(site)
    site_imports.pause_site_import(site.account_id, run.id)
    db.session.commit()
    assert (run.state, run.message) == ("cancelled", "Paused. What was imported stays.")
    site_imports.cancel_site_import(site.account_id, run.id)
    db.session.commit()
    assert (run.state, run.message, import_of(run).paused) == (
        "cancelled",
        "Cancelled. What was imported stays.",
        False,
    )


def test_a_newer_import_stands_in_the_way_of_resuming_an_old_one(site: Site, paired: Blog) -> None:
    old = start(site)
    site_imports.pause_site_import(site.account_id, old.id)
    db.session.commit()
    newer = start(site)
    assert newer.id != old.id
    with pytest.raises(Conflict, match="newer import"):
        site_imports.resume_site_import(site.account_id, old.id)
    db.session.rollback()
    assert work(newer).state == "succeeded"
    services.retry(old)
    db.session.commit()
    assert work(old).error["code"] == "IMPORT_OVER"  # type: ignore[index]


@pytest.mark.usefixtures("small_pages")
def test_pages_that_change_meanwhile_bring_everything_once(site: Site, paired: Blog) -> None:
    add_posts(paired, 100)
    first = int(paired.wordpress.sql("SELECT MIN(ID) AS n FROM wp_posts WHERE post_type='post'")[0]["n"] or 0)
    code = (
        f"if ( {asked_of('posts')} && preg_match('/after=([0-9]+)/', $_SERVER['REQUEST_URI'], $m) && $m[1] > {first} )"
        " { add_action('init', function () { global $wpdb; static $n = 0;"
        f" $wpdb->query(\"UPDATE $wpdb->posts SET post_title = 'Late' WHERE ID = {first + 99}\");"
        f' $wpdb->query("DELETE FROM $wpdb->posts WHERE ID = {first + 90}");'
        " wp_insert_post(['post_title' => 'New ' . $_SERVER['REQUEST_URI'], 'post_status' => 'publish']); }); }"
    )
    with plugin_code(paired, code):
        found = import_all(site)
    assert "Late" in titles(site)
    assert count(site) == found.created == found.done
    assert len(set(titles(site))) == found.created
    new = int(paired.wordpress.sql("SELECT COUNT(*) AS n FROM wp_posts WHERE post_title LIKE 'New %'")[0]["n"] or 0)
    again = import_all(site)
    assert count(site) == 99 + new
    assert again.done == 99 + new


def failing(paired: Blog, times: int, answer: str) -> Any:
    """WordPress fails so many requests for posts, then works."""
    counter = paired.wordpress.root / "failures"
    counter.write_text("0")
    return plugin_code(
        paired,
        f"if ( {asked_of('posts')} ) {{ $f = '{counter}'; $n = (int) file_get_contents($f);"
        f" if ( $n < {times} ) {{ file_put_contents($f, $n + 1); {answer} }} }}",
    )


def test_a_site_in_maintenance_is_asked_again_until_it_is_back(site: Site, paired: Blog) -> None:
    add_posts(paired, 5)
    with failing(paired, 7, "header('Retry-After: 20'); http_response_code(503); echo 'Briefly unavailable'; exit;"):
        run = start(site)
        jobs.execute(str(run.id))
        db.session.rollback()
        run = db.session.get_one(Run, run.id)
        assert (run.state, run.attempt) == ("queued", 0)
        assert run.step == "WordPress is in maintenance mode. Trying again in 20 s"
        assert import_of(run).failures == 1
        assert work(run).state == "succeeded"
    assert (count(site), import_of(run).failures) == (5, 0)


def test_a_site_that_never_comes_back_fails_with_a_cure_and_can_be_tried_again(site: Site, paired: Blog) -> None:
    add_posts(paired, 5)
    with failing(paired, 10_000, "http_response_code(503); echo 'Briefly unavailable'; exit;"):
        run = work(start(site), rounds=limits.MOST_FAILURES + 3)
        assert run.state == "failed"
        assert run.error["code"] == "MAINTENANCE"  # type: ignore[index]
    site_imports.resume_site_import(site.account_id, run.id)
    db.session.commit()
    assert work(run).state == "succeeded"
    assert count(site) == 5


def test_a_post_that_breaks_the_site_is_left_out_and_told(site: Site, paired: Blog) -> None:
    add_posts(paired, 10)
    poison = int(paired.wordpress.sql("SELECT ID AS n FROM wp_posts WHERE post_name = 'post-4'")[0]["n"] or 0)
    code = (
        f"if ( {asked_of('posts')} && false === strpos($_SERVER['REQUEST_URI'], 'fields=hashes') )"
        " { add_filter('query', function ($q) {"
        f" if ( preg_match('/IN \\\\([0-9, ]*\\\\b{poison}\\\\b/s', $q) )"
        " { http_response_code(500); echo 'Fatal error'; exit; } return $q; }); }"
    )
    with plugin_code(paired, code):
        run = work(start(site), rounds=30)
    assert (run.state, run.error) == ("succeeded", None), (run.error, vars(import_of(run)), poison)
    (problem,) = db.session.scalars(select(ImportProblem)).all()
    assert (problem.object_id, count(site)) == (poison, 9)
    assert problem.message.startswith("It could not be read and was left out")
    found = import_of(run)
    assert (found.done, found.created, found.left_out) == (10, 9, 1)
    assert "9 new, 0 updated, 0 unchanged, 1 left out (1 that could not be imported" in (run.message or "")


def test_posts_of_five_megabytes_come_through_whole(site: Site, paired: Blog) -> None:
    part = "<p>A long \\ 'post' with 😀 and <b>markup</b>.</p>\n"
    text = part * 110_000
    for number in range(2):
        post = add_post(paired, title=f"Long {number}", content=part)
        paired.wordpress.sql(
            f"UPDATE wp_posts SET post_content = CONCAT(REPEAT(post_content, 110000), '{number}') WHERE ID = {post}"
        )
    assert len(text.encode()) > 5_000_000
    found = import_all(site)
    assert (found.created, found.problems, found.done) == (2, 0, 2)
    stored = db.session.scalars(select(Content.content_html).order_by(Content.id)).all()
    assert list(stored) == [text + "0", text + "1"]


def test_an_answer_that_is_too_large_is_asked_for_in_smaller_parts(
    site: Site, paired: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_posts(paired, 40, size=9000)
    huge = add_post(paired, title="Huge", content="x" * 200_000)
    monkeypatch.setattr("app.sync.imports.reader.MAX_PAGE_BYTES", 100_000)
    found = import_all(site)
    (problem,) = db.session.scalars(select(ImportProblem)).all()
    assert (problem.object_id, found.created, found.done) == (huge, 40, 41)


def test_a_publish_goes_first_and_only_one_reads(app: Flask, site: Site, paired: Blog) -> None:
    add_posts(paired, 3)
    run, site_id = start(site), site.id

    def import_it() -> None:
        with app.app_context():
            jobs.execute(str(run_id))
            db.session.remove()

    run_id = run.id
    with publish_lock(site_id) as ours:
        assert ours
        thread = threading.Thread(target=import_it)
        thread.start()
        threading.Event().wait(1.5)
        assert count(site) == 0
        assert not is_being_read(site_id)
    thread.join(30)
    assert count(site) == 3
    stop = threading.Event()
    with read_lock(db.engine, site_id, stop) as first:
        assert (first, is_being_read(site_id)) == (True, True)
        stop.set()
        with read_lock(db.engine, site_id, stop) as second:
            assert not second


def test_an_old_plugin_is_named_as_what_it_is(site: Site, paired: Blog) -> None:
    add_posts(paired, 3)
    code = (
        "add_filter('rest_endpoints', function ($e) { foreach (array_keys($e) as $k) if ("
        " preg_match('#^/igny8/v1/(posts|taxonomies)#', $k)) unset($e[$k]); return $e; }, 999);"
        " if (isset($_GET['igny8_route']) && in_array($_GET['igny8_route'], ['posts', 'taxonomies'])) {"
        " http_response_code(404); exit; }"
    )
    with plugin_code(paired, code):
        run = work(start(site))
    assert run.state == "failed"
    assert (run.error["code"], run.error["message"]) == (  # type: ignore[index]
        "ROUTE_UNKNOWN",
        "The plugin on this site is too old to import from.",
    )
    assert "Download the plugin" in run.error["cure"]  # type: ignore[index]
