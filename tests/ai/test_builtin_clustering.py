"""Clusters without a key: sensible, complete, deterministic, bounded."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from app.ai import builtin_clustering
from app.ai.builtin_clustering import cluster
from app.ai.provider import ClusterRequest, ClusterResult, KeywordInput

TOPICS = {
    "French press": "french press|best french press|how to use a french press|french press ratio|clean a french press",
    "Cold brew": "cold brew coffee|how to make cold brew|cold brew ratio|cold brew maker|cold brew at home",
    "Espresso machine": "espresso machine|best espresso machine|espresso machine under 500|home espresso machine",
    "Gooseneck kettle": "gooseneck kettle|electric gooseneck kettle|best gooseneck kettle",
    "Coffee subscription": "coffee subscription|coffee subscription box|monthly coffee subscription",
}


def request_for(words: list[str]) -> ClusterRequest:
    return ClusterRequest(keywords=[KeywordInput(text=word, volume=100 - n % 90) for n, word in enumerate(words)])


def members(result: ClusterResult) -> list[str]:
    return sorted(word for found in result.clusters for word in found.keywords)


def test_finds_the_topics_and_names_them() -> None:
    truth = {word: topic for topic, text in TOPICS.items() for word in text.split("|")}
    result = cluster(request_for(list(truth)))
    number = {word: index for index, found in enumerate(result.clusters) for word in found.keywords}
    assert adjusted_rand_score([truth[word] for word in truth], [number[word] for word in truth]) > 0.8
    assert set(TOPICS) <= {found.name for found in result.clusters}


def test_the_order_of_the_keywords_changes_nothing() -> None:
    words = [word for text in TOPICS.values() for word in text.split("|")]
    shuffled = random.Random(1).sample(words, len(words))
    volumes = {word: KeywordInput(text=word, volume=5) for word in words}
    first = cluster(ClusterRequest(keywords=[volumes[word] for word in words]))
    assert first == cluster(ClusterRequest(keywords=[volumes[word] for word in shuffled]))


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["one"],
        ["one", "two"],
        ["same", "same"],
        ["a", "b", "c"],
        ["日本 旅行", "日本 ホテル", "قهوة"],
        ["x " * 100] * 3,
    ],
)
def test_small_and_odd_lists_work(words: list[str]) -> None:
    result = cluster(request_for(words))
    assert members(result) == sorted(set(words))
    assert not result.unassigned


@given(st.lists(st.text(min_size=1, max_size=12), max_size=40, unique=True))
@settings(max_examples=40, deadline=None)
def test_every_keyword_is_in_one_cluster_and_names_differ(words: list[str]) -> None:
    result = cluster(request_for(words))
    assert members(result) == sorted(words)
    names = [found.name.casefold() for found in result.clusters]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 120 for name in names)


def test_a_large_list_goes_by_centres(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin_clustering, "LINKAGE_LIMIT", 60)
    words = [f"{base} {number}" for text in TOPICS.values() for base in text.split("|") for number in range(20)]
    steps: list[int] = []
    result = cluster(request_for(words), lambda done, total: steps.append(done))
    assert members(result) == sorted(words)
    assert 3 <= len(result.clusters) <= 40
    assert steps == [1, 2, 3, 4]


def test_work_stops_when_progress_raises() -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cluster(request_for(["a b", "b c", "c d"]), stop)
