"""A model names some clusters at a time: what it answered is kept, whatever comes after."""

import json
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.ai.calls.models import AiSettings
from app.core.extensions import db
from app.core.runs import Run, pausing, services
from app.meaning import points
from app.planner.clustering import runs as clustering_runs
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from tests.factories.things import make_cluster, make_keyword
from tests.factories.work import let_the_breaker_pass, newest_run, put_back, work
from tests.fakes.openai_server import FakeOpenAI

GROUPS = (
    ("french press ratio", "best ratio for a french press", "french press coffee ratio"),
    ("gooseneck kettle", "best gooseneck kettle"),
    ("cold brew maker", "best cold brew maker"),
)


@pytest.fixture
def words(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Keyword]:
    monkeypatch.setattr(clustering_runs, "KEYWORDS_OF_A_REQUEST", 2)
    rows = [word for group in GROUPS for word in group]
    made = [make_keyword(site, word, volume=100 - n) for n, word in enumerate(rows)]
    ask_at_once(site, 1)
    return made


def ask_at_once(site: Site, calls: int) -> None:
    db.session.merge(AiSettings(account_id=site.account_id, concurrency=calls))
    db.session.commit()


def start(client: FlaskClient) -> Run:
    assert client.post("/planner/keywords/cluster/").status_code == 303
    return newest_run()


def placed() -> int:
    return db.session.scalar(select(func.count()).where(Keyword.cluster_id.is_not(None))) or 0


def names() -> set[str]:
    return set(db.session.scalars(select(Cluster.name)))


def asked(openai: FakeOpenAI) -> list[list[str]]:
    """The keywords of each cluster that was to be named, question by question."""
    return [one["keywords"] for seen in openai.requests for one in seen.data["clusters"]]


def test_all_parts_together_are_one_result(owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI) -> None:
    run = work(start(owner_client))
    assert run.message == "Made 3 clusters from 7 keywords."
    assert len(openai.requests) == 3
    assert {frozenset(cluster) for cluster in asked(openai)} == {frozenset(group) for group in GROUPS}
    assert len(set(openai.requests[2].data["taken_names"]) & names()) == 2  # those of the parts before


def test_a_request_names_as_many_clusters_as_the_account_has_chosen(
    owner_client: FlaskClient, site: Site, words: list[Keyword], openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering_runs, "KEYWORDS_OF_A_REQUEST", 200)
    db.session.merge(AiSettings(account_id=site.account_id, clusters_per_request=2))
    db.session.commit()
    assert work(start(owner_client)).message == "Made 3 clusters from 7 keywords."
    assert sorted(len(seen.data["clusters"]) for seen in openai.requests) == [1, 2]


