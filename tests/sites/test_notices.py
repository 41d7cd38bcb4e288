"""“Coming soon”, under construction and maintenance pages that answer in WordPress's place, of hosts and plugins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.publishing.verification.unseen import barrier_issue
from app.sites.notices import notice_error, product_of
from app.sites.wordpress import explain_answer
from tests.sites.test_server_pages import answer

PAGE = "<html><head><title>{}</title>{}</head><body>{}</body></html>"
APACHE = "The server is temporarily unable to service your request due to maintenance downtime or capacity problems."
CSS = "<link rel='stylesheet' href='https://a.example/wp-content/plugins/{}/style.css'>"
RESULT = {"permalink": "https://a.example/wp-json/igny8/v1/status", "post_status": "publish"}


@pytest.mark.parametrize(
    ("status", "page", "code", "words"),
    [
        (503, PAGE.format("Coming Soon", "", "<div class='seedprod'>Nearly there</div>"), "COMING_SOON", "SeedProd"),
        (503, PAGE.format("Coming Soon", CSS.format("coming-soon"), "Soon"), "COMING_SOON", "SeedProd"),
        (503, PAGE.format("Maintenance mode", "", "<div class='wpmm-x'>Back soon</div>"), "MAINTENANCE", "LightStart"),
        (503, PAGE.format("x", "", "<b class='elementor-maintenance-mode'>Tasty</b>"), "COMING_SOON", "Elementor"),
        (200, PAGE.format("x", CSS.format("cmp-coming-soon-maintenance"), "Hello"), "COMING_SOON", "CMP"),
        (503, PAGE.format("x", CSS.format("nifty-coming-soon-page"), "Hello"), "COMING_SOON", "nifty-coming-soon-page"),
        (503, PAGE.format("x", CSS.format("maintenance"), "Hello"), "COMING_SOON", "the plugin maintenance"),
        (200, PAGE.format("x", "", "<body class='wpcom-coming-soon-body'>"), "COMING_SOON", "WordPress.com's"),
        (503, PAGE.format("Coming soon", "", "Nearly there"), "COMING_SOON", "with a “coming soon” page"),
        (200, PAGE.format("Under construction", "", ""), "COMING_SOON", "with a “coming soon” page"),
        (503, PAGE.format("Bientôt disponible", "", ""), "COMING_SOON", "with a “coming soon” page"),
        (503, PAGE.format("Próximamente", "", ""), "COMING_SOON", "with a “coming soon” page"),
        (503, PAGE.format("x", "", "Wir sind demnächst für Sie da"), "COMING_SOON", "with a “coming soon” page"),
        (503, PAGE.format("x", "", "<h1>Сайт находится в разработке</h1>"), "COMING_SOON", "with a “coming soon”"),
        (503, PAGE.format("Wartungsarbeiten", "", ""), "MAINTENANCE", "maintenance mode"),
        (503, PAGE.format("Sito in manutenzione", "", ""), "MAINTENANCE", "maintenance mode"),
        (503, PAGE.format("x", "", "ただいまメンテナンス中です"), "MAINTENANCE", "maintenance mode"),
        (503, PAGE.format("503 Service Unavailable", "", APACHE), "ORIGIN_DOWN", "not available"),
        (503, PAGE.format("x", "", "The server is temporarily busy, try again later!"), "ORIGIN_DOWN", "not available"),
        (404, PAGE.format("Coming soon", "", "Nothing here"), "NOT_WORDPRESS", "does not answer like"),
        (404, PAGE.format("Car maintenance", "", "Nothing here"), "NOT_WORDPRESS", "does not answer like"),
    ],
)
def test_a_notice_is_named_with_what_shows_it(status: int, page: str, code: str, words: str) -> None:
    error = explain_answer(answer(status, page), None)
    assert (error.code, words in error.message) == (code, True), error.message
    assert error.retryable == (code in ("MAINTENANCE", "ORIGIN_DOWN"))


def test_a_long_page_that_speaks_of_such_things_is_no_notice() -> None:
    page = PAGE.format("Coming soon", "", "<p>How we keep our plants under construction</p>" * 60)
    assert notice_error(answer(200, page)) is None


def test_visitors_who_get_a_notice_with_503_are_told_which() -> None:
    page = PAGE.format("x", "", "<b class='elementor-maintenance-mode'>Tasty</b>")
    found = barrier_issue(answer(503, page), RESULT)
    assert found is not None
    assert (found["message"].startswith("Visitors get Elementor's"), found["details"]["cause"]) == (True, "COMING_SOON")
    assert "maintenance page" in (barrier_issue(answer(503, PAGE.format("Wartung", "", "")), RESULT) or {})["message"]


@given(st.text(max_size=300))
def test_any_page_is_looked_at(page: str) -> None:
    assert isinstance(product_of(page.lower()), str)
    assert explain_answer(answer(503, page), None).message
