"""Whatever a page changes, a program can change too, or the table says why that is for pages alone."""

from flask import Flask

from app.api.endpoints import ENDPOINTS
from tests.factories.api_twins import ON_PAGES_ALONE, TWINS
from tests.factories.world import SIGNED, routes


def changed_by_pages(app: Flask) -> set[str]:
    """The endpoints of pages that change something; plugins, Stripe and links of mails are nobody's pages."""
    return {rule.endpoint for rule, method in routes(app) if method != "GET" and not rule.endpoint.startswith(SIGNED)}


def test_each_change_of_a_page_has_an_endpoint_or_a_reason(app: Flask) -> None:
    on_pages = changed_by_pages(app)
    assert sorted(on_pages - set(TWINS) - set(ON_PAGES_ALONE)) == []
    assert sorted((set(TWINS) | set(ON_PAGES_ALONE)) - on_pages) == [], "There is no such page any more."
    assert sorted(set(TWINS) & set(ON_PAGES_ALONE)) == []


def test_the_endpoints_that_are_named_are_there() -> None:
    named = {name for names in TWINS.values() for name in names.split()}
    assert sorted(named - set(ENDPOINTS)) == []
    assert sorted(name for name in named if not ENDPOINTS[name].is_write and name != "show_ai_call_texts") == []
