"""The verdict is about what a visitor is served."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.http import HttpResponse
from app.publishing.verification import comparing as verify
from app.publishing.verification.comparing import Verdict, judge, verdict_message
from app.publishing.verification.robots import unavailable_since
from app.sites.wordpress_errors import wordpress_error

LINK = "https://a.example/x/"
SENT: dict[str, Any] = {
    "content_id": "42",
    "seo": {"title": "Cold brew & you", "description": "All of it.", "canonical": LINK},
    "marker": "0123456789abcdef",
    "passages": ["Steep it for twelve hours", "Drink it over much ice", "Keep it for one week"],
}
RESULT: dict[str, Any] = {"permalink": LINK, "post_id": 9, "post_status": "publish", "readback": {}, "sent": SENT}
GOOD = """<!doctype html><html><head><title> Cold  brew &amp; you </title>
<meta name="description" content="All of it."><link rel="canonical" href="https://a.example/x/">
<meta name="igny8-content" content="42"><meta name="igny8-version" content="0123456789abcdef"></head>
<body class="single postid-9"><p>Steep it for twelve hours.</p><p>Drink it over&nbsp;much ice.</p>
<p>Keep it for <em>one</em> week.</p></body></html>"""
NO_MARKER = GOOD.replace("igny8-", "other-")
OLD_TEXT = GOOD.replace("Steep it", "Boil it")


def page(html: str, status: int = 200, url: str = LINK, **headers: str) -> HttpResponse:
    return HttpResponse(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, html.encode(), url, 0.1
    )


def judged(html: str, status: int = 200, url: str = LINK, **changes: Any) -> Verdict:
    return judge(page(html, status, url), {**RESULT, **changes})


def codes(html: str, status: int = 200, **changes: Any) -> list[str]:
    return [issue["code"] for issue in judged(html, status, **changes).issues]


def test_a_page_as_sent_has_no_issue() -> None:
    assert (judged(GOOD).name, codes(GOOD)) == ("verified", [])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Cold  brew", "Warm brew", "SEO_TITLE"),
        ('content="All of it."', 'content=""', "SEO_DESCRIPTION"),
        ('a.example/x/"', 'a.example/y/"', "SEO_CANONICAL"),
        ("Steep it", "Boil it", "TEXT_NOT_SHOWN"),
        ("Drink it", "Sip it", "TEXT_NOT_SHOWN"),
        ("Keep it", "Leave it", "TEXT_NOT_SHOWN"),
        ("igny8-content", "gone", "MARKER_MISSING"),
    ],
)
def test_each_difference_is_named(old: str, new: str, code: str) -> None:
    verdict = judged(GOOD.replace(old, new))
    assert (verdict.name, [issue["code"] for issue in verdict.issues]) == ("published_with_issues", [code])


@pytest.mark.parametrize(
    "served",
    [
        GOOD.replace("0123456789abcdef", "fedcba9876543210"),  # the text may be the same: the head may not
        GOOD.replace('<meta name="igny8-version" content="0123456789abcdef">', "")
        .replace("42", "42", 1)
        .replace("</head>", '<meta name="igny8-version" content=""></head>'),
        NO_MARKER.replace("Steep it", "Boil it"),  # imported, cached before it was ever published from here
    ],
)
def test_the_old_version_of_a_page_is_told_as_such_and_never_as_live(served: str) -> None:
    verdict = judged(served)
    assert (verdict.name, verdict.issues[-1]["code"]) == ("not_seen_from_outside", "OLD_VERSION")
    said = verdict_message(verdict, LINK)
    assert "visitors still see the old version (cache)" in said
    assert "It is live" not in said
    assert verdict.may_pass_soon


def test_what_a_cache_says_of_itself_is_kept() -> None:
    old = page(GOOD.replace("0123456789abcdef", "fedcba9876543210"), X_Cache="HIT", Age="120")
    assert judge(old, RESULT).issues[0]["details"]["cache"] == "Age: 120, X-Cache: HIT"


def test_a_plugin_that_names_no_version_is_judged_by_the_text() -> None:
    sent = {**SENT, "marker": None}
    served = GOOD.replace('<meta name="igny8-version" content="0123456789abcdef">', "")
    assert codes(served, sent=sent) == []
    assert codes(served.replace("Steep it", "Boil it"), sent=sent) == ["TEXT_NOT_SHOWN"]
    assert codes(served, sent={name: SENT[name] for name in ("content_id", "seo")}) == []  # published long ago


@pytest.mark.parametrize(
    ("content", "is_told"),
    [("0; url=https://b.example/", True), ("5;URL='/other/'", True), ("30", False), (f"60; url={LINK}", False)],
)
def test_a_page_that_sends_visitors_on_is_told(content: str, is_told: bool) -> None:
    found = codes(GOOD.replace("</head>", f'<meta http-equiv="Refresh" content="{content}"></head>'))
    assert found == (["SENT_ON"] if is_told else [])


def test_a_header_sends_on_too_and_what_scripts_replace_does_not() -> None:
    assert [one["code"] for one in judge(page(GOOD, Refresh="0; url=/y/"), RESULT).issues] == ["SENT_ON"]
    assert (
        codes(GOOD.replace("</head>", '<noscript><meta http-equiv="refresh" content="0;/y/"></noscript></head>')) == []
    )


def test_www_and_a_slash_make_no_other_address() -> None:
    same = '<meta http-equiv="refresh" content="0;https://www.a.example/x"></head>'
    assert codes(GOOD.replace("</head>", same)) == []


@pytest.mark.parametrize(
    ("robots", "is_told"),
    [
        ("unavailable_after: 2020-01-31", True),
        ("max-snippet:-1, unavailable_after: 25 Jun 2010 15:00:00 GMT, follow", True),
        ("unavailable_after: Friday, 25-Jun-2010 15:00:00 GMT", True),
        ("unavailable_after: 2020-01-31T10:00:00Z", True),
        ("unavailable_after: 2990-01-31", False),
        ("unavailable_after: soon", False),
    ],
)
def test_a_page_that_was_to_be_dropped_by_now_is_told(robots: str, is_told: bool) -> None:
    verdict = judged(GOOD.replace("</head>", f'<meta name="robots" content="{robots}"></head>'))
    assert (verdict.name, ["NOINDEX"] * is_told) == ("verified", [note["code"] for note in verdict.notes])


def test_a_time_of_being_dropped_counts_in_its_own_zone() -> None:
    found = [unavailable_since(f"unavailable_after: {time}") for time in ("2020-01-01T00:00:00+05:00", "2020-01-01")]
    assert found == [datetime(2019, 12, 31, 19, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize("how", ["hidden", 'style="display: none"', 'style="color:red;visibility:hidden !important"'])
def test_a_text_that_is_only_in_a_hidden_element_is_not_shown(how: str) -> None:
    assert codes(GOOD.replace("<p>Keep", f"<div {how}><div>x</div><p>Keep").replace("</p></body>", "</p></div>")) == [
        "TEXT_NOT_SHOWN"
    ]
    assert codes(GOOD.replace("<p>Steep", f"<p {how}>x<p>Steep").replace("<body", f"<body {how}")) == []


@pytest.mark.parametrize(("how", "issues"), [("", ["TEXT_NOT_SHOWN"]), (" open", [])])
def test_a_dialog_shows_its_text_while_it_is_open(how: str, issues: list[str]) -> None:
    html = GOOD.replace("<p>Keep", f"<dialog{how}><p>Keep").replace("</p></body>", "</p></dialog></body>")
    assert codes(html) == issues


def test_a_text_that_cannot_be_looked_for_is_told() -> None:
    verdict = judged(GOOD, sent={**SENT, "passages": [], "has_text": True})
    assert (verdict.name, [note["code"] for note in verdict.notes]) == ("verified", ["TEXT_NOT_LOOKED_AT"])
    assert "Its text was not checked" in verdict_message(verdict, LINK)


def test_a_page_builder_that_shows_its_own_text_is_named() -> None:
    verdict = judged(OLD_TEXT, page_builder="Elementor", text_changed=True)
    assert "Elementor shows its own" in verdict.issues[0]["message"]
    assert codes(OLD_TEXT, page_builder="Elementor", text_changed=False) == []  # only the head was changed
    head = OLD_TEXT.replace("All of it.", "Old")
    assert codes(head, page_builder="Elementor", text_changed=False) == ["SEO_DESCRIPTION"]


def test_one_passage_of_a_long_text_may_have_something_put_in_between() -> None:
    passages = [f"passage number {number} of it" for number in range(40)]
    body = "".join(f"<p>{passage}</p>" for passage in passages)
    html = GOOD.replace("</body>", body + "</body>")
    sent = {**SENT, "passages": passages}
    assert codes(html.replace("number 20 of", "number (see page 3) 20 of"), sent=sent) == []
    assert codes(html.replace("number 39 of", "number 38 of"), sent=sent) == ["TEXT_NOT_SHOWN"]
    assert codes(html.replace("number 2", "no 2"), sent=sent) == ["TEXT_NOT_SHOWN"]


NOTICE = "<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (
            GOOD.split("<body")[0] + '<body><div class="woocommerce-coming-soon-default">Great things</div></body>',
            "WooCommerce",
        ),
        (NOTICE.format(title="x", head="", body='<div id="seedprod-cspv5">Soon</div>'), "SeedProd"),
        (NOTICE.format(title="Coming Soon", head="", body="<h1>We are nearly there</h1>"), "coming soon"),
        (NOTICE.format(title="x", head="", body="<h1>Site under construction</h1>"), "coming soon"),
        (NOTICE.format(title="x", head='<meta http-equiv="refresh" content="0;url=/wp-login.php">', body=""), "log-in"),
        (
            NOTICE.format(title="x", head="", body='<script>location.href="https:\\/\\/a.example\\/login\\/"</script>'),
            "log-in",
        ),
        (NOTICE.format(title="x", head="", body="<script>window.location.replace('/wp-login.php')</script>"), "log-in"),
        (NOTICE.format(title="Protected", head="", body='<form><input type="password"></form>'), "password"),
        (
            GOOD.split("<body")[0]
            + '<body><form class="post-password-form"><input name="post_password" type="password">',
            "which was set in WordPress",
        ),
        (
            NOTICE.format(title="x", head='<meta http-equiv="refresh" content="0;/.well-known/sgcaptcha/">', body=""),
            "SiteGround",
        ),
        (NOTICE.format(title="x", head="", body='<script src="/aes.js"></script>'), "aes.js"),
    ],
)
def test_a_page_in_the_place_of_the_post_is_named_and_not_taken_for_it(html: str, words: str) -> None:
    verdict = judged(html)
    assert verdict.name == "not_seen_from_outside"
    assert words in verdict.issues[-1]["message"]
    assert not verdict.may_pass_soon


def test_of_a_page_without_words_only_what_surely_replaces_it_is_a_notice() -> None:
    """WooCommerce keeps the head of the post; others' marks may come from what they did for another page."""
    bare = {**SENT, "passages": []}
    head = GOOD.split("<body")[0]
    shop = judged(f'{head}<body><div class="woocommerce-coming-soon-default"></div></body>', sent=bare)
    assert (shop.name, shop.issues[-1]["details"]["cause"]) == ("not_seen_from_outside", "COMING_SOON")
    assert judged(f'{head}<body><link href="/plugins/seedprod/x.css"></body>', sent=bare).name == "verified"


