"""A site that nobody visits after a save: the app learns of it all the same, by a nudge and its own question."""

import json
import time
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select, update

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.scheduler import PeriodicTick
from app.mirror.models import RemoteChange, RemoteState
from app.publishing import services
from app.sites.models import Site, WordPressConnection
from app.sync.inbound import pull
from app.sync.models import SiteSync
from tests.factories.blog import Blog
from tests.factories.live import LiveApp, wait_for
from tests.factories.things import make_content
from tests.sync.real import Real
from tests.wordpress.test_nudge import PASSWORD

BUSY = 20  # seconds that a machine with other work may take for what takes another five; without a word it takes longer
OUTBOX = {"delay": 4, "at_most": 300, "settle": 0, "nudge": 20}


@pytest.fixture
def real(site: Site, blog: Blog) -> Real:
    return Real(site, blog)


@pytest.fixture
def live(real: Real) -> Content:
    """A content that is live in WordPress; nothing of it waits in the outbox."""
    content = make_content(real.site, title="Cold brew")
    db.session.commit()
    assert real.publish(content).state == "succeeded"
    real.forget()
    return content


def save(real: Real, password: str, content: Content, title: str) -> None:
    """Save the post as the block editor does."""
    address = f"{real.wordpress.url}/?rest_route=/wp/v2/posts/{content.external_id}"
    answer = requests.post(address, json={"title": title}, auth=("admin", password), timeout=60)
    assert answer.status_code == 200, answer.text


def title_of(content: Content) -> str:
    db.session.rollback()
    return str(db.session.scalar(select(Content.title).where(Content.id == content.id)))


def start(real: Real, workers: LiveApp, **times: float) -> str:
    """Have the app run beside a site with these times of its outbox; a password of the site's administrator."""
    password = real.wordpress.run_php(PASSWORD)
    real.blog.pair(real.site, workers.env["PUBLIC_URL"])
    real.faults(outbox={**OUTBOX, **times})
    real.sql("DELETE FROM wp_options WHERE option_name LIKE 'igny8_outbox%'")
    workers.start_worker()
    workers.start_scheduler()
    wait_for(lambda: are_at_work(real), what="worker and scheduler")
    return password


def clicks(real: Real, live: Content, workers: LiveApp, delay: float) -> float:
    """Save three times while the app runs; the seconds from the last save to its effect here."""
    password = start(real, workers, delay=delay)
    for title in ("First", "Second", "Third"):
        save(real, password, live, title)
        time.sleep(1)
    saved = time.monotonic()
    wait_for(lambda: title_of(live) == "Third", what="the change to arrive")
    return time.monotonic() - saved


def are_at_work(real: Real) -> bool:
    """Fetch something once, through scheduler and worker."""
    row = db.session.get(SiteSync, real.site.id)
    if row is None:
        pull.plan_pull(real.site.account_id, real.site.id, utcnow())
        db.session.commit()
    db.session.rollback()
    db.session.expire_all()
    return row is not None and row.pulled_at is not None


def test_clicks_without_a_visit_after_them_arrive_in_time(real: Real, live: Content, workers: LiveApp) -> None:
    assert clicks(real, live, workers, 4) < 4 + BUSY
    # Once it is back, the app compares the site too, and may take an earlier title by that.
    (change,) = db.session.scalars(select(RemoteChange).where(RemoteChange.cause == "event"))
    assert "title" in change.taken
    wait_for(lambda: real.sql("SELECT COUNT(*) AS n FROM wp_igny8_outbox WHERE object <> 'stats'")[0]["n"] == "0")


def status_of(content: Content) -> str:
    db.session.rollback()
    return str(db.session.scalar(select(Content.remote_status).where(Content.id == content.id)))


def test_a_post_that_goes_arrives_in_ten_seconds_though_another_was_saved_just_before(
    real: Real, live: Content, workers: LiveApp
) -> None:
    password = start(real, workers, delay=30, settle=5)
    real.edit("wp_insert_post( array( 'post_title' => 'Another', 'post_status' => 'draft', 'post_content' => 'x' ) );")
    address = f"{real.wordpress.url}/?rest_route=/wp/v2/posts/{live.external_id}"
    began = time.monotonic()
    assert requests.delete(address, auth=("admin", password), timeout=60).json()["status"] == "trash"
    wait_for(lambda: status_of(live) == "trash", what="the trash to be told")
    assert time.monotonic() - began < BUSY  # after 30 s it would be due without that


