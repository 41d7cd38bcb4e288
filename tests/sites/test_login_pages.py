"""Log-in pages and access proxies that a site sends everybody to who is not signed in."""

import pytest
from requests.structures import CaseInsensitiveDict

from app.core.http import HttpResponse
from app.publishing.verification.unseen import barrier_issue
from app.sites.wordpress import explain_answer

HERE = "https://a.example/wp-json/igny8/v1/status"


def sent_to(location: str) -> HttpResponse:
    return HttpResponse(302, CaseInsensitiveDict({"Location": location}), b"", HERE, 0.1)


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
        ("https://a.example/my-account/", "MEMBERS_ONLY", "to its page /my-account/: it is for members"),
        ("/iniciar-sesion/", "MEMBERS_ONLY", "to its page /iniciar-sesion/"),
        ("/", "MEMBERS_ONLY", "to its page /:"),
        ("https://b.example/okta.com/", "REDIRECTS", "redirects"),
        ("/blog/wp-json/igny8/v1/status", "REDIRECTS", "redirects"),
        ("/wp-json/igny8/v1/status/", "REDIRECTS", "redirects"),
        ("/?rest_route=%2Figny8%2Fv1%2Fstatus", "REDIRECTS", "redirects"),
        ("https://a.example:8443/wp-json/igny8/v1/status", "REDIRECTS", "redirects"),
        ("/blog/wp-admin/admin-post.php", "REDIRECTS", "redirects"),
        ("/wp-json/igny8/v1/status?lang=de", "REDIRECTS", "redirects"),
        ("/?password-protected=login", "MEMBERS_ONLY", "log-in page"),
    ],
)
def test_where_one_signs_in_is_told_from_another_address(location: str, code: str, words: str) -> None:
    error = explain_answer(sent_to(location), None)
    assert (error.code, words in error.message) == (code, True), error.message
    assert ("address in its settings is right" in error.cure) == (code != "REDIRECTS")


def test_a_log_in_page_in_the_place_of_the_answer_is_one_for_members() -> None:
    page = b"<html><body class='login no-js login-action-login wp-core-ui'><form name=loginform></form></body></html>"
    assert explain_answer(HttpResponse(200, CaseInsensitiveDict(), page, HERE, 0.1), None).code == "MEMBERS_ONLY"


NGINX = "<html><head><title>401 Authorization Required</title></head><body><hr><center>nginx</center></body></html>"
FORM = "<h1>Password protected site</h1><form method=post><input name=password {}></form>"
VERCEL = "<title>Authentication Required</title><a href='https://vercel.com/sso-api?url=x'>Sign in</a>"


def refused(page: str, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(401, CaseInsensitiveDict(named), page.encode(), HERE, 0.1)


@pytest.mark.parametrize(
    ("answer", "code", "message", "cure"),
    [
        (refused(NGINX, Server="nginx"), "SITE_PASSWORD", "does not say how (401)", "Site password"),
        (refused(""), "SITE_PASSWORD", "does not say how (401)", "let /wp-json/igny8/"),
        (refused("<title>401 - Unauthorized: Access is denied</title>"), "SITE_PASSWORD", "does not say", "password"),
        (refused(FORM.format("type=password"), Server="Netlify"), "SITE_PASSWORD", "Netlify asks", "Visitor access"),
        (refused(FORM.format('type="password"')), "SITE_PASSWORD", "The site asks", "Switch it off where"),
        (refused(VERCEL, Server="Vercel"), "ACCESS_PROXY", "Vercel's sign-in", "bypass"),
        (
            refused("", WWW_Authenticate='Bearer authorization_uri="https://login.windows.net/x/oauth2/authorize"'),
            "ACCESS_PROXY",
            "Microsoft's sign-in",
            "bypass",
        ),
    ],
)
def test_a_401_that_names_no_way_to_sign_in_is_read(answer: HttpResponse, code: str, message: str, cure: str) -> None:
    error = explain_answer(answer, None)
    assert (error.code, message in error.message, cure in error.cure) == (code, True, True), error.as_dict()


def test_visitors_are_told_of_them_too() -> None:
    result = {"permalink": HERE, "post_status": "publish"}
    vercel, nginx = barrier_issue(refused(VERCEL), result), barrier_issue(refused(NGINX), result)
    assert [found and found["details"]["cause"] for found in (vercel, nginx)] == ["ACCESS_PROXY", "SITE_PASSWORD"]


def test_a_password_that_such_a_server_did_not_take_is_told() -> None:
    assert explain_answer(refused(NGINX), None, password_sent=True).code == "SITE_PASSWORD_WRONG"
