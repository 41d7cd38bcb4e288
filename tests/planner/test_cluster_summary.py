"""What a cluster's page leads with: intent, volume, difficulty, parent topic, coverage, cannibalisation."""

from flask.testing import FlaskClient

from app.content.bulk.services import attach_keywords
from app.content.coverage import coverage_of
from app.core.extensions import db
from app.planner.clusters.summary import cluster_summary
from app.planner.models import Cluster
from app.sites.models import Site
from tests.factories.things import make_content, make_keyword

LIVE = {"status": "published", "external_id": 7, "external_url": "https://shop.example/x/"}


def live(site: Site, cluster: Cluster, title: str, number: int, *focus: str) -> int:
    fields = LIVE | {"external_id": number, "external_url": f"https://shop.example/{number}/"}
    return make_content(site, title, cluster_id=cluster.id, focus_keywords=list(focus), **fields).id


def test_figures_are_of_what_is_known(site: Site, cluster: Cluster) -> None:
    for text, volume, difficulty, intent in (
        ("moka pot", 900, 10, "informational"),
        ("buy moka pot", 100, 25, "transactional"),
        ("moka pot sizes", None, None, "informational"),
        ("moka", None, None, None),
    ):
        make_keyword(site, text, volume=volume, difficulty=difficulty, intent=intent, cluster_id=cluster.id)
    make_keyword(site, "kettle", volume=5000, difficulty=99)
    summary = cluster_summary(cluster)
    assert (summary.keywords, summary.volume, summary.without_volume) == (4, 1000, 2)
    assert (summary.difficulty, summary.rated) == (18, 2)
    assert summary.intents == [("informational", 67), ("transactional", 33)]
    assert summary.parent_topic is not None
    assert summary.parent_topic.keyword == "moka pot"


def test_an_empty_cluster_knows_nothing(owner_client: FlaskClient, cluster: Cluster) -> None:
    summary = cluster_summary(cluster)
    assert (summary.keywords, summary.volume, summary.difficulty, summary.intents) == (0, 0, None, [])
    page = owner_client.get(f"/planner/clusters/{cluster.id}/").text
    assert page.count("Not known") == 2
    assert "No live content" in owner_client.get(f"/content/by-cluster/{cluster.id}/coverage/").text


def test_coverage_counts_what_live_pages_are_written_for_and_names_rivals(
    owner_client: FlaskClient, site: Site, cluster: Cluster
) -> None:
    ids = {
        text: make_keyword(site, text, cluster_id=cluster.id).id
        for text in ("moka pot", "moka sizes", "moka", "gasket")
    }
    first = live(site, cluster, "Moka pots", 1, "Moka  Pot", "moka sizes")
    live(site, cluster, "Moka pots again", 2, "moka pot")
    make_content(site, "A draft", cluster_id=cluster.id, focus_keywords=["gasket"])
    attach_keywords([(first, ids["moka"])])
    db.session.commit()
    coverage = coverage_of(cluster)
    assert (coverage.covered, coverage.keywords, coverage.live) == (3, 4, 2)
    assert [(word, [row.title for row in rows]) for word, rows in coverage.competing] == [
        ("moka pot", ["Moka pots again", "Moka pots"])
    ]
    page = owner_client.get(f"/content/by-cluster/{cluster.id}/coverage/").text
    assert "3 of 4" in page
    assert f"/content/{first}/edit/" in page
