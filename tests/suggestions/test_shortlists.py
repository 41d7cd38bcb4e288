"""Sites with very many titles are compared by a shortlist, which finds what comparing all with all finds."""

from collections.abc import Iterator

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.extensions import db
from app.meaning import services, title_vectors, vector_index
from app.meaning.models import TitleVector
from app.sites.models import Site
from app.suggestions import comparing, overlaps, shortlists
from tests.conftest import Engines
from tests.factories.things import make_cluster, make_content, make_idea
from tests.factories.work import newest_run, work

PAGE = "/content/suggestions/overlaps/"
LIKE = "/content/suggestions/like-title/"
TITLES = (
    "How to clean an espresso machine",
    "Cleaning your espresso machine",
    "How to paint a fence",
    "Painting a wooden fence",
    "What dental implants cost",
    "Dental implants",
    "風呂の掃除",
    "お風呂の掃除",
)


@pytest.fixture
def many(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site of which we say that it has very many titles."""
    monkeypatch.setattr(comparing, "WHOLE", 1)
    monkeypatch.setattr(shortlists, "GROUP", 3)
    for title in TITLES:
        make_content(site, title=title)
    make_idea(make_cluster(site, "Tooth implants"), title="Clean an espresso machine")
    make_cluster(site, "Dental implants")
    return site


@pytest.fixture
def pgvector(engines: Engines, many: Site) -> Iterator[None]:
    assert vector_index.make_indexes() == []  # installed, and too few titles for an index
    yield
    db.session.rollback()
    with psycopg.connect(engines.postgres.url, autocommit=True) as connection:
        connection.execute("drop extension if exists vector cascade")


def found(client: FlaskClient, site: Site) -> set[frozenset[str]]:
    """The titles of each overlap that a search finds."""
    client.post(PAGE)
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    return {frozenset((pair.first.title, pair.second.title)) for pair in overlaps.pairs_of(site.account_id, site.id)}


def test_a_shortlist_finds_what_comparing_all_finds(
    owner_client: FlaskClient, many: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_shortlist = found(owner_client, many)
    assert db.session.scalar(select(func.count()).select_from(TitleVector)) == len(TITLES) + 3
    monkeypatch.setattr(comparing, "WHOLE", 100)
    assert by_shortlist == found(owner_client, many)
    assert len(by_shortlist) >= 4


@pytest.mark.usefixtures("pgvector")
def test_it_finds_the_same_where_pgvector_compares(
    owner_client: FlaskClient, many: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_pgvector = found(owner_client, many)
    monkeypatch.setattr(title_vectors, "by_index", title_vectors.by_arrays)
    assert by_pgvector == found(owner_client, many)
    assert len(by_pgvector) >= 4


def test_titles_that_nobody_has_read_yet_are_found_by_their_words(
    owner_client: FlaskClient, many: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortlists, "MOST_READ", 0)
    assert frozenset(("Clean an espresso machine", "Cleaning your espresso machine")) in found(owner_client, many)


def test_without_any_model_words_are_compared(
    owner_client: FlaskClient, many: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (services, shortlists):
        monkeypatch.setattr(module, "embedding_model_for", lambda account_id, run_id: None)
    assert frozenset(("Clean an espresso machine", "How to clean an espresso machine")) in found(owner_client, many)


def test_a_title_that_is_typed_waits_for_no_reading_of_others(owner_client: FlaskClient, many: Site) -> None:
    owner_client.post(LIKE, data={"title": "Clean your espresso machines"}, headers={"HX-Request": "true"})
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    assert len(run.data["found"]) == 3
    assert db.session.scalar(select(func.count()).select_from(TitleVector)) == 0
    found(owner_client, many)
    owner_client.post(LIKE, data={"title": "Clean your espresso machines"}, headers={"HX-Request": "true"})
    assert len(work(newest_run()).data["found"]) == 3
