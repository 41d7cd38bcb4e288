"""A nudge has the site's events fetched when they are due; nothing is lost, whatever fails."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.clock import utcnow
from app.core.extensions import db, limiter
from app.core.runs import Run
from app.mirror.models import AppliedSequence, RemoteChange
from app.mirror.upkeep import forget_old
from app.sites.models import Site, WordPressConnection
from app.sites.wordpress import WordPressClient
from app.sites.wordpress_errors import wordpress_error
from app.sync.inbound import pull
from app.sync.models import SiteSync
from app.taxonomy.models import ContentTaxonomy
from tests.factories.people import make_account
from tests.factories.plugin import Plugin, post_event, post_item, term_item
from tests.factories.things import make_content, make_site, make_term

Answers = dict[str, list[Any]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> tuple[Answers, list[tuple[str, dict[str, str]]]]:
    """What the site's plugin answers to each route, in turn (an exception is raised), and what it was asked."""
    answers: Answers = {}
    calls: list[tuple[str, dict[str, str]]] = []

    def get(_self: WordPressClient, name: str, query: dict[str, str] | None = None, **_: Any) -> dict[str, Any]:
        calls.append((name, dict(query or {})))
        answer = answers[name].pop(0) if answers.get(name) else {}
        if isinstance(answer, Exception):
            raise answer
        return dict(answer() if isinstance(answer, Callable) else answer)  # type: ignore[arg-type]

    monkeypatch.setattr(WordPressClient, "get", get)
    return answers, calls


def nudge(plugin: Plugin, due_in: Any = 30, **more: str) -> Any:
    return plugin.send("POST", f"/integrations/{plugin.site_id}/nudge/", {"due_in": due_in}, **more)


def planned(site: Site) -> float | None:
    """Seconds until the site's events are fetched."""
    db.session.expire_all()
    row = db.session.get(SiteSync, site.id)
    return None if row is None or row.pull_due_at is None else (row.pull_due_at - utcnow()).total_seconds()


def test_a_nudge_plans_one_pull_and_the_earlier_one_stands(plugin: Plugin, site: Site) -> None:
    answer = nudge(plugin)
    assert (answer.status_code, answer.json) == (200, {"ok": True, "result": {}})
    assert 28 < (planned(site) or 0) <= 30
    nudge(plugin, 50)
    assert 27 < (planned(site) or 0) <= 30
    nudge(plugin, 3)
    assert 1 < (planned(site) or 0) <= 3
    assert db.session.scalar(select(func.count()).select_from(SiteSync)) == 1
    assert pull.claim_due() == []