def test_a_long_page_that_speaks_of_what_is_coming_is_no_notice() -> None:
    body = "<p>Our garden is under construction, and the café is coming soon.</p>" * 100
    verdict = judged(NOTICE.format(title="Garden", head="", body=body))
    assert (verdict.name, verdict.issues[0]["code"]) == ("published_with_issues", "MARKER_MISSING")


def test_visitors_who_are_sent_to_the_log_in_page_are_told_of() -> None:
    verdict = judged(
        NOTICE.format(title="Log in", head="", body=""), url="https://a.example/wp-login.php?redirect_to=x"
    )
    assert (verdict.name, "log-in page" in verdict.issues[0]["message"]) == ("not_seen_from_outside", True)
    assert codes(GOOD.replace("a.example/x/", "a.example/login/"), permalink="https://a.example/login/") == [
        "SEO_CANONICAL"
    ]


def test_a_post_that_speaks_of_such_things_is_none_of_them() -> None:
    html = GOOD.replace("</body>", '<p>Our sgcaptcha review is coming soon</p><input type="password"></body>')
    assert codes(html) == []


@pytest.mark.parametrize(
    ("head", "header"),
    [
        ('<meta name="robots" content="noindex, follow">', ""),
        ('<meta name="robots" content="none">', ""),
        ("", "noindex"),
        ('<meta name="googlebot" content="noindex">', ""),
        ("", "googlebot: noindex"),
    ],
)
def test_a_page_that_search_engines_are_kept_from_is_told(head: str, header: str) -> None:
    verdict = judge(page(GOOD.replace("</head>", head + "</head>"), X_Robots_Tag=header), RESULT)
    assert (verdict.name, verdict.notes[0]["code"]) == ("verified", "NOINDEX")
    assert "noindex" in verdict_message(verdict, LINK)
    assert judged(GOOD.replace("</head>", '<meta name="robots" content="max-image-preview:none"></head>')).notes == []


