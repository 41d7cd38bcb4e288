"""What texts mean by the model that an account has chosen: asked once a text, again when it changes, never mixed."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account
from app.ai.calls.models import AiCall
from app.ai.client import other_calls
from app.ai.providers.models import AiRoute
from app.core.actor import THE_APP
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.meaning import services
from app.meaning.account_model import stored_name
from app.meaning.models import TextVector
from app.planner.models import Cluster
from app.sites.models import Site
from app.suggestions import comparing
from app.suggestions import services as suggesting
from app.writer.briefs import nearest
from app.writer.briefs import services as briefs_services
from tests.factories.providers import make_provider, make_route
from tests.factories.things import make_cluster, make_content, make_keyword, make_task
from tests.factories.work import work
from tests.fakes.endpoint_server import FakeEndpoint, Said, error

TEXTS = ["cold brew", "kettle", "Cold Brew"]


@pytest.fixture
def fake(app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    monkeypatch.setattr(other_calls, "_WAITS", (0.0, 0.0))
    with FakeEndpoint() as endpoint:
        make_route(account, (make_provider(account, base_url=endpoint.url), "one"), operation="embed")
        yield endpoint


def asked(fake: FakeEndpoint) -> list[str]:
    return [text for _path, body in fake.seen for text in body["input"]]


def choose(model: str) -> None:
    route = db.session.query(AiRoute).one()
    route.targets = [{**route.targets[0], "model": model}]
    db.session.commit()


def kept() -> dict[str, int]:
    stmt = select(TextVector.model, func.count()).group_by(TextVector.model)
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def suggestions_of(cluster: Cluster) -> Run | None:
    return suggesting.start_suggesting(cluster.account_id, cluster.site_id, THE_APP)


def overlaps_of(cluster: Cluster) -> Run:
    make_cluster(db.session.get_one(Site, cluster.site_id), "Dog care")
    return comparing.start_overlap_search(cluster.account_id, cluster.site_id, THE_APP)


def nearest_of(cluster: Cluster) -> Run:
    task = make_task(cluster)
    briefs_services.brief_of(task)
    return nearest.start_nearest_search(cluster.account_id, THE_APP, task.id)


def test_the_chosen_model_reads_each_text_once(account: Account, fake: FakeEndpoint) -> None:
    assert len(services.points_of(account.id, TEXTS)) == 3
    services.points_of(account.id, TEXTS)
    assert sorted(asked(fake)) == ["cold brew", "kettle"]
    assert kept() == {"embed:one": 2}


def test_vectors_are_made_again_when_another_model_is_chosen(account: Account, fake: FakeEndpoint) -> None:
    services.points_of(account.id, TEXTS)
    choose("two")
    services.points_of(account.id, TEXTS)
    assert kept() == {"embed:two": 2}
    db.session.query(AiRoute).delete()
    db.session.commit()
    services.points_of(account.id, TEXTS)
    assert kept() == {"all-MiniLM-L6-v2": 2}


def test_a_model_that_changes_behind_its_name_reads_all_again(account: Account, fake: FakeEndpoint) -> None:
    services.points_of(account.id, ["cold brew"])
    fake.answers["/embeddings"] = lambda body: Said(
        200, {"data": [{"index": at, "embedding": [1, 2, 3, 4, 5]} for at in range(len(body["input"]))]}
    )
    model = services.embedding_model_for(account.id)
    assert model is not None
    vectors = services.sentence_vectors(account.id, ["cold brew", "kettle"], model)
    assert vectors is not None
    assert vectors.shape == (2, 5)


def test_an_endpoint_that_fails_is_told_and_what_was_paid_for_stays(
    account: Account, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PART", 1)
    good = fake.answers["/embeddings"]
    fake.answers["/embeddings"] = lambda body: good(body) if len(fake.seen) < 2 else error(402, "no credit")
    with pytest.raises(DomainError) as caught:
        services.points_of(account.id, ["cold brew", "kettle"])
    assert caught.value.code == "AI_NO_CREDIT"
    assert kept() == {"embed:one": 1}


@pytest.mark.parametrize("start", [suggestions_of, overlaps_of, nearest_of])
def test_calls_of_a_run_count_for_it(
    site: Site, cluster: Cluster, fake: FakeEndpoint, start: Callable[..., Run]
) -> None:
    make_keyword(site, "dog grooming", cluster_id=cluster.id)
    make_content(site, "How to keep your pup's coat tidy", source="wordpress")
    run = start(cluster)
    db.session.commit()
    assert work(run).state == "succeeded", run.error
    assert asked(fake)
    assert set(db.session.scalars(select(AiCall.run_id))) == {run.id}


def test_names_of_models_fit_and_stay_apart() -> None:
    assert stored_name("one") == "embed:one"
    long_names = {stored_name("x" * 150 + end) for end in "ab"}
    assert len(long_names) == 2
    assert max(map(len, long_names)) <= 80
