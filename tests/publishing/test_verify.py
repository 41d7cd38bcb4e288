"""The verdict is about what a visitor is served."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.http import Answer
from app.publishing import verify
from app.publishing.verify import judge_page
from app.sites.wordpress_errors import known

PAYLOAD = {
    "content_id": "42",
    "seo": {"title": "Cold brew & you", "description": "All of it.", "canonical": "https://a.example/x/"},
}
GOOD = """<!doctype html><html><head><title> Cold  brew &amp; you </title>
<meta name="description" content="All of it."><link rel="canonical" href="https://a.example/x/">
<meta name="igny8-content" content="42"></head><body><title>not this</title></body></html>"""


def page(html: str, status: int = 200) -> Answer:
    return Answer(status, {}, html.encode(), "https://a.example/x/", 0.1)


def codes(html: str, status: int = 200) -> list[str]:
    return [issue["code"] for issue in judge_page(page(html, status), PAYLOAD)]


def test_a_page_as_sent_has_no_issue() -> None:
    assert codes(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Cold  brew", "Warm brew", "SEO_TITLE"), ('content="All of it."', 'content=""', "SEO_DESCRIPTION"),
        ("a.example/x/\"", "a.example/y/\"", "SEO_CANONICAL"), ('content="42"', 'content="43"', "MARKER_MISSING"),
    ],
)  # fmt: skip
def test_each_difference_is_named(old: str, new: str, code: str) -> None:
    assert codes(GOOD.replace(old, new)) == [code]


def test_a_page_that_is_not_there_is_one_issue() -> None:
    assert codes("<title>Not found</title>", 404) == ["PERMALINK_STATUS"]


def test_the_first_of_two_descriptions_counts() -> None:
    doubled = GOOD.replace("<meta name", '<meta name="description" content="Another"><meta name', 1)
    assert codes(doubled) == ["SEO_DESCRIPTION"]


@given(st.text(max_size=400))
def test_any_page_can_be_judged(html: str) -> None:
    assert "MARKER_MISSING" in codes(html.encode("utf-8", "replace").decode())


RESULT = {"permalink": "https://a.example/x/", "featured_image_url": "https://a.example/i.png", "readback": {}}


def look(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Answer | None], **result: object) -> verify.Verdict:
    def visit(url: str, _allowed: list[str]) -> Answer:
        answer = answers[url]
        if answer is None:
            raise known("TIMEOUT")
        return answer

    monkeypatch.setattr(verify, "visit", visit)
    return verify.look({**RESULT, **result}, PAYLOAD, [])


PICTURE = Answer(200, {"Content-Type": "image/png"}, b"png", "https://a.example/i.png", 0.1)


def test_verified_needs_page_and_image(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"https://a.example/x/": page(GOOD), "https://a.example/i.png": PICTURE}
    assert look(monkeypatch, good).name == "verified"
    broken = {**good, "https://a.example/i.png": Answer(404, {}, b"", "", 0.1)}
    assert [issue["code"] for issue in look(monkeypatch, broken).issues] == ["FEATURED_IMAGE"]


@pytest.mark.parametrize("answer", [None, page("Maintenance", 503), page("Password", 401)])
def test_a_page_that_visitors_do_not_get_is_a_verdict_of_its_own(
    monkeypatch: pytest.MonkeyPatch, answer: Answer | None
) -> None:
    verdict = look(monkeypatch, {"https://a.example/x/": answer, "https://a.example/i.png": PICTURE})
    assert verdict.name == "not_seen_from_outside"


@pytest.mark.parametrize(
    ("stored", "found"),
    [("2026-12-01T10:00:00Z", []), ("2026-12-01T15:00:00Z", ["READBACK_DATE"])],
)  # fmt: skip
def test_the_date_that_wordpress_stored_is_compared_with_the_intent(
    monkeypatch: pytest.MonkeyPatch, stored: str, found: list[str]
) -> None:
    dates = {"intended_date_utc": "2026-12-01T10:00:00Z", "post_date_utc": stored}
    good = {"https://a.example/x/": page(GOOD), "https://a.example/i.png": PICTURE}
    verdict = look(monkeypatch, good, readback={"date": True}, **dates)
    assert [issue["code"] for issue in verdict.issues] == found


def test_what_wordpress_did_not_keep_is_an_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"https://a.example/x/": page(GOOD), "https://a.example/i.png": PICTURE}
    verdict = look(monkeypatch, good, readback={"title": True, "terms": False})
    assert (verdict.name, verdict.issues[0]["code"]) == ("published_with_issues", "READBACK_TERMS")
