"""Batches say what they did, what they left out, and why."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.content.models import Content
from app.content.terms.fit import types_for
from app.core.extensions import db
from app.sites.facts import SiteFacts
from app.sites.models import Site
from tests.factories.things import make_cluster, make_content, make_site

HTMX = {"HX-Request": "true"}


def said(client: FlaskClient, address: str, **data: Any) -> str:
    answer = client.post(f"/content/{address}/", data=data, headers=HTMX)
    message: str = json.loads(answer.headers["HX-Trigger"])["toast"]["message"]
    return message


@pytest.fixture
def rows(site: Site) -> list[Content]:
    return [make_content(site, kind, content_type=kind) for kind in ("Article", "Page", "Taxonomy", "Product")]


def test_a_tag_goes_on_what_can_have_it_and_the_rest_is_named(
    owner_client: FlaskClient, site: Site, rows: list[Content]
) -> None:
    ids = [row.id for row in rows]
    told = said(owner_client, "attach-term", content_ids=ids, term_name="Coffee", taxonomy="tag")
    assert told.startswith("Term attached to 1 item. Left out: ")
    for part in ("1 page, which", "1 term page, which", "1 product, which"):
        assert part in told
    db.session.expire_all()
    assert [len(row.terms) for row in rows] == [1, 0, 0, 0]
    told = said(owner_client, "attach-term", content_ids=ids[:1], term_id=rows[0].terms[0].id)
    assert told == "Term attached to 0 items. Left out: 1 that had it already."


def test_a_term_that_fits_none_is_refused_and_not_made(
    owner_client: FlaskClient, site: Site, rows: list[Content]
) -> None:
    told = said(owner_client, "attach-term", content_ids=[rows[1].id], term_name="Coffee", taxonomy="category")
    assert told == "None of these can have the term “Coffee”: 1 page. In WordPress it is for articles."
    assert "Coffee" not in owner_client.get("/content/").text


def test_what_the_site_told_of_its_taxonomies_decides() -> None:
    facts = SiteFacts(post_types_of={"category": frozenset({"post", "page"}), "genre": frozenset({"product"})})
    assert types_for("category", "category", facts) == ("Article", "Page")
    assert types_for("custom", "genre", facts) == ("Product",)
    assert types_for("tag", "product_tag", SiteFacts()) == ("Product",)
    assert types_for("product_attribute", "pa_size", SiteFacts()) == ("Product",)
    assert "Taxonomy" not in types_for("custom", "mood", SiteFacts())


def test_taking_off_and_assigning_name_what_stays(
    owner_client: FlaskClient, account: Account, site: Site, rows: list[Content]
) -> None:
    said(owner_client, "attach-term", content_ids=[rows[0].id], term_name="Coffee", taxonomy="tag")
    ids = [row.id for row in rows[:2]] + [make_content(make_site(account), "Elsewhere").id]
    db.session.expire_all()
    told = said(owner_client, "detach-term", content_ids=ids, detach_term_id=rows[0].terms[0].id)
    assert told == "Term removed from 1 item. Left out: 1 that did not have it; 1 item that is not of this site."
    cluster = make_cluster(site)
    versions = [row.version for row in rows]
    said(owner_client, "assign-cluster", content_ids=ids[:1], cluster_id=cluster.id)
    told = said(owner_client, "assign-cluster", content_ids=ids[:2], cluster_id=cluster.id)
    assert told == "1 item assigned to the cluster. Left out: 1 that was there already."
    db.session.expire_all()
    assert [row.version for row in rows[:2]] == [version + 1 for version in versions[:2]]
