"""Events: each once, in order, and none that stops the others."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.content.models import Content
from app.content.services import count_in_clusters
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror import incoming
from app.mirror.apply import apply_post_items
from app.mirror.models import RemoteChange, RemoteState
from app.publishing.models import PublishRun
from app.sites import signing
from app.sites.models import Site
from app.sync.models import SiteSync
from app.taxonomy.models import ContentTaxonomy
from tests.factories.people import make_account
from tests.factories.plugin import Plugin, post, post_event, post_item, term_event, term_item
from tests.factories.things import make_cluster, make_content, make_site, make_term


@pytest.fixture
def imported(site: Site) -> Site:
    """The site after its first import: posts 1 to 3."""
    apply_post_items(site.account_id, site.id, [post(number) for number in (1, 2, 3)])
    db.session.add(SiteSync(site_id=site.id, account_id=site.account_id, imported_at=utcnow()))
    db.session.commit()
    return site


def content_of(post_id: int) -> Content:
    stmt = select(Content).join(RemoteState, RemoteState.content_id == Content.id)
    return db.session.scalars(stmt.where(RemoteState.external_id == post_id, RemoteState.kind == "post")).one()


def acknowledged(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return list(answer.json["result"]["acknowledged"])


def test_a_change_arrives_and_the_answer_is_signed(imported: Site, plugin: Plugin) -> None:
    event = post_event(post_item(1, title="New"))
    answer = plugin.tell(event)
    assert answer.json == {"ok": True, "result": {"acknowledged": [event["id"]], "refused": []}}
    assert answer.headers[signing.RESPONSE_HEADER]
    assert content_of(1).title == "New"


def test_the_same_event_from_twenty_threads_is_applied_once(imported: Site, plugin: Plugin, app: Flask) -> None:
    event = post_event(post_item(1, title="New"), terms=[term_item(5)])
    answers = plugin.at_once(app, "POST", f"/integrations/{plugin.site_id}/events/", [{"events": [event]}] * 20)
    assert [answer.status_code for answer in answers] == [200] * 20
    assert (content_of(1).version, content_of(1).title) == (2, "New")
    assert db.session.scalar(select(func.count()).select_from(RemoteChange)) == 1
    assert db.session.scalar(select(func.count()).select_from(ContentTaxonomy)) == 1


def test_new_posts_from_many_threads_are_never_doubled(imported: Site, plugin: Plugin, app: Flask) -> None:
    bodies = [{"events": [post_event(post_item(50 + n)) for n in range(10)]} for _ in range(8)]
    answers = plugin.at_once(app, "POST", f"/integrations/{plugin.site_id}/events/", bodies)
    assert {answer.status_code for answer in answers} == {200}
    assert db.session.scalar(select(func.count()).select_from(Content)) == 13


def test_a_replayed_request_is_refused(imported: Site, plugin: Plugin) -> None:
    path, body = f"/integrations/{plugin.site_id}/events/", json.dumps({"events": [post_event(post_item(1))]}).encode()
    headers = plugin.headers("POST", path, body)
    codes = [plugin.client.post(path, data=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in codes] == [200, 401]
    assert codes[1].json["error"]["code"] == "NONCE_REPLAYED"


def test_what_comes_late_changes_nothing_and_is_acknowledged(imported: Site, plugin: Plugin) -> None:
    first, second = post_event(post_item(1, title="First")), post_event(post_item(1, title="Second"))
    assert acknowledged(plugin.tell(second)) == [second["id"]]
    assert acknowledged(plugin.tell(first, second)) == [first["id"], second["id"]]
    assert content_of(1).title == "Second"


def test_of_several_events_of_one_object_the_last_counts(imported: Site, plugin: Plugin) -> None:
    first, second = post_event(post_item(1, title="First")), post_event(post_item(1, title="Second"))
    plugin.tell(second, first)
    assert (content_of(1).title, content_of(1).version) == ("Second", 2)


def test_trash_keeps_the_content_as_a_draft_and_untrash_heals(imported: Site, plugin: Plugin) -> None:
    content = content_of(2)
    content.status, content.published_at = "published", utcnow()
    db.session.commit()
    plugin.tell(post_event(2, "trashed"))
    content = content_of(2)
    assert (content.status, content.remote_status, content.external_id) == ("draft", "trash", None)
    assert content.external_url == "https://example.com/post-2/"
    assert db.session.scalars(select(RemoteChange)).one().message == "Put in the trash in WordPress."
    plugin.tell(post_event(post_item(2)))
    content = content_of(2)
    assert (content.status, content.remote_status, content.external_id) == ("published", "publish", 2)
    plugin.tell(post_event(2, "deleted"))
    content = content_of(2)
    state = db.session.scalars(select(RemoteState).where(RemoteState.content_id == content.id)).one()
    assert (content.status, content.remote_status, state.gone_at is not None) == ("draft", "deleted", True)


def test_a_new_post_comes_in_once_the_site_was_imported(site: Site, plugin: Plugin) -> None:
    first, second = post_event(post_item(9)), post_event(post_item(9))
    assert acknowledged(plugin.tell(first)) == [first["id"]]
    assert db.session.scalar(select(func.count()).select_from(Content)) == 0
    db.session.add(SiteSync(site_id=site.id, account_id=site.account_id, imported_at=utcnow()))
    db.session.commit()
    plugin.tell(second)
    assert content_of(9).source == "wordpress"


def test_what_was_published_from_here_finds_its_own_row(site: Site, plugin: Plugin) -> None:
    content = make_content(site, title="Ours")
    plugin.tell(post_event(post_item(9, title="Ours", content_id=str(content.id))))
    assert (content_of(9).id, content_of(9).source) == (content.id, "igny8")


def test_terms_are_renamed_merged_and_deleted(imported: Site, plugin: Plugin) -> None:
    plugin.tell(post_event(post_item(1, terms={"category": [5, 6]}), terms=[term_item(5), term_item(6)]))
    plugin.tell(term_event(term_item(5, name="Renamed")))
    assert [one.name for one in content_of(1).terms] == ["Renamed", "Term 6"]
    wanted = db.session.scalars(select(ContentTaxonomy).where(ContentTaxonomy.external_id == 6)).one()
    draft = make_content(imported, title="Wants it")
    draft.terms = [wanted]
    db.session.commit()
    plugin.tell(term_event(term_item(5), "deleted"), term_event(term_item(6), "deleted"))
    assert content_of(1).terms == []
    kept = db.session.scalars(select(ContentTaxonomy)).one()
    assert (kept.id, kept.external_id) == (wanted.id, None)


def test_a_deleted_term_gives_way_to_ours_of_its_slug(imported: Site, plugin: Plugin) -> None:
    plugin.tell(term_event(term_item(5, name="News", slug="news")))
    theirs = db.session.scalars(select(ContentTaxonomy)).one()
    ours, draft = make_term(imported, "News"), make_content(imported)
    draft.terms = [theirs]
    db.session.commit()
    plugin.tell(term_event(term_item(5), "deleted"))
    assert [one.id for one in db.session.get_one(Content, draft.id).terms] == [ours.id]


def test_a_change_of_cluster_moves_the_content(imported: Site, plugin: Plugin, app: Flask) -> None:
    one, two = make_cluster(imported), make_cluster(imported)
    content = make_content(imported)
    for cluster in (one, two):
        plugin.tell(post_event(post_item(9, content_id=str(content.id), relations={"cluster_id": str(cluster.id)})))
    counts = [count_in_clusters(imported.account_id, cluster.id) for cluster in (one, two)]
    assert counts == [{}, {"Article": 1}]


def test_an_event_that_cannot_be_read_stops_no_other(imported: Site, plugin: Plugin) -> None:
    good, bad = post_event(post_item(1, title="New")), post_event(post_item(2), sequence="soon")
    other = post_event(post_item(3)) | {"object_id": 4}
    answer = plugin.tell(bad, good, other)
    assert acknowledged(answer) == [good["id"]]
    refused = answer.json["result"]["refused"]
    assert [(one["id"], one["code"]) for one in refused] == [(bad["id"], "BAD_EVENT"), (other["id"], "BAD_EVENT")]
    assert content_of(1).title == "New"


def test_one_that_the_database_refuses_stops_no_other(
    imported: Site, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "MAX_EMAIL", 100_000)  # as if a limit had been forgotten
    author = {"id": 1, "email": "x" * 5000, "name": "Ann"}
    bad, good = post_event(post_item(1, author=author)), post_event(post_item(2, title="New"))
    answer = plugin.tell(bad, good)
    assert acknowledged(answer) == [good["id"]]
    assert answer.json["result"]["refused"][0]["code"] == "VALUE_REFUSED"
    assert (content_of(1).version, content_of(2).title) == (1, "New")


def test_the_state_that_a_publish_is_making_waits_for_it(imported: Site, plugin: Plugin) -> None:
    content = content_of(1)
    run = Run(account_id=content.account_id, site_id=imported.id, kind="publish", title="P", job="j", state="running")
    db.session.add(run)
    db.session.flush()
    attempt = PublishRun(account_id=content.account_id, content_id=content.id, site_id=imported.id, run_id=run.id)
    db.session.add(attempt)
    db.session.commit()
    event = post_event(post_item(1, title="New", run_id=str(run.id)))
    assert acknowledged(plugin.tell(event)) == []
    db.session.execute(update(PublishRun).values(result={"post_id": 1}))
    later = Run(account_id=content.account_id, site_id=imported.id, kind="publish", title="P", job="j")
    db.session.add(later)
    db.session.flush()
    again = PublishRun(account_id=content.account_id, content_id=content.id, site_id=imported.id, run_id=later.id)
    again.result = {"post_id": 1}
    db.session.add(again)
    db.session.commit()
    assert acknowledged(plugin.tell(event)) == [event["id"]]  # overtaken by the later publish
    assert content_of(1).title == "Post 1"
    assert set(db.session.scalars(select(RemoteState.published_hash))) == {""}


def test_another_sites_ids_do_nothing(imported: Site, plugin: Plugin, app: Flask) -> None:
    other = make_site_of_a_stranger()
    stranger = Plugin(app.test_client(), other)
    content = content_of(1)
    stranger.tell(post_event(post_item(1, title="Stolen", content_id=str(content.id))))
    assert content_of(1).title == "Post 1"
    path = f"/integrations/{plugin.site_id}/events/"
    body = json.dumps({"events": [post_event(post_item(1))]}).encode()
    answer = app.test_client().post(path, data=body, headers=stranger.headers("POST", path, body))
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def make_site_of_a_stranger() -> Site:
    return make_site(make_account("Elsewhere"))
