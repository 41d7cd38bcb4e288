"""Title, description and canonical address are compared with what visitors should get of them."""

import pytest

from app.publishing.verification.served_seo import seo_issues

ADDRESS = "https://Example.com/ä?q=a+b&x="
SENT = {"title": "A &amp; B", "description": "Some words", "canonical": ADDRESS, "focus_keywords": ["tea"]}


def codes(served: dict[str, str | None], expected: dict[str, str | None] | None = None) -> list[str]:
    result = {} if expected is None else {"seo_served": expected}
    page = {"title": "A &amp; B", "description": "Some words", "canonical": ADDRESS}
    return [issue["code"] for issue in seo_issues(result, SENT, page | served)]


def test_what_was_sent_is_expected_of_a_plugin_that_tells_nothing() -> None:
    assert codes({"description": "Some  words "}) == []
    assert codes({"title": "A & B", "description": None}) == ["SEO_TITLE", "SEO_DESCRIPTION"]


def test_what_the_seo_plugin_makes_of_a_text_is_expected() -> None:
    expected = {"title": "A & B", "description": "Some words", "canonical": ADDRESS}
    assert codes({"title": "A & B"}, expected) == []
    assert codes({"title": "A &amp; B"}, expected) == ["SEO_TITLE"]


def test_what_is_not_ours_is_not_judged() -> None:
    assert codes({"title": "Theirs", "description": "Some other"}, {"title": None, "description": None}) == []


@pytest.mark.parametrize(
    ("served", "is_same"),
    [
        ("https://example.com/%c3%a4?q=a%20b&x", True),
        ("https://example.com/Ä?q=a+b&x=", False),
        ("https://example.com/ä?q=a", False),
        ("/ä?q=a+b&x=", False),
        (None, False),
    ],
)
def test_an_address_is_the_same_however_it_is_escaped(served: str | None, is_same: bool) -> None:
    assert codes({"canonical": served}) == ([] if is_same else ["SEO_CANONICAL"])


def test_a_host_is_the_same_in_letters_and_in_punycode() -> None:
    sent = SENT | {"canonical": "https://exämple.com/x"}
    page = {"title": "A &amp; B", "description": "Some words", "canonical": "https://xn--exmple-cua.com/x"}
    assert seo_issues({}, sent, page) == []


def test_a_field_that_was_left_to_the_site_is_not_judged() -> None:
    page = {"title": "The site's own", "description": "Some words", "canonical": ADDRESS}
    expected = {"title": "Something", "description": "Some words", "canonical": ADDRESS}
    assert seo_issues({"seo_served": expected}, SENT | {"title": ""}, page) == []
