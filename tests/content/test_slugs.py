"""Slugs and terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError, NotFound
from app.sites.models import Site
from app.taxonomy.services import find_or_create_term
from app.taxonomy.slugs import normalise_slug
from tests.factories.people import make_account
from tests.factories.things import make_site, make_term


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Digital Marketing", "digital-marketing"),
        ("  Crème brûlée & café  ", "creme-brulee-cafe"),
        ("Straße nach Łódź", "strasse-nach-lodz"),
        ("Mother's day", "mothers-day"),
        ("snake_case -- and more", "snake-case-and-more"),
        ("قهوة مختصة", "قهوة-مختصة"),
        ("コーヒー", "コーヒー"),
        ("Чай", "чай"),
        ("हिन्दी में सेवाएँ", "हिन्दी-में-सेवाएँ"),
        ("خِدمات کے بارے میں", "خِدمات-کے-بارے-میں"),
        ("สวัสดีครับ", "สวัสดีครับ"),
        ("ہم\u200cکون\u200f ہیں", "ہمکون-ہیں"),
        ("❤️ shop 1️⃣", "shop-1"),
        ("!!!", ""),
    ],
)
def test_slug(text: str, slug: str) -> None:
    assert normalise_slug(text) == slug


@given(st.text())
def test_a_slug_is_stable(text: str) -> None:
    slug = normalise_slug(text)
    assert normalise_slug(slug) == slug
    assert len(slug) <= 200
    assert not slug.startswith("-")
    assert not slug.endswith("-")


def test_a_term_is_made_once(site: Site) -> None:
    first = find_or_create_term(site.account_id, site.id, "category", "Digital  Marketing")
    again = find_or_create_term(site.account_id, site.id, "category", "digital marketing")
    tag = find_or_create_term(site.account_id, site.id, "post_tag", "Digital Marketing")
    assert first.id == again.id != tag.id
    assert (first.name, first.slug, first.external_taxonomy) == ("Digital Marketing", "digital-marketing", "category")
    assert (tag.taxonomy_type, tag.external_taxonomy) == ("tag", "post_tag")


def test_an_attribute_keeps_its_wordpress_taxonomy(site: Site) -> None:
    term = find_or_create_term(site.account_id, site.id, "pa_size", "Large")
    assert (term.taxonomy_type, term.external_taxonomy) == ("product_attribute", "pa_size")


@pytest.mark.parametrize(
    ("taxonomy", "name"),
    [("category", "<b>"), ("tag", "\u200b"), ("tag", "%20"), ("category", "x" * 201), ("nonsense", "News")],
)
def test_what_is_no_term_is_refused_in_words(site: Site, taxonomy: str, name: str) -> None:
    with pytest.raises(DomainError) as caught:
        find_or_create_term(site.account_id, site.id, taxonomy, name)
    assert caught.value.cure


def test_a_site_of_another_account_does_not_exist(site: Site) -> None:
    other = make_site(make_account("Elsewhere"))
    with pytest.raises(NotFound):
        find_or_create_term(site.account_id, other.id, "category", "News")


def test_one_slug_in_two_wordpress_taxonomies_is_two_terms(site: Site) -> None:
    size, colour = (find_or_create_term(site.account_id, site.id, name, "Red") for name in ("pa_size", "pa_colour"))
    assert size.id != colour.id
    assert find_or_create_term(site.account_id, site.id, "pa_colour", "red").id == colour.id
    tag, of_products = (find_or_create_term(site.account_id, site.id, name, "Red") for name in ("tag", "product_tag"))
    assert (tag.external_taxonomy, of_products.external_taxonomy) == ("post_tag", "product_tag")
    assert (tag.taxonomy_type, of_products.taxonomy_type) == ("tag", "tag")
    assert find_or_create_term(site.account_id, site.id, "post_tag", "red").id == tag.id


def test_a_term_that_names_no_taxonomy_is_of_the_usual_one(site: Site) -> None:
    old = make_term(site, "News", external_taxonomy=None)
    assert find_or_create_term(site.account_id, site.id, "category", "news").id == old.id
    services = make_term(site, "Brewing", "service_category", external_taxonomy="service")
    assert find_or_create_term(site.account_id, site.id, "service_category", "brewing").id == services.id


def test_names_that_differ_in_signs_are_different_terms(site: Site) -> None:
    names = ["C", "C++", "C#", "R&D", "RD", "R D", ".NET", "NET", "A+", "A", "A-", "-A", "18", "-18"]
    made = [find_or_create_term(site.account_id, site.id, "tag", name) for name in names]
    assert [(term.name, term.slug) for term in made] == [
        ("C", "c"),
        ("C++", "c-2"),
        ("C#", "c-3"),
        ("R&D", "r-d"),
        ("RD", "rd"),
        ("R D", "r-d-2"),
        (".NET", "net"),
        ("NET", "net-2"),
        ("A+", "a"),
        ("A", "a-2"),
        ("A-", "a-3"),
        ("-A", "a-4"),
        ("18", "18"),
        ("-18", "18-2"),
    ]
    again = [find_or_create_term(site.account_id, site.id, "tag", name.lower()) for name in names]
    assert [term.id for term in again] == [term.id for term in made]


def test_names_without_letters_are_terms_as_in_wordpress(site: Site) -> None:
    names = ["+", "++", "🔥", "!?", "🔥🔥", "term"]
    made = [find_or_create_term(site.account_id, site.id, "tag", name) for name in names]
    assert [(term.name, term.slug) for term in made] == [
        ("+", "term"),
        ("++", "term-2"),
        ("🔥", "term-3"),
        ("!?", "term-4"),
        ("🔥🔥", "term-5"),
        ("term", "term-6"),
    ]
    again = [find_or_create_term(site.account_id, site.id, "tag", f" {name} ") for name in names]
    assert [term.id for term in again] == [term.id for term in made]


@pytest.mark.parametrize(("name", "other"), [("Café", "cafe"), ("Well known", "well-known"), ("Mum’s", "Mum's")])
def test_case_accents_and_hyphens_make_no_other_term(site: Site, name: str, other: str) -> None:
    first = find_or_create_term(site.account_id, site.id, "tag", name)
    assert find_or_create_term(site.account_id, site.id, "tag", other).id == first.id


def test_a_slug_says_which_term_is_meant_where_no_sign_was_lost(site: Site) -> None:
    renamed = make_term(site, "Camping tents", "tag", slug="tents", external_taxonomy="post_tag")
    language = make_term(site, "C language", "tag", slug="c", external_taxonomy="post_tag")
    assert find_or_create_term(site.account_id, site.id, "tag", "Tents").id == renamed.id
    assert find_or_create_term(site.account_id, site.id, "tag", "C++").id != language.id
    assert find_or_create_term(site.account_id, site.id, "tag", "Tents!").id != renamed.id