def test_after_an_outage_of_the_app_changes_arrive_in_time_again(real: Real, live: Content, workers: LiveApp) -> None:
    """The plugin waits longer and longer after failures; the app, when it is back, asks how each site is."""
    password = real.wordpress.run_php(PASSWORD)
    real.blog.pair(real.site, workers.env["PUBLIC_URL"])
    real.faults(outbox=OUTBOX)
    waiting = json.dumps(
        {"failures": 9, "retry_at": int((time.time() + 3600) * 1e6), "key": real.site.connection.key_id}
    )
    until = f"{int((time.time() + 300) * 1e6)} 0 300"
    for name, value in (("igny8_outbox_state", waiting), ("igny8_outbox_nudge", until)):
        real.sql(f"REPLACE INTO wp_options (option_name, option_value, autoload) VALUES ('{name}', '{value}', 'no')")
    db.session.execute(update(WordPressConnection).values(health_due_at=utcnow() + timedelta(minutes=5)))
    db.session.merge(PeriodicTick(name="alive", last_at=utcnow() - timedelta(hours=24)))
    db.session.commit()
    save(real, password, live, "While it was away")
    workers.start_worker()
    workers.start_scheduler()
    wait_for(lambda: title_of(live) == "While it was away", what="what waited to arrive")
    save(real, password, live, "Afterwards")
    saved = time.monotonic()
    wait_for(lambda: title_of(live) == "Afterwards", what="the change to arrive")
    assert time.monotonic() - saved < OUTBOX["delay"] + BUSY


def test_an_edit_that_stopped_a_publish_is_taken_with_its_event(real: Real, live: Content) -> None:
    real.update(live, post_title="Edited there")
    run = real.publish(live)
    assert run.state == "failed"
    assert run.error["code"] == "EDITED_IN_WORDPRESS"
    real.pull()
    assert title_of(live) == "Edited there"
    real.pull()
    assert len(db.session.scalars(select(RemoteChange)).all()) == 1


def test_permalink_settings_that_change_move_every_address_here(real: Real, live: Content) -> None:
    old = live.external_url
    term = make_content(real.site, title="Espresso", content_type="Taxonomy", taxonomy="category")
    db.session.commit()
    assert real.publish(term).state == "succeeded"
    real.pull()
    pull.pull(real.site.account_id, real.site.id)
    real.edit("update_option( 'permalink_structure', '/blog/%category%/%postname%/' );")
    real.edit("update_option( 'category_base', 'topics' );")
    pull.pull(real.site.account_id, real.site.id)
    run = db.session.scalars(select(Run).where(Run.kind == "links")).one()
    assert real.work(run).state == "succeeded", run.error
    assert run.data == {"moved": 2}
    db.session.refresh(live)
    db.session.refresh(term)
    state = db.session.scalars(select(RemoteState).where(RemoteState.content_id == live.id)).one()
    assert old != live.external_url == state.permalink
    assert "/blog/" in str(live.external_url)
    assert "/topics/" in str(term.external_url)
    assert db.session.scalars(select(RemoteState.permalink).order_by(RemoteState.id)).all() == [
        live.external_url,
        term.external_url,
    ]
    assert live.version == 1
    pull.pull(real.site.account_id, real.site.id)
    hashes = [one.params["links"] for one in db.session.scalars(select(Run).where(Run.kind == "links"))]
    assert hashes == [run.params["links"]]


def test_the_seo_fields_of_a_term_come_back(real: Real) -> None:
    content = make_content(
        real.site,
        title="Espresso",
        content_html="<p>About it.</p>",
        content_type="Taxonomy",
        taxonomy="category",
        seo_title="Ours",
        focus_keywords=["crema"],
    )
    db.session.commit()
    assert real.publish(content).state == "succeeded"
    real.forget()
    real.edit(f"wp_update_term( {content.external_id}, 'category', array( 'slug' => 'crema' ) );")
    real.pull()
    db.session.refresh(content)
    assert (content.seo_title, content.focus_keywords, content.slug) == ("Ours", ["crema"], "crema")
    real.edit(f"update_term_meta( {content.external_id}, '_igny8_seo_title', 'Theirs' );")
    assert real.pull() == 1
    db.session.refresh(content)
    assert (content.seo_title, content.focus_keywords) == ("Theirs", ["crema"])


def test_a_title_of_thousands_of_characters_goes_there_and_back(real: Real, live: Content) -> None:
    long = "Long " * 1500 + "end"
    real.update(live, post_title=long)
    real.pull()
    assert title_of(live) == long
    run = services.start_publishes(live.account_id, [live.id], THE_APP)[0]
    real.work(run)
    assert real.post(live)["post_title"] == long