def test_a_page_that_is_not_there_is_one_issue() -> None:
    assert codes("<title>Not found</title>", 404) == ["PERMALINK_STATUS"]


def test_an_address_that_leads_elsewhere_is_told() -> None:
    verdict = judged(
        NO_MARKER.replace("postid-9", "postid-7").replace(LINK, "https://a.example/y/"), url="https://a.example/y/"
    )
    assert "another address: https://a.example/y/" in verdict.issues[0]["message"]


def test_the_first_of_two_descriptions_counts() -> None:
    doubled = GOOD.replace("<meta name", '<meta name="description" content="Another"><meta name', 1)
    assert codes(doubled) == ["SEO_DESCRIPTION"]


@given(st.text(max_size=400))
def test_any_page_can_be_judged(html: str) -> None:
    assert judged(html.encode("utf-8", "replace").decode()).name != "verified"


def look(answers: dict[str, HttpResponse | None], **result: object) -> Verdict:
    def visit(url: str) -> HttpResponse:
        answer = answers[url]
        if answer is None:
            raise wordpress_error("TIMEOUT")
        return answer

    return verify.check_page({**RESULT, "featured_image_url": "https://a.example/i.png", **result}, visit)


PICTURE = HttpResponse(200, {"Content-Type": "image/png"}, b"png", "https://a.example/i.png", 0.1)
SERVED: dict[str, HttpResponse | None] = {LINK: page(GOOD), "https://a.example/i.png": PICTURE}


