"""The editor's fields of each type: parent, template, taxonomy, author and canonical address."""

import re

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.content.models import Content
from app.core.clock import iso, utcnow
from app.core.extensions import db
from app.sites import connection
from app.sites.facts import KEY
from app.sites.models import Site
from tests.factories.pictures import add_images
from tests.factories.things import make_content, make_site

FACTS = {
    "post_types": [{"name": "page", "templates": {"wide.php": "Wide page"}}],
    "taxonomies": [{"name": "category", "label": "Categories"}, {"name": "genre", "label": "Genres"}],
    "authors": [{"id": 1, "email": "ann@example.com", "name": "Ann"}],
    "upload": {"max_bytes": 1000, "mime_types": ["image/png"]},
    "default_author": "bob@example.com",
}


@pytest.fixture
def asked(site: Site) -> Site:
    """A site that told of itself just now."""
    link = connection.make_key(site)
    link.remote = {KEY: {**FACTS, "asked_at": iso(utcnow())}}
    db.session.commit()
    return site


def live_page(site: Site, title: str, external_id: int) -> Content:
    url = f"{site.url}/{title.lower()}/"
    return make_content(site, title, content_type="Page", status="published", external_id=external_id, external_url=url)


def options(page: str, field: str) -> dict[str, str]:
    """Words by value of a select."""
    inside = re.search(rf'<select[^>]*id="{field}"[^>]*>(.*?)</select>', page, re.DOTALL)
    assert inside, f"no {field}"
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)<', inside[1]))


def save(client: FlaskClient, content: Content, **fields: str) -> tuple[int, str]:
    sent = {"version": str(content.version), "title": content.title, **fields}
    answer = client.post(f"/content/{content.id}/edit/", data=sent, headers={"HX-Request": "true"})
    return answer.status_code, answer.get_data(as_text=True)


def editor(client: FlaskClient, content: Content) -> str:
    return client.get(f"/content/{content.id}/edit/").get_data(as_text=True)


def test_a_page_chooses_among_live_pages_of_its_site_and_templates_of_its_theme(
    asked: Site, account: Account, owner_client: FlaskClient
) -> None:
    live_page(asked, "About", 12)
    make_content(asked, "Draft page", content_type="Page")
    make_content(asked, "An article", external_id=13)
    live_page(make_site(account), "Elsewhere", 14)
    page = make_content(asked, content_type="Page")
    shown = editor(owner_client, page)
    assert options(shown, "parent_external_id") == {"": "None", "12": "About · /about/"}
    assert options(shown, "template") == {"": "The theme&#39;s default", "wide.php": "Wide page"}
    assert save(owner_client, page, parent_external_id="12", template="wide.php")[0] == 200
    db.session.refresh(page)
    assert (page.parent_external_id, page.template) == (12, "wide.php")
    page.external_id = 20
    db.session.commit()
    shown = editor(owner_client, page)
    assert list(options(shown, "parent_external_id")) == ["", "0", "12"]
    assert options(shown, "template")[""] == "As it is in WordPress"
    assert save(owner_client, page, parent_external_id="", template="default")[0] == 200
    db.session.refresh(page)
    assert (page.parent_external_id, page.template) == (None, "default")


def test_a_parent_that_is_not_live_is_refused_in_a_sentence(asked: Site, owner_client: FlaskClient) -> None:
    page = make_content(asked, content_type="Page")
    for wanted in ("99", "x", "9" * 30):
        status, said = save(owner_client, page, parent_external_id=wanted)
        assert status == 422, wanted
    status, said = save(owner_client, page, parent_external_id="99")
    assert "The parent page is not live on this site yet. Publish the parent first, then choose it here." in said
    db.session.refresh(page)
    assert page.parent_external_id is None


def test_what_is_chosen_stays_though_wordpress_no_longer_names_it(site: Site, owner_client: FlaskClient) -> None:
    page = make_content(site, content_type="Page", parent_external_id=77, template="old.php", external_id=5)
    shown = editor(owner_client, page)
    assert options(shown, "parent_external_id")["77"] == "Page 77 of WordPress"
    assert "old.php" in options(shown, "template")
    assert save(owner_client, page, title="Renamed")[0] == 200
    db.session.refresh(page)
    assert (page.title, page.parent_external_id, page.template) == ("Renamed", 77, "old.php")


