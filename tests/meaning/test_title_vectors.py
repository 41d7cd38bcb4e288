"""Titles are found by what they mean, by an index of pgvector and by arrays alike."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.config import DATABASE_ROLE
from app.core.extensions import db
from app.meaning import services, title_vectors, vector_index
from app.meaning.models import TitleVector
from app.meaning.packaged import Vectors, unit
from app.meaning.title_vectors import Key, nearest, refresh_vectors
from app.operations import health
from app.sites.models import Site
from tests.conftest import Engines

KINDS = ("idea", "content")


class Letters:
    """A model to which a title is how often it has each of some letters. Says what it was asked."""

    dimensions = 4

    def __init__(self, name: str = "letters") -> None:
        self.name = name
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], progress: Any = None) -> Vectors:
        self.asked += texts
        return unit(np.array([[one.count(letter) + 0.1 for letter in "abcd"] for one in texts], dtype=np.float32))

    def fluency(self, texts: Sequence[str]) -> Vectors:
        return np.ones(len(texts), dtype=np.float32)


@pytest.fixture
def pgvector(engines: Engines, site: Site) -> Iterator[None]:
    """Whatever of pgvector the test makes is gone afterwards."""
    yield
    db.session.rollback()
    with psycopg.connect(engines.postgres.url, autocommit=True) as connection:
        connection.execute("drop extension if exists vector cascade")


def add_vectors(site: Site, vectors: Vectors, kind: str = "content") -> None:
    keys = {(kind, number): str(number).encode() for number in range(1, len(vectors) + 1)}
    title_vectors._keep(site.account_id, site.id, "m", keys, dict(zip(keys.values(), vectors, strict=True)))
    db.session.commit()


def scattered(count: int, dimensions: int) -> Vectors:
    """Vectors around a few middles, the same each time."""
    numbers = np.random.default_rng(7)
    middles = numbers.normal(size=(20, dimensions))
    return unit(middles[numbers.integers(0, 20, count)] + 0.5 * numbers.normal(size=(count, dimensions)))


def uses_index(site: Site, vector: Vectors) -> bool:
    """Whether PostgreSQL takes the index for this search."""
    typed = f"vector({len(vector)})"
    statement = f"""explain select id from title_vectors where dimensions = {len(vector)} and site_id = {site.id}
        order by cast(vector as {typed}) <=> cast(cast(:vector as real[]) as {typed}) limit 5"""
    plan = db.session.execute(text(statement), {"vector": vector.tolist()})
    return any(vector_index.PREFIX in row[0] for row in plan)


@pytest.mark.usefixtures("pgvector")
def test_the_index_of_pgvector_finds_what_arrays_find(site: Site) -> None:
    vectors = scattered(1200, 48)
    add_vectors(site, vectors)
    asked = unit(vectors[::60] + np.float32(0.01))
    by_arrays = nearest(site.account_id, site.id, KINDS, "m", asked, 10)
    db.session.commit()
    assert vector_index.make_indexes(fewest=1000) == ["ix_title_vectors_hnsw_48"]
    assert vector_index.make_indexes(fewest=1000) == ["ix_title_vectors_hnsw_48"]
    db.session.execute(text("set local enable_seqscan = off"))
    db.session.execute(text("set local enable_sort = off"))
    assert uses_index(site, asked[0])
    by_index = nearest(site.account_id, site.id, KINDS, "m", asked, 10)
    shared = [len({one.key for one in a} & {one.key for one in b}) for a, b in zip(by_arrays, by_index, strict=True)]
    assert sum(shared) >= 0.95 * 10 * len(asked)
    assert by_index[0][0].key == by_arrays[0][0].key == ("content", 1)
    assert by_index[0][0].likeness == pytest.approx(by_arrays[0][0].likeness, abs=1e-4)


@pytest.mark.usefixtures("pgvector")
def test_a_number_of_dimensions_that_pgvector_does_not_index_is_compared_by_arrays(site: Site) -> None:
    add_vectors(site, scattered(3, vector_index.MOST_OF_HALFVEC + 1))
    assert vector_index.make_indexes(fewest=1) == []
    found = nearest(site.account_id, site.id, KINDS, "m", scattered(3, vector_index.MOST_OF_HALFVEC + 1)[:1], 2)
    assert found[0][0].key == ("content", 1)


@pytest.mark.usefixtures("pgvector")
def test_long_vectors_are_indexed_at_half_precision(site: Site) -> None:
    add_vectors(site, scattered(3, vector_index.MOST_OF_VECTOR + 1))
    assert vector_index.make_indexes(fewest=1) == ["ix_title_vectors_hnsw_2001"]
    found = nearest(site.account_id, site.id, KINDS, "m", scattered(3, 2001)[1:2], 1)
    assert found[0][0].key == ("content", 2)


@pytest.mark.usefixtures("pgvector")
def test_an_index_that_was_left_unfinished_is_made_again_by_the_command_one_at_a_time(
    site: Site, engines: Engines
) -> None:
    add_vectors(site, scattered(3, 4))
    name = f"{vector_index.PREFIX}4"
    assert vector_index.make_indexes(fewest=1) == [name]
    assert vector_index.describe_state() == f"pgvector, {name}"
    db.session.commit()
    with psycopg.connect(engines.postgres.url, autocommit=True) as connection:
        connection.execute("update pg_index set indisvalid = false where indexrelid = to_regclass(%s)", [name])
        said = f"pgvector, no index yet; {name} was left unfinished: {vector_index.OWNERS_WORK}"
        vector_index.keep_indexes(fewest=1)
        assert vector_index.describe_state() == said
        db.session.commit()
        connection.execute("select pg_advisory_lock(%s)", [vector_index.BUILDING])
        assert vector_index.make_indexes(fewest=1) == []
        assert vector_index.describe_state() == "pgvector, no index yet"
        db.session.commit()
    assert vector_index.make_indexes(fewest=1) == [name]
    assert vector_index.describe_state() == f"pgvector, {name}"


@pytest.mark.usefixtures("pgvector")
@pytest.mark.parametrize(
    ("installed", "offered", "said"),
    [
        (None, None, "this PostgreSQL has no pgvector"),
        (None, "0.4.4", "pgvector 0.4.4 of this PostgreSQL is older than 0.8"),
        ("0.5.1", "0.5.1", "pgvector 0.5.1 is older than 0.8; update it"),
        ("0.7.4", "0.8.1", "pgvector 0.7.4 is older than 0.8; run ALTER EXTENSION vector UPDATE"),
    ],
)
def test_titles_are_compared_by_arrays_where_pgvector_cannot_help(
    site: Site, monkeypatch: pytest.MonkeyPatch, installed: str | None, offered: str | None, said: str
) -> None:
    add_vectors(site, scattered(3, 4))
    vector_index.make_indexes(fewest=1)
    versions = text("select cast(:installed as text) as installed, cast(:offered as text) as offered")
    monkeypatch.setattr(vector_index, "_VERSIONS", versions.bindparams(installed=installed, offered=offered))
    monkeypatch.setattr(vector_index, "_INSTALLED", text("select cast(:it as text)").bindparams(it=installed))
    assert health.run_checks()["titles"] == {"ok": True, "detail": f"arrays: {said}"}
    with pytest.raises(vector_index.NotPossible, match="^" + said):
        vector_index.make_indexes(fewest=1)
    monkeypatch.setattr(title_vectors, "by_index", pytest.fail)
    found = nearest(site.account_id, site.id, KINDS, "m", scattered(3, 4)[1:2], 1)
    assert found[0][0].key == ("content", 2)


def test_a_role_that_may_not_make_an_index_says_who_may(
    app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_vectors(site, scattered(3, 4))
    monkeypatch.setitem(app.config, "OWNER_CONNECT_ARGS", {"options": f"-c role={DATABASE_ROLE}"})
    with pytest.raises(vector_index.NotPossible, match=vector_index.OWNERS_WORK):
        vector_index.make_indexes(fewest=1)
    vector_index.keep_indexes()  # no error of the worker's
    assert "not installed yet" in vector_index.describe_state()


def test_searching_is_within_site_kind_and_model(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(title_vectors, "BLOCK", 2)
    vectors = unit(np.eye(4, dtype=np.float32) + np.float32(0.1))
    add_vectors(site, vectors, "content")
    add_vectors(site, vectors, "cluster")
    found = nearest(site.account_id, site.id, ("content",), "m", vectors[2:3], 9)[0]
    assert [near.key[0] for near in found] == ["content"] * 4
    assert found[0].key == ("content", 3)
    assert nearest(site.account_id, site.id, ("content",), "another", vectors[:1], 9) == [[]]
    assert nearest(site.account_id, site.id + 1, ("content",), "m", vectors[:1], 9) == [[]]


def test_titles_are_read_once_changed_ones_again_and_those_that_are_gone_forgotten(site: Site) -> None:
    model = Letters()
    titles: dict[Key, str] = {("idea", 1): "aaa", ("idea", 2): "bbb", ("content", 1): "ccc"}

    def read(most: int = 9, with_model: Letters = model) -> set[Key]:
        return refresh_vectors(site.account_id, site.id, KINDS, titles, with_model, most)

    assert read(most=2) == {("content", 1)}
    assert read() == set()
    assert model.asked == ["aaa", "bbb", "ccc"]
    titles[("idea", 1)] = "ddd"
    del titles[("idea", 2)]
    assert read() == set()
    assert model.asked[3:] == ["ddd"]
    stored = select(TitleVector.kind, TitleVector.subject_id).order_by(TitleVector.kind)
    assert db.session.execute(stored).all() == [("content", 1), ("idea", 1)]
    assert read(with_model=Letters("new")) == set()
    assert db.session.scalars(select(func.distinct(TitleVector.model))).all() == ["new"]


def test_no_transaction_is_open_while_titles_are_read(site: Site) -> None:
    class Watching(Letters):
        def encode(self, texts: Sequence[str], progress: Any = None) -> Vectors:
            assert not db.session().in_transaction()
            return super().encode(texts, progress)

    assert refresh_vectors(site.account_id, site.id, KINDS, {("idea", 1): "a"}, Watching(), services.PART) == set()