def test_a_nudge_comes_once_and_only_from_its_site(plugin: Plugin, site: Site, app: Flask) -> None:
    path = f"/integrations/{site.id}/nudge/"
    headers = plugin.headers("POST", path, b'{"due_in": 1}')
    answers = [app.test_client().post(path, data=b'{"due_in": 1}', headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[1].json["error"]["code"] == "NONCE_REPLAYED"
    stranger = Plugin(app.test_client(), make_site(make_account("Elsewhere")))
    answer = stranger.send("POST", path, {"due_in": 1})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")
    assert app.test_client().post(path, data=b"{}").json["error"]["code"] == "SIGNATURE_MISSING"
    assert db.session.get(SiteSync, stranger.site_id) is None


@pytest.mark.parametrize("due_in", [-1, 3601, "soon", None, float("inf")])
def test_a_nudge_that_cannot_be_read_is_refused(plugin: Plugin, site: Site, due_in: Any) -> None:
    assert nudge(plugin, due_in).status_code == 400
    assert planned(site) is None


def test_a_site_that_nudges_too_often_is_told_the_time_left(plugin: Plugin, client: FlaskClient) -> None:
    limiter.enabled = True
    try:
        answers = [nudge(plugin) for _ in range(31)]
        assert [answer.status_code for answer in answers] == [200] * 30 + [429]
        left = int(answers[-1].headers["Retry-After"])
        time.sleep(2.1)
        assert 1 <= int(nudge(plugin).headers["Retry-After"]) <= max(1, left - 1)
    finally:
        limiter.enabled = False


def test_what_is_due_is_given_to_one_caller_until_its_lease_ends(plugin: Plugin, site: Site) -> None:
    nudge(plugin, 0)
    assert (pull.claim_due(), pull.claim_due()) == ([(site.account_id, site.id)], [])
    db.session.get_one(SiteSync, site.id).pull_lease_until = utcnow() - timedelta(seconds=1)
    db.session.commit()
    assert pull.claim_due() == [(site.account_id, site.id)]


def test_events_are_applied_acknowledged_and_asked_for_again(plugin: Plugin, site: Site, asked: Any) -> None:
    db.session.add(SiteSync(site_id=site.id, account_id=site.account_id, imported_at=utcnow()))
    db.session.commit()
    answers, calls = asked
    event = post_event(post_item(9, title="Fetched"))
    broken = {"id": "b" * 32, "object": "nothing"}
    answers["pull-updates"] = [
        {"events": [event, broken], "more": False, "next_due_in": 0},
        {"acknowledged": 2, "events": [], "more": False, "next_due_in": 12.5},
    ]
    nudge(plugin, 0)
    pull.claim_due()
    pulled = pull.pull_planned(site.account_id, site.id)
    assert (pulled.events, pulled.acknowledged) == (2, 2)
    assert calls == [
        ("pull-updates", {"limit": "50"}),
        ("pull-updates", {"limit": "50", "ack": f"{event['id']},{broken['id']}"}),
    ]
    assert 11 < (planned(site) or 0) <= 12.5
    assert db.session.get_one(SiteSync, site.id).pull_lease_until is None


def test_a_nudge_that_comes_while_events_are_fetched_is_heeded(plugin: Plugin, site: Site, asked: Any) -> None:
    answers, _calls = asked
    nudge(plugin, 0)
    pull.claim_due()

    def answer() -> dict[str, Any]:
        nudge(plugin, 20)
        return {"events": [], "more": False, "next_due_in": None}

    answers["pull-updates"] = [answer]
    pull.pull_planned(site.account_id, site.id)
    assert 18 < (planned(site) or 0) <= 20


def test_a_site_that_does_not_answer_is_left_to_the_next_look(plugin: Plugin, site: Site, asked: Any) -> None:
    answers, _calls = asked
    answers["pull-updates"] = [wordpress_error("TIMEOUT")]
    nudge(plugin, 0)
    pull.claim_due()
    assert pull.pull_planned(site.account_id, site.id).events == 0
    assert planned(site) is None
    assert db.session.get_one(SiteSync, site.id).pull_lease_until is None


def test_an_event_that_cannot_be_taken_yet_comes_again(
    plugin: Plugin, site: Site, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, calls = asked
    monkeypatch.setattr(pull, "apply_events", lambda *_: pull_nothing())
    answers["pull-updates"] = [{"events": [post_event(post_item(9))], "more": True, "next_due_in": None}]
    nudge(plugin, 0)
    pull.pull_planned(site.account_id, site.id)
    assert len(calls) == 1
    assert 58 < (planned(site) or 0) <= 60


def pull_nothing() -> Any:
    from app.sync.inbound.events import Delivery

    return Delivery()


def test_terms_that_came_as_a_number_get_their_names(plugin: Plugin, site: Site, asked: Any) -> None:
    answers, calls = asked
    content = make_content(site)
    db.session.commit()
    path = f"/content/{content.id}/taxonomies/"
    assert plugin.send("PUT", path, {"categories": [5, 6], "tags": [7]}).status_code == 200
    assert (planned(site) or 1) <= 0
    answers["taxonomies"] = [
        {"items": [term_item(5, name="Brewing"), term_item(7, "post_tag", name="Quick")], "next": None}
    ]
    pull.pull_planned(site.account_id, site.id)
    assert calls[-1] == ("taxonomies", {"ids": "5,6,7"})
    terms = db.session.scalars(select(ContentTaxonomy).order_by(ContentTaxonomy.name)).all()
    assert {(term.name, term.external_id) for term in terms if term.external_id} == {("Brewing", 5), ("Quick", 7)}
    pull.pull_planned(site.account_id, site.id)
    assert calls[-1][0] == "pull-updates"  # nothing is nameless any more


def test_old_lines_are_forgotten_and_young_ones_kept(site: Site) -> None:
    content = make_content(site)
    make_term(site, "Kept")
    for days in (366, 364):
        then = utcnow() - timedelta(days=days)
        db.session.add(
            RemoteChange(
                account_id=site.account_id,
                site_id=site.id,
                content_id=content.id,
                cause="event",
                message=str(days),
                created_at=then,
            )
        )
        db.session.add(
            AppliedSequence(site_id=site.id, object="post", taxonomy="", object_id=days, sequence=1, applied_at=then)
        )
    db.session.commit()
    assert forget_old() == 2
    assert [one.message for one in db.session.scalars(select(RemoteChange))] == ["364"]
    assert [one.object_id for one in db.session.scalars(select(AppliedSequence))] == [364]


def test_a_new_hash_of_what_addresses_are_made_of_starts_one_run(plugin: Plugin, site: Site, asked: Any) -> None:
    answers, _calls = asked
    runs = select(Run).where(Run.kind == "links")
    for told, count in (("a", 0), ("a", 0), ("b", 1), ("b", 1), (None, 1), (5, 1)):
        answers["pull-updates"] = [{"events": [], "more": False, "next_due_in": None, "links": told}]
        pull.pull(site.account_id, site.id)
        assert len(db.session.scalars(runs).all()) == count
    assert db.session.scalars(select(WordPressConnection)).one().site_id == site.id
