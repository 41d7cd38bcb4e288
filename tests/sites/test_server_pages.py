"""What servers, hosts and PHP say in the place of an answer, each as what it is."""

import pytest
from requests.structures import CaseInsensitiveDict

from app.core.http import Answer
from app.sites.server_pages import printed_output_error, server_page_error
from app.sites.wordpress import explain_answer

NOTICE = "<br />\n<b>Notice</b>:  Undefined index in <b>/srv/wp-content/plugins/old-forms/a.php</b> on line <b>3</b>\n"
FATAL = "<b>Fatal error</b>: Uncaught Error: x in /srv/wp-content/themes/bakery/functions.php:3"


def answer(status: int, body: str = "", **headers: str) -> Answer:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, CaseInsensitiveDict(told), body.encode(), "https://a.example/wp-json/igny8/v1/status", 0.1)


@pytest.mark.parametrize(
    ("found", "code", "words"),
    [
        (answer(503, "<h1>Error 503 Backend fetch failed</h1><h3>Guru Meditation:</h3>"), "ORIGIN_DOWN", "Varnish"),
        (answer(503, "<h1>503 Service Temporarily Unavailable</h1>nginx"), "ORIGIN_DOWN", "not available"),
        (answer(503, '{"code":"wp_die","message":"Wartung"}', Retry_After="600"), "MAINTENANCE", "maintenance"),
        (answer(503, "<div class='wp-die-message'>Wartung</div>", Retry_After="600"), "MAINTENANCE", "maintenance"),
        (answer(503, "<p>Come back soon</p>", Retry_After="600"), "ORIGIN_DOWN", "not available"),
        (answer(200, "<title>Account Suspended</title>"), "SITE_SUSPENDED", "suspended"),
        (answer(509, "<h1>This Account has been suspended.</h1>"), "SITE_SUSPENDED", "suspended"),
        (answer(302, "", Location="https://a.example/cgi-sys/suspendedpage.cgi"), "SITE_SUSPENDED", "suspended"),
        (answer(200, "<title>509 Bandwidth Limit Exceeded</title>"), "RESOURCE_LIMIT", "bandwidth"),
        (answer(509, "<h1>Bandwidth Limit Exceeded</h1>"), "RESOURCE_LIMIT", "more bandwidth than"),
        (answer(200, "Fatal error: Allowed memory size of 134217728 bytes exhausted"), "SERVER_ERROR", "memory"),
        (answer(500, "Maximum execution time of 30 seconds exceeded"), "SERVER_ERROR", "ran out of time"),
        (answer(200, FATAL), "SERVER_ERROR", "in the theme bakery"),
        (answer(500, "<p>There has been a critical error on this website.</p>"), "SERVER_ERROR", "critical error"),
        (answer(500, "<h1>Error establishing a database connection</h1>"), "SERVER_ERROR", "database"),
        (answer(401, '{"code":"x"}', WWW_Authenticate="Basic realm=x"), "SITE_PASSWORD", "user name"),
        (answer(401, "", WWW_Authenticate="Digest realm=x"), "SITE_PASSWORD", "not supported (HTTP Digest"),
        (answer(401, "", WWW_Authenticate='Negotiate, Basic realm="x"'), "SITE_PASSWORD", "(HTTP authentication"),
    ],
)
def test_each_is_named_as_what_it_is(found: Answer, code: str, words: str) -> None:
    document = {"code": "wp_die"} if "wp_die" in found.text else {"code": "x"} if '"code"' in found.text else None
    error = explain_answer(found, document)
    assert (error.code, words in error.message) == (code, True), error.message
    assert error.cure


@pytest.mark.parametrize("text", [NOTICE + '{"ok":true,"result":{}}', '{"ok":true,"result":{}}' + NOTICE])
def test_what_a_plugin_prints_around_an_answer_is_told_with_its_name(text: str) -> None:
    error = printed_output_error(answer(200, text))
    assert error is not None
    assert (error.code, error.message[:22]) == ("OUTPUT_IN_ANSWER", "The plugin old-forms p")
    assert error.details["printed"].startswith("Notice : Undefined index")


@pytest.mark.parametrize("text", ['{"ok":true}', ' {"ok":true}\n', "<!doctype html><script>x={'ok':1}", "", "{", "[]"])
def test_nothing_is_printed_around_a_plain_answer_or_a_page(text: str) -> None:
    assert printed_output_error(answer(200, text)) is None


def test_an_article_of_such_pages_is_none() -> None:
    text = "Account suspended: allowed memory size of 1 bytes exhausted. Guru Meditation. " * 30
    assert server_page_error(answer(200, f"<title>Account suspended</title><p>{text}</p>")) is None