def test_parts_are_named_at_once_as_many_as_the_account_allows_and_no_two_get_one_name(
    owner_client: FlaskClient, site: Site, words: list[Keyword], openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_at_once(site, 2)
    both = threading.Barrier(2, timeout=20)
    real = openai.content_for

    def best_of_all(seen: Any) -> str:
        answer = json.loads(real(seen))
        if len(openai.requests) <= 2:
            both.wait()  # the third waits for the first two to be stored
            answer["clusters"][0]["name"] = "Best"
        return json.dumps(answer)

    monkeypatch.setattr(openai, "content_for", best_of_all)
    assert work(start(owner_client)).message == "Made 3 clusters from 7 keywords."
    assert len(openai.requests) == 3
    assert len(names()) == 3
    assert "Best" in names()


def test_keywords_that_join_a_cluster_ask_for_no_name(
    owner_client: FlaskClient, site: Site, words: list[Keyword], openai: FakeOpenAI
) -> None:
    kettles = make_cluster(site, "Kettles")
    make_keyword(site, "top gooseneck kettle", cluster_id=kettles.id)
    work(start(owner_client))
    assert len(openai.requests) == 2
    assert "Kettles" in names()
    assert not any("kettle" in cluster[0] for cluster in asked(openai))


def test_what_was_answered_before_a_failure_is_kept(
    owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI
) -> None:
    run = start(owner_client)
    real = openai.content_for

    def no_credit_after_the_first(seen: Any) -> str:
        openai.fail_next("quota", times=1)
        return real(seen)

    openai.content_for = no_credit_after_the_first  # type: ignore[method-assign]
    ended = work(run)
    assert ended.state == "failed"
    assert ended.error is not None
    assert ended.error["code"] == "AI_NO_CREDIT"
    assert "3 keywords had been put into clusters before that." in ended.error["message"]
    assert placed() == 3
    openai.content_for = real  # type: ignore[method-assign]
    openai._failures.clear()
    let_the_breaker_pass()
    put_back(run)
    assert work(run).state == "succeeded"
    assert placed() == 7
    assert not any("press" in cluster[0] for cluster in asked(openai)[2:])


def test_long_work_goes_on_in_a_second_job(
    owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering_runs, "MAX_SECONDS", 0)
    run = work(start(owner_client))
    assert (run.state, run.step, placed()) == ("queued", "Going on in a moment", 3)
    assert [work(run).state for _ in range(2)] == ["queued", "succeeded"]
    assert placed() == 7
    assert db.session.get_one(Run, run.id).message == "Made 3 clusters from 7 keywords."


def test_a_clustering_is_paused_between_two_requests_and_goes_on(
    owner_client: FlaskClient, words: list[Keyword], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(owner_client)
    name_and_store = clustering_runs._name_and_store

    def then_pause(*arguments: Any) -> None:
        name_and_store(*arguments)
        pausing.pause(db.session.get_one(Run, run.id))
        db.session.commit()

    with monkeypatch.context() as patched:
        patched.setattr(clustering_runs, "_name_and_store", then_pause)
        assert (work(run).state, placed()) == ("paused", 3)
    pausing.resume(db.session.get_one(Run, run.id))
    db.session.commit()
    ended = work(run)
    assert (ended.state, ended.message) == ("succeeded", "Made 3 clusters from 7 keywords.")


@pytest.mark.parametrize("what", ["paused", "cancelled"])
def test_grouping_stops_where_it_is_when_a_person_pauses_or_cancels(
    owner_client: FlaskClient, words: list[Keyword], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    run = start(owner_client)
    spelled = points._spelling

    def then_stop(*arguments: Any) -> Any:
        stop = pausing.pause if what == "paused" else services.cancel
        stop(db.session.get_one(Run, run.id))
        db.session.commit()
        spelled(*arguments)
        raise AssertionError("It went on.")

    with monkeypatch.context() as patched:
        patched.setattr(points, "_spelling", then_stop)
        assert (work(run).state, placed()) == (what, 0)
    if what == "paused":
        pausing.resume(db.session.get_one(Run, run.id))
        db.session.commit()
        assert work(run).message == "Made 3 clusters from 7 keywords."


def test_an_answer_that_cannot_be_used_leaves_the_clusters_their_own_names(
    owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI
) -> None:
    openai.fail_next("refusal")
    run = work(start(owner_client))
    assert run.state == "succeeded", run.error
    assert placed() == 7
    assert "Gooseneck Kettle" in names()
    assert not names() & {group[0].title() for group in GROUPS[:1]}


def test_control_characters_of_a_model_are_left_out(
    owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering_runs, "KEYWORDS_OF_A_REQUEST", 200)
    given = [(1, "French \0press \x1bratio"), (2, "Cold \0brew makers"), (3, "\u200b\0")]
    openai.answer_next({"clusters": [{"id": number, "name": name, "description": "a\0b"} for number, name in given]})
    run = work(start(owner_client))
    assert run.state == "succeeded", run.error
    assert names() == {"French press ratio", "Cold brew makers", "Gooseneck kettle"}  # the last one is its own
    assert "ab" in set(db.session.scalars(select(Cluster.description)))
    assert len(openai.requests) == 1
