"""Clustering as a run: with and without a key, killed and started again, raced by people."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.core.extensions import db
from app.core.runs import Run
from app.planner.clustering import grouping, topics
from app.planner.clustering import runs as clustering_runs
from app.planner.clusters import proposals as cluster_proposals
from app.planner.clusters.proposals import Stored
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from tests.factories.things import make_cluster, make_keyword, make_sector
from tests.factories.work import newest_run, put_back, work
from tests.fakes.openai_server import KEY, FakeOpenAI

WORDS = (
    "french press",
    "best french press",
    "how to use a french press",
    "french press ratio",
    "cold brew coffee",
    "how to make cold brew",
    "cold brew ratio",
    "cold brew maker",
    "gooseneck kettle",
    "electric gooseneck kettle",
    "best gooseneck kettle",
)


@pytest.fixture
def words(site: Site) -> list[Keyword]:
    return [make_keyword(site, word, volume=100 - n) for n, word in enumerate(WORDS)]


def start(client: FlaskClient, **data: Any) -> Run:
    answer = client.post("/planner/keywords/cluster/", data=data)
    assert answer.status_code == 303, answer.text
    return newest_run()


def groups() -> dict[str, set[str]]:
    db.session.expire_all()
    stmt = select(Cluster.name, Keyword.keyword).join(Keyword, Keyword.cluster_id == Cluster.id)
    found: dict[str, set[str]] = {}
    for name, keyword in db.session.execute(stmt):
        found.setdefault(name, set()).add(keyword)
    return found


def test_groups_all_unclustered_keywords(owner_client: FlaskClient, site: Site, words: list[Keyword]) -> None:
    kept = make_cluster(site, "Kept")
    make_keyword(site, "wedding photographer", cluster_id=kept.id)
    run = work(start(owner_client))
    assert run.state == "succeeded", run.error
    assert groups()["Kept"] == {"wedding photographer"}
    assert groups()["French press"] == {word for word in WORDS if "french press" in word}
    assert groups()["Gooseneck kettle"] == {word for word in WORDS if "kettle" in word}
    assert run.message == "Made 3 clusters from 11 keywords."
    page = owner_client.get(f"/planner/keywords/?run={run.id}").text
    assert 'data-state="succeeded"' in page
    assert "Gooseneck kettle" in owner_client.get("/planner/clusters/").text


def test_what_fits_nowhere_stays_without_a_cluster_and_has_its_nearest_to_choose_from(
    owner_client: FlaskClient, site: Site
) -> None:
    for word in ("best running shoes", "top rated running trainers"):
        make_keyword(site, word)
    apart = make_keyword(site, "running shoes for flat feet")
    run = work(start(owner_client))
    assert groups() == {"Best running shoes": {"best running shoes", "top rated running trainers"}}
    assert "1 keyword fitted nowhere" in (run.message or "")
    near = topics.near_clusters(site.account_id, [apart.id])
    assert [choice.name for choice in near[apart.id]] == ["Best running shoes"]


def test_a_second_run_adds_to_the_clusters_of_the_first(owner_client: FlaskClient, site: Site) -> None:
    shoes = make_cluster(site, "Shoes off the road")
    for word in ("trail running shoes", "off road running shoes"):
        make_keyword(site, word, cluster_id=shoes.id)
    make_keyword(site, "best trail running shoes")
    work(start(owner_client))
    assert set(groups()) == {"Shoes off the road"}
    assert len(groups()["Shoes off the road"]) == 3


def test_groups_the_selected_ones_alone(owner_client: FlaskClient, words: list[Keyword]) -> None:
    run = work(start(owner_client, ids=[row.id for row in words[:4]]))
    assert run.state == "succeeded", (run.error, run.message)
    assert groups() == {"French press": set(WORDS[:4])}


def test_groups_all_that_match_a_filter(owner_client: FlaskClient, words: list[Keyword]) -> None:
    work(start(owner_client, all_matching="1", filter="q=kettle"))
    assert set().union(*groups().values()) == {word for word in WORDS if "kettle" in word}


def test_a_second_click_joins_the_work_under_way(owner_client: FlaskClient, words: list[Keyword]) -> None:
    first = start(owner_client)
    assert start(owner_client).id == first.id
    assert db.session.scalar(select(func.count()).select_from(Run)) == 1


def test_with_nothing_to_do_no_run_starts(owner_client: FlaskClient, site: Site) -> None:
    make_keyword(site, "done", cluster_id=make_cluster(site).id)
    answer = owner_client.post("/planner/keywords/cluster/")
    assert answer.status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0
    assert "in clusters already" in owner_client.get(answer.location).text


def test_a_run_killed_while_saving_finishes_without_doubles(
    owner_client: FlaskClient, words: list[Keyword], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(owner_client)
    monkeypatch.setattr(clustering_runs, "STORED_AT_ONCE", 1)
    real, calls = cluster_proposals.store_proposals, []

    def die_at_second(*args: Any) -> list[Stored]:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(cluster_proposals, "store_proposals", die_at_second)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    monkeypatch.setattr(cluster_proposals, "store_proposals", real)
    put_back(run)
    assert work(run).state == "succeeded"
    assert sorted(word for group in groups().values() for word in group) == sorted(WORDS)
    names = db.session.scalars(select(func.lower(Cluster.name))).all()
    assert len(names) == len(set(names)) == 3


def test_what_people_assign_meanwhile_is_left_alone(
    owner_client: FlaskClient, site: Site, words: list[Keyword], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = make_cluster(site, "Mine")
    real = grouping.group

    def meanwhile(*args: Any) -> Any:
        with db.engine.begin() as other:
            other.execute(update(Keyword).where(Keyword.keyword.contains("kettle")).values(cluster_id=mine.id))
        return real(*args)

    monkeypatch.setattr(grouping, "group", meanwhile)
    run = work(start(owner_client))
    assert groups()["Mine"] == {word for word in WORDS if "kettle" in word}
    assert "Gooseneck kettle" not in db.session.scalars(select(Cluster.name)).all()
    assert run.data["clusters"] == 2


def test_no_transaction_is_open_while_the_provider_works(
    owner_client: FlaskClient, words: list[Keyword], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = grouping.group

    def look(*args: Any) -> Any:
        seen.append(db.session().in_transaction())
        return real(*args)

    monkeypatch.setattr(grouping, "group", look)
    work(start(owner_client))
    assert seen == [False]


def test_an_existing_name_takes_the_new_keywords(owner_client: FlaskClient, site: Site, words: list[Keyword]) -> None:
    before = make_cluster(site, "FRENCH PRESS")
    work(start(owner_client))
    assert groups()["FRENCH PRESS"] == {word for word in WORDS if "french press" in word}
    assert db.session.scalar(select(func.count()).where(func.lower(Cluster.name) == "french press")) == 1
    assert before.id


def test_clusters_of_one_sector_belong_to_it(owner_client: FlaskClient, site: Site, words: list[Keyword]) -> None:
    sector = make_sector(site, "Kettles")
    db.session.execute(update(Keyword).where(Keyword.keyword.contains("kettle")).values(sector_id=sector.id))
    db.session.commit()
    work(start(owner_client))
    rows = {row.name: row.sector_id for row in db.session.execute(select(Cluster.name, Cluster.sector_id))}
    assert rows["Gooseneck kettle"] == sector.id
    assert rows["French press"] is None


def test_a_model_groups_too(owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI) -> None:
    run = work(start(owner_client))
    assert run.state == "succeeded", run.error
    assert groups()["Gooseneck Kettle"] == {word for word in WORDS if "kettle" in word}  # the model's way to write it
    assert set(db.session.scalars(select(Cluster.description))) == {f"About {name.lower()}." for name in groups()}
    assert openai.requests[0].key == KEY


def test_a_refused_key_ends_the_run_with_what_to_do(
    owner_client: FlaskClient, words: list[Keyword], openai: FakeOpenAI
) -> None:
    openai.fail_next("401")
    run = work(start(owner_client))
    assert run.state == "failed"
    assert run.error is not None
    assert run.error["code"] == "AI_KEY_INVALID"
    page = owner_client.get(f"/planner/keywords/?run={run.id}").text
    assert "Check OPENAI_API_KEY" in page
    assert groups() == {}
