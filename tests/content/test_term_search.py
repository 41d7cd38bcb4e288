"""Terms found for one content, and new ones."""

from flask.testing import FlaskClient

from app.accounts.models import Account
from app.content.models import Content
from app.content.terms.search import MOST, find_terms, terms_by_ids
from app.core.extensions import db
from app.sites import connection
from app.sites.facts import KEY
from app.sites.models import Site
from app.taxonomy.services import EXTERNAL
from tests.content.test_pages import edit
from tests.factories.things import make_content, make_site, make_term

HTMX = {"HX-Request": "true"}


def names(content: Content, words: str) -> list[str]:
    """What is found, best first."""
    return [term.name for term in find_terms(content, words).terms]


def test_words_in_any_order_find_terms_that_the_type_can_have(account: Account, site: Site) -> None:
    article, product = make_content(site), make_content(site, content_type="Product")
    for name, kind in (
        ("Green tea", "category"),
        ("Tea", "tag"),
        ("Teapots", "category"),
        ("Tea shop", "product_category"),
        ("100%_tea", "tag"),
    ):
        make_term(site, name, kind, external_taxonomy=EXTERNAL[kind])
    make_term(make_site(account), "Tea elsewhere")
    assert names(article, " tea ") == ["Tea", "Teapots", "100%_tea", "Green tea"]
    assert names(article, "tea GREEN") == ["Green tea"]
    assert names(article, "%_") == ["100%_tea"]
    assert names(product, "tea") == ["Tea shop"]


def test_no_more_than_a_page_is_found_and_what_is_there_is_not_made_again(site: Site) -> None:
    content = make_content(site)
    for number in range(MOST + 1):
        make_term(site, f"Tea {number:03}")
    found = find_terms(content, "tea")
    assert (len(found.terms), found.is_more) == (MOST, True)
    assert [kind for kind, _ in find_terms(content, "TEA 007").new_kinds] == ["tag", "service_category"]
    assert [kind for kind, _ in find_terms(content, "").new_kinds] == []


def test_terms_by_id_are_those_of_the_site(account: Account, site: Site) -> None:
    ours, theirs = make_term(site, "Ours"), make_term(make_site(account), "Theirs")
    assert terms_by_ids(make_content(site), [ours.id, theirs.id]) == [ours]


def test_chosen_and_new_terms_are_saved_together(owner_client: FlaskClient, site: Site) -> None:
    content, old, added = make_content(site), make_term(site, "Old"), make_term(site, "Added")
    content.terms = [old]
    db.session.commit()
    sent = edit(content, term_ids=str(added.id), terms_shown="1", terms_seen=str(old.id))
    sent |= {"new_term": ["category:Fresh: and new", "tag:Fresh", "cluster:Not offered"]}
    assert owner_client.post(f"/content/{content.id}/edit/", data=sent, headers=HTMX).status_code == 200
    db.session.expire_all()
    pairs = sorted((term.taxonomy_type, term.name) for term in content.terms)
    assert pairs == [("category", "Added"), ("category", "Fresh: and new"), ("tag", "Fresh")]


def test_a_site_that_makes_no_terms_refuses_new_ones_alone(owner_client: FlaskClient, site: Site) -> None:
    connection.make_key(site).remote = {KEY: {"auto_create_terms": False}}
    content = make_content(site)
    make_term(site, "There")
    db.session.commit()
    page = owner_client.get(f"/content/{content.id}/terms/?q=nowhere").text
    assert "This site makes no new ones." in page
    assert "new_term" not in page
    sent = edit(content) | {"new_term": ["category:there"], "title": "Kept"}
    assert owner_client.post(f"/content/{content.id}/edit/", data=sent, headers=HTMX).status_code == 200
    db.session.expire_all()
    sent = edit(content) | {"new_term": ["category:Nowhere"]}
    answer = owner_client.post(f"/content/{content.id}/edit/", data=sent, headers=HTMX)
    assert answer.status_code == 422
    assert "this site makes no new ones" in answer.text