def test_verified_needs_page_and_image() -> None:
    assert look(SERVED).name == "verified"
    broken = {**SERVED, "https://a.example/i.png": HttpResponse(404, {}, b"", "", 0.1)}
    assert [issue["code"] for issue in look(broken).issues] == ["FEATURED_IMAGE"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "did not answer"),
        (page("Maintenance", 503), "maintenance"),
        (page("No", 403), "firewall"),
        (page("Password", 401, WWW_Authenticate='Basic realm="x"'), "user name and a password"),
        (page("Bad", 521), "refuses Cloudflare"),
        (page("Bad", 526), "certificate"),
        (page("Bad", 508), "processor time"),
        (page("Slow down", 429), "no more requests"),
        (page("", 202), "bot protection"),
    ],
)
def test_a_page_that_visitors_do_not_get_is_a_verdict_of_its_own(answer: HttpResponse | None, words: str) -> None:
    verdict = look({**SERVED, LINK: answer}, readback={"title": False})
    assert (verdict.name, verdict.may_pass_soon) == ("not_seen_from_outside", False)
    assert words in verdict.issues[-1]["message"]
    assert "did not keep the title" in verdict_message(verdict, LINK)


def test_a_private_post_is_told_as_such() -> None:
    assert "private" in look({**SERVED, LINK: page("", 404)}, post_status="private").issues[0]["message"]


@pytest.mark.parametrize(
    ("stored", "found"),
    [("2026-12-01T10:00:00Z", []), ("2026-12-01T15:00:00Z", ["READBACK_DATE"])],
)
def test_the_date_that_wordpress_stored_is_compared_with_the_intent(stored: str, found: list[str]) -> None:
    dates = {"intended_date_utc": "2026-12-01T10:00:00Z", "post_date_utc": stored}
    verdict = look(SERVED, readback={"date": True}, **dates)
    assert [issue["code"] for issue in verdict.issues] == found
    assert not verdict.may_pass


def test_what_wordpress_did_not_keep_is_an_issue_that_no_later_look_mends() -> None:
    verdict = look(SERVED, readback={"title": True, "terms": False})
    assert (verdict.name, verdict.issues[0]["code"]) == ("published_with_issues", "READBACK_TERMS")
    assert not verdict.may_pass


@pytest.mark.parametrize(
    "served",
    [
        OLD_TEXT.replace('content="42"', 'content="43"').replace("postid-9", "page-id-10"),
        OLD_TEXT.replace('content="42"', 'content="43"').replace(' class="single postid-9"', ""),
        NO_MARKER.replace("Steep it", "Boil it").replace("postid-9", "page-id-10"),  # its canonical address is the same
        NO_MARKER.replace("postid-9", "").replace("</head>", '<link rel="shortlink" href="https://a.example/?p=10">'),
    ],
)
def test_another_page_at_the_address_is_told_as_such_and_not_as_a_cache(served: str) -> None:
    verdict = judged(served)
    assert (verdict.name, [one["code"] for one in verdict.issues]) == ("not_seen_from_outside", ["OTHER_PAGE"])
    said = verdict_message(verdict, LINK)
    assert verdict.in_short == "Another page"
    assert "but another page answers there" in said
    assert "Cold brew & you" in said
    assert "cache" not in said
    assert not verdict.is_old


def test_a_page_that_names_no_post_is_not_taken_for_another_one() -> None:
    assert codes(NO_MARKER.replace("postid-9", "home")) == ["MARKER_MISSING"]
    term = {"term_id": 5, "post_id": 0}
    assert "OTHER_PAGE" in codes(OLD_TEXT.replace('content="42"', 'content="43"'), **term)
    assert "OTHER_PAGE" not in codes(NO_MARKER.replace("postid-9", "term-5"), **term)
