"""Descriptions made from keywords follow them; what somebody wrote stays."""

import pytest
from flask.testing import FlaskClient

from app.core.extensions import db
from app.planner.clusters import services as clusters
from app.planner.clusters.descriptions import is_made
from app.planner.clusters.proposals import ProposedKeywords, store_proposals
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from tests.factories.things import make_cluster, make_keyword

MADE = "Searches such as “french press”, “press filter”, “press size” and 1 more."


@pytest.fixture
def press(site: Site) -> Cluster:
    cluster = make_cluster(site, "Press", description=MADE)
    for volume, word in ((900, "french press"), (500, "press filter"), (90, "press size"), (None, "press ratio")):
        make_keyword(site, word, volume=volume, cluster_id=cluster.id)
    return cluster


def ids_of(*words: str) -> list[int]:
    return list(db.session.scalars(db.select(Keyword.id).where(Keyword.keyword.in_(words))))


def described(name: str) -> str:
    db.session.expire_all()
    return db.session.scalars(db.select(Cluster.description).where(Cluster.name == name)).one()


def test_splitting_and_moving_renew_both(owner_client: FlaskClient, press: Cluster) -> None:
    data = {"ids": ids_of("french press", "press ratio"), "target": "new", "new_name": "French"}
    owner_client.post("/planner/keywords/move/", data=data)
    assert described("Press") == "Searches such as “press filter”, “press size”."
    assert described("French") == "Searches such as “french press”, “press ratio”."
    owner_client.post("/planner/keywords/move/", data={"ids": ids_of("press ratio"), "target": str(press.id)})
    assert described("Press") == "Searches such as “press filter”, “press size”, “press ratio”."
    assert described("French") == "Searches such as “french press”."
    owner_client.post("/planner/keywords/delete/", data={"ids": ids_of("french press")})
    assert described("French") == ""


def test_merging_and_clustering_into_one_renew_it(site: Site, press: Cluster) -> None:
    other = make_cluster(site, "Grinders", description="Searches such as “burr grinder”.")
    make_keyword(site, "burr grinder", volume=700, cluster_id=other.id)
    clusters.merge_clusters(site.account_id, [other.id], press.id)
    assert described("Press") == "Searches such as “french press”, “burr grinder”, “press filter” and 2 more."
    late = make_keyword(site, "press", volume=9000)
    store_proposals(site.account_id, site.id, [ProposedKeywords("press", "", [late.id])])
    assert described("Press") == "Searches such as “press”, “french press”, “burr grinder” and 3 more."


@pytest.mark.parametrize("words", ["What people ask about presses.", MADE + " Mine.", ""])
def test_what_somebody_wrote_or_took_away_stays(owner_client: FlaskClient, press: Cluster, words: str) -> None:
    owner_client.post(f"/planner/clusters/{press.id}/", data={"name": "Press", "description": words})
    owner_client.post("/planner/keywords/move/", data={"ids": ids_of("french press"), "target": "none"})
    assert described("Press") == words
    assert is_made(MADE)
