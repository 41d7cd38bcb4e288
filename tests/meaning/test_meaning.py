"""Texts as vectors: offline, kept, made again for another model, and safe against what is no text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from app.core.extensions import db
from app.meaning import packaged, sentence_model, services, word_vectors
from app.meaning.models import TextVector
from app.meaning.packaged import Vectors
from app.meaning.points import points
from app.meaning.wants import subject_of
from app.sites.models import Site

WORDS = ["trail running shoes", "off road running shoes", "burr coffee grinder"]


class Counting:
    """A model that says what it was asked."""

    dimensions = 4

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], progress: Any = None) -> Vectors:
        self.asked += texts
        return packaged.unit(np.array([[len(text), 1, 2, 3] for text in texts], dtype=np.float32).reshape(-1, 4))

    def fluency(self, texts: Sequence[str]) -> Vectors:
        return np.ones(len(texts), dtype=np.float32)


def test_the_packaged_model_knows_what_means_the_same() -> None:
    model = sentence_model.packaged_model()
    assert model is not None
    trail, road, coffee = model.encode(WORDS)
    assert trail @ road > 0.7 > 0.3 > trail @ coffee
    assert model.encode(["a"])[0] @ model.encode(["a", "much longer text beside it"])[0] == pytest.approx(1, abs=1e-5)


def test_it_says_which_languages_it_hardly_knows() -> None:
    model = sentence_model.packaged_model()
    assert model is not None
    english, russian, japanese = model.fluency(["running shoes", "зимние шины", "東京ホテル予約"])
    assert english == 1
    assert russian == japanese == 0


def test_word_vectors_pass_over_what_is_no_word_and_weigh_rare_ones() -> None:
    found = word_vectors.vectors(["running shoes", "running socks", "?!", ""])
    assert np.isfinite(found).all()
    assert not found[2:].any()
    assert found[0] @ found[1] < 0.8
    assert not word_vectors.vectors(["", "..."]).any()


def test_numbers_that_are_none_become_nothing() -> None:
    strange = np.array([[np.nan, 1], [np.inf, 0], [0, 0], [3, 4]], dtype=np.float32)
    found = packaged.unit(strange)
    assert np.isfinite(found).all()
    assert found[3].tolist() == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Top rated running shoes 2026", "running shoes"),
        ("best", "best"),
        ("dentist near me", "dentist"),
        ("stopwatch", "stopwatch"),
        ("Best running trainers", "running shoes"),
        ("hypotheek berekenen", "hypotheek calculator"),
    ],
)
def test_what_decorates_a_search_is_no_part_of_its_subject(text: str, subject: str) -> None:
    assert subject_of(text) == subject


def test_points_work_without_any_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_vectors, "_loaded", lambda: None)
    alike = points(WORDS).likeness([0], [1, 2])[0]
    assert alike[0] > alike[1]


def test_a_vector_is_made_once_and_again_for_another_model(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Counting("one"), Counting("two")
    monkeypatch.setattr(services, "embedding_model_for", lambda account_id, run_id: first)
    services.points_of(site.account_id, ["Cold brew", "cold brew", "kettle"])
    assert first.asked == ["cold brew", "kettle"]
    services.points_of(site.account_id, ["kettle", "cold brew"])
    assert len(first.asked) == 2
    monkeypatch.setattr(services, "embedding_model_for", lambda account_id, run_id: second)
    services.points_of(site.account_id, ["kettle"])
    assert second.asked == ["kettle"]
    models = select(TextVector.model, func.count()).group_by(TextVector.model)
    assert {row[0]: row[1] for row in db.session.execute(models)} == {"one": 1, "two": 1}


def test_too_many_new_texts_are_compared_by_their_words(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Counting("one")
    monkeypatch.setattr(services, "embedding_model_for", lambda account_id, run_id: model)
    monkeypatch.setattr(services, "MOST_NEW_SENTENCES", 2)
    assert len(services.points_of(site.account_id, WORDS)) == 3
    assert model.asked == []


def test_no_transaction_is_open_while_the_model_works(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Looking(Counting):
        def encode(self, texts: Sequence[str], progress: Any = None) -> Vectors:
            seen.append(db.session().in_transaction())
            return super().encode(texts, progress)

    monkeypatch.setattr(services, "embedding_model_for", lambda account_id, run_id: Looking("one"))
    services.points_of(site.account_id, WORDS)
    assert seen == [False]
