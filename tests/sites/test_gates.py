"""Log-in pages and access proxies that a site sends everybody to who is not signed in."""

import pytest
from requests.structures import CaseInsensitiveDict

from app.core.http import Answer
from app.sites.wordpress import explain_answer

HERE = "https://a.example/wp-json/igny8/v1/status"


def sent_to(location: str) -> Answer:
    return Answer(302, CaseInsensitiveDict({"Location": location}), b"", HERE, 0.1)


@pytest.mark.parametrize(
    ("location", "code", "words"),
    [
        ("/wp-login.php?redirect_to=https%3A%2F%2Fa.example%2Fwp-json", "MEMBERS_ONLY", "members only"),
        ("https://a.example/login/?redirect_to=%2F", "MEMBERS_ONLY", "members only"),
        ("/?password-protected=login&redirect_to=x", "MEMBERS_ONLY", "members only"),
        ("https://t.cloudflareaccess.com/cdn-cgi/access/login/a.example?kid=1", "ACCESS_PROXY", "Cloudflare Access"),
        ("/cdn-cgi/access/login/a.example", "ACCESS_PROXY", "Cloudflare Access"),
        ("https://shop.okta.com/oauth2/v1/authorize?client_id=1", "ACCESS_PROXY", "Okta"),
        ("https://accounts.google.com/o/oauth2/v2/auth?client_id=1", "ACCESS_PROXY", "Google's"),
        ("https://login.microsoftonline.com/common/oauth2/authorize", "ACCESS_PROXY", "Microsoft's"),
        ("https://sso.a.example/realms/x/protocol/openid-connect/auth", "ACCESS_PROXY", "Keycloak"),
        ("https://sso.a.example/start?SAMLRequest=abc", "ACCESS_PROXY", "A sign-in service"),
        ("https://sso.a.example/auth?client_id=1&response_type=code", "ACCESS_PROXY", "A sign-in service"),
        ("https://www.a.example/wp-json/igny8/v1/status", "REDIRECTS", "redirects"),
        ("https://a.example/okta.com/", "REDIRECTS", "redirects"),
    ],
)
def test_where_one_signs_in_is_told_from_another_address(location: str, code: str, words: str) -> None:
    error = explain_answer(sent_to(location), None)
    assert (error.code, words in error.message) == (code, True), error.message
    assert ("address in its settings is right" in error.cure) == (code != "REDIRECTS")


def test_a_log_in_page_in_the_place_of_the_answer_is_one_for_members() -> None:
    page = b"<html><body class='login no-js login-action-login wp-core-ui'><form name=loginform></form></body></html>"
    assert explain_answer(Answer(200, CaseInsensitiveDict(), page, HERE, 0.1), None).code == "MEMBERS_ONLY"