def test_a_term_has_a_taxonomy_and_no_fields_of_posts(asked: Site, owner_client: FlaskClient) -> None:
    term = make_content(asked, "Guides", content_type="Taxonomy")
    add_images(term, 1)
    shown = editor(owner_client, term)
    assert options(shown, "taxonomy") == {
        "": "Choose a taxonomy",
        "category": "Category",
        "post_tag": "Tag",
        "product_cat": "Product category",
        "genre": "Genres",
    }
    for name in ("author_email", "excerpt", "new_terms", "parent_external_id", "template"):
        assert f'name="{name}"' not in shown, name
    assert list(options(shown, "upload-role")) == ["inline"]
    assert save(owner_client, term, taxonomy="genre")[0] == 200
    assert save(owner_client, term, taxonomy="Not One")[0] == 422
    db.session.refresh(term)
    assert term.taxonomy == "genre"
    term.external_id = 8
    db.session.commit()
    status, said = save(owner_client, term, taxonomy="category")
    assert (status, "cannot move to another taxonomy" in said) == (422, True)
    assert save(owner_client, term, title="Renamed")[0] == 200  # the field is not sent


def test_an_article_has_an_author_and_a_canonical_address(asked: Site, owner_client: FlaskClient) -> None:
    article = make_content(asked)
    shown = editor(owner_client, article)
    authors = {"": "bob@example.com", "ann@example.com": "Ann · ann@example.com"}
    assert options(shown, "author_email") == authors
    assert 'name="parent_external_id"' not in shown
    fields = {"author_email": " ann@example.com ", "seo_canonical": "https://example.com/original/"}
    assert save(owner_client, article, **fields)[0] == 200
    db.session.refresh(article)
    assert (article.author_email, article.seo_canonical) == ("ann@example.com", "https://example.com/original/")
    article.author_email = "gone@example.com"  # nobody there has it any more
    db.session.commit()
    assert list(options(editor(owner_client, article), "author_email")) == [*authors, "gone@example.com"]
    for name, value in (("author_email", "ann"), ("seo_canonical", "javascript:alert(1)"), ("seo_canonical", "//x")):
        assert save(owner_client, article, **{name: value})[0] == 422, value


def test_a_product_offers_its_own_kinds_of_terms(site: Site, owner_client: FlaskClient) -> None:
    product = make_content(site, content_type="Product")
    shown = editor(owner_client, product)
    assert list(options(shown, "new_terms_taxonomy")) == ["product_category", "product_tag"]
    assert save(owner_client, product, new_terms="Steel", new_terms_taxonomy="product_tag")[0] == 200
    term = db.session.get_one(Content, product.id).terms[0]
    assert (term.taxonomy_type, term.external_taxonomy) == ("tag", "product_tag")
    assert re.search(r"Steel</span>\s*<small>\s*Product tag", editor(owner_client, product))


def test_a_site_that_does_not_answer_leaves_the_fields_as_they_are(
    asked: Site, owner_client: FlaskClient, stranger_client: FlaskClient
) -> None:
    page = make_content(asked, content_type="Page")
    assert "content.choices" not in editor(owner_client, page)
    assert 'hx-trigger="load"' not in editor(owner_client, page)  # fresh: nothing to ask
    asked.url = "http://127.0.0.1:9"
    asked.connection.remote = {KEY: {**FACTS, "asked_at": "2026-01-01T00:00:00Z"}}
    db.session.commit()
    assert f'hx-get="/content/{page.id}/choices/"' in editor(owner_client, page)
    answer = owner_client.get(f"/content/{page.id}/choices/?template=wide.php&author_email=typed")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "WordPress could not be asked for its choices: The server refuses connections." in shown
    assert '<option value="wide.php" selected>' in shown
    assert 'value="typed"' in shown
    assert 'hx-trigger="load"' not in shown
    assert stranger_client.get(f"/content/{page.id}/choices/").status_code == 404


def test_parents_are_found_by_title_and_address(asked: Site, owner_client: FlaskClient) -> None:
    for number in range(20):
        live_page(asked, f"Page{number}", 100 + number)
    page = make_content(asked, content_type="Page")
    assert "Find a parent page" in editor(owner_client, page)
    found = owner_client.get(f"/content/{page.id}/parents/?parent_q=PAGE17&parent_external_id=103").get_data(
        as_text=True
    )
    assert re.findall(r'value="(\d*)"', found) == ["", "117", "103"]
    assert '<option value="103" selected>' in found


def test_the_type_changes_until_the_content_is_live(site: Site, owner_client: FlaskClient) -> None:
    content = make_content(site, content_type="Product")
    sent = {"version": "1", "title": content.title, "content_type": "Page"}
    answer = owner_client.post(f"/content/{content.id}/edit/", data=sent, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/content/{content.id}/edit/")
    db.session.refresh(content)
    assert content.content_type == "Page"
    assert 'id="parent_external_id"' in editor(owner_client, content)
    content.external_id = 5
    db.session.commit()
    assert 'id="content_type"' not in editor(owner_client, content)
    status, said = save(owner_client, content, content_type="Article")
    assert (status, "its type cannot change" in said) == (422, True)
