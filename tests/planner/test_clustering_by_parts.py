"""A model is asked for some keywords at a time: what it answered is kept, whatever comes after."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.ai.openai_provider import OpenAIProvider
from app.core.extensions import db
from app.core.runs import Run
from app.planner import clustering_runs
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from tests.factories.things import make_keyword
from tests.factories.work import newest_run, put_back, work
from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture
def words(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Keyword]:
    monkeypatch.setattr(OpenAIProvider, "cluster_at_once", 4)
    topics = ("press", "brew", "kettle")
    return [
        make_keyword(site, f"{topic} {n}", volume=100 - 4 * at - n) for at, topic in enumerate(topics) for n in range(4)
    ]


def start(client: FlaskClient) -> Run:
    assert client.post("/planner/keywords/cluster/").status_code == 303
    return newest_run()


def placed() -> int:
    return db.session.scalar(select(func.count()).where(Keyword.cluster_id.is_not(None))) or 0


def test_all_parts_together_are_one_result(owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI) -> None:
    run = work(start(owner_client))
    assert run.message == "Made 3 clusters from 12 keywords."
    assert len(openai.requests) == 3
    assert openai.requests[2].data["existing_clusters"] == ["Brew", "Press"]


def test_what_was_answered_before_a_failure_is_kept(
    owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI
) -> None:
    run = start(owner_client)
    openai.answer_next(
        {"clusters": [{"name": "Press", "description": "", "keywords": [f"press {n}" for n in range(4)]}]}
    )
    real = openai.content_for

    def no_credit_after_the_first(seen: Any) -> str:
        openai.fail_next("quota", times=1)
        return real(seen)

    openai.content_for = no_credit_after_the_first  # type: ignore[method-assign]
    ended = work(run)
    assert ended.state == "failed"
    assert ended.error is not None
    assert ended.error["code"] == "AI_NO_CREDIT"
    assert "4 keywords had been put into clusters before that." in ended.error["message"]
    assert placed() == 4
    openai.content_for = real  # type: ignore[method-assign]
    openai._failures.clear()
    put_back(run)
    assert work(run).state == "succeeded"
    assert placed() == 12
    asked = [item["text"] for seen in openai.requests[2:] for item in seen.data["keywords"]]
    assert not any(text.startswith("press") for text in asked)


def test_long_work_goes_on_in_a_second_job(
    owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering_runs, "MAX_SECONDS", 0)
    run = work(start(owner_client))
    assert (run.state, run.step, placed()) == ("queued", "Going on in a moment", 4)
    assert [work(run).state for _ in range(2)] == ["queued", "succeeded"]
    assert placed() == 12


def test_control_characters_of_a_model_are_left_out(
    owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI
) -> None:
    for name in ("Pre\0ss \x1b", "\u200b\0", "Kettle"):
        topic = {"P": "press", "K": "kettle"}.get(name[0], "brew")
        members = [f"{topic} {n}" for n in range(4)]
        openai.answer_next({"clusters": [{"name": name, "description": "a\0b", "keywords": members}]})
    run = work(start(owner_client))
    assert run.state == "succeeded", run.error
    assert set(db.session.scalars(select(Cluster.name))) == {"Press", "Kettle"}
    assert set(db.session.scalars(select(Cluster.description))) == {"ab"}
    assert "4 keywords fitted nowhere" in (run.message or "")
