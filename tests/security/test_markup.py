"""HTML, CSV, addresses and forms that mean harm. What is shown is harmless; what is kept is the author's."""

import csv
import io
import json
import re
from base64 import b64encode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.content.models import Content
from app.content.preview import sanitise
from app.core import spreadsheets
from app.core.extensions import db
from app.identity.models import User
from app.identity.second_step import safe_target
from app.sites.models import Site
from tests.factories.people import PASSWORD, make_account, make_member
from tests.factories.things import make_content, make_keyword, make_site

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:x'>a</a>",
    "<a href='jAvAsCrIpT&colon;alert(1)'>a</a>",
    "<a href='java\tscript:alert(1)'>a</a>",
    "<iframe srcdoc='<script>x'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img onerror=x>'>",
    "<form action=//evil.example><button>x</button></form>",
    "<base href=//evil.example>",
    "<object data=x><embed src=x>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<style>@import '//evil.example'</style>",
    "<div style='background:url(javascript:x)'>",
    "<link rel=stylesheet href=//evil.example>",
    "<!--><script>x</script>-->",
    "<p onclick=x onmouseover=y>",
    "<img src='data:text/html,<script>x'>",
    "<template><script>x</script></template>",
    "<button hx-get=//evil hx-trigger=load data-hx-on:click=x>",
    "<input autofocus onfocus=x>",
    "<![CDATA[<script>x]]>",
    "<x-y hx-on::load=x>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<details open ontoggle=x>",
)
HARMFUL = re.compile(
    r"<(?:script|svg|math|iframe|form|button|base|object|embed|meta|style|link|template|input)\b"
    r"|<[^>]*\s(?:on\w+|style|srcdoc|hx-[\w:-]+|data-[\w:-]+)\s*=|<[^>]*=\s*[\"']?\s*(?:javascript|data|vbscript):",
    re.I,
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\xa0=1", "\u200b=1", "＝1+1", "|calc", "%x")


@pytest.mark.parametrize("html", ATTACKS, ids=ascii)
def test_html_is_kept_as_it_came_and_shown_without_harm(owner_client: FlaskClient, site: Site, html: str) -> None:
    content = make_content(site)
    whole = f"<p>before</p>\n{html}\n<p>after</p>"
    data = {"title": html, "content": whole, "version": content.version}
    assert owner_client.post(f"/content/{content.id}/edit/", data=data).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Content, content.id).content_html == whole
    shown = sanitise(whole, "https://site.example")
    assert not HARMFUL.search(shown), shown
    title = html.replace("\t", " ")
    for path in (f"/content/{content.id}/edit/", "/content/", "/dashboard/", f"/content/{content.id}/preview/"):
        page = owner_client.get(path).text
        assert title not in page, path


def test_json_in_a_page_ends_no_script(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, content_html="<p>a</p></script><script>alert(1)</script><!--<script>")
    page = owner_client.get(f"/content/{content.id}/edit/").text
    [pieces] = re.findall(r'<script type="application/json" id="content-pieces">(.*?)</script>', page, re.S)
    assert "<" not in pieces
    json.loads(pieces)


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    [[cell, number]] = csv.reader(io.StringIO(spreadsheets.csv_line([text, -5]), newline=""))
    assert cell == f"'{text}"
    assert number == "-5"  # numbers are numbers


def test_every_csv_download_goes_through_the_one_rule(app: Flask) -> None:
    from app.config import ROOT

    for path in (ROOT / "app").rglob("*.py"):
        if "csv.writer(" in path.read_text() and path.name not in ("spreadsheets.py",):
            raise AssertionError(f"{path.name} writes CSV by itself")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:x",
        "/\n/evil.example",
        " //evil.example",
        "///evil.example",
        "http:evil.example",
        "/\x00/evil",
        "@evil.example",
        "",
        "/\r\nSet-Cookie: a=b",
        "evil.example",
        "\u2028//evil",
        "/\u200b/evil",
    ],
    ids=ascii,
)
def test_signing_in_leads_nowhere_else(app: Flask, owner: User, target: str) -> None:
    browser = app.test_client()
    form = {"email": owner.email, "password": PASSWORD, "next": target}
    assert browser.post("/login", data=form).location == "/dashboard/"
    with app.test_request_context():
        assert safe_target(target) == "/dashboard/"


def test_the_host_header_gets_into_no_page_mail_or_key(
    app: Flask, owner_client: FlaskClient, owner: User, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.core import mail

    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://app.example.com")
    monkeypatch.setitem(app.config, "TRUSTED_NAMES", frozenset({"evil.example"}))  # even one that is answered to
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Referer": "http://evil.example/"}
    cookie = owner_client.get_cookie("igny8_session")
    assert cookie is not None
    owner_client.set_cookie("igny8_session", cookie.value, domain="evil.example")
    owner_client.post("/account/team/invite/", data={"email": "x@example.com", "role": "viewer"}, headers=evil)
    app.test_client().post("/password/forgot/", data={"email": owner.email}, headers=evil)
    letters = mail.outbox()
    assert len(letters) == 2
    assert not [text for _mail, text in letters if "evil.example" in text]
    for path in ("/login", "/no/such", "/"):
        answer = app.test_client().get(path, headers=evil)
        assert "evil.example" not in answer.text + str(answer.headers)
    assert owner_client.post(f"/sites/{site.id}/wordpress/key/", headers=evil).status_code == 303
    page = owner_client.get(f"/sites/{site.id}/settings/?tab=wordpress", headers=evil).text
    assert "https://app.example.com" in page
    for part in ("evil.example", b64encode(b'"http://evil.example').decode()[:20]):
        assert part not in page


def test_fields_that_no_form_has_change_nothing(owner_client: FlaskClient, site: Site) -> None:
    other = make_account("Other")
    data = {
        "name": "Mine",
        "url": site.url,
        "time_zone": "UTC",
        "account_id": str(other.id),
        "id": "999",
        "is_active": "",
        "secret": "x",
        "state": "connected",
        "site.account_id": str(other.id),
        "__class__": "x",
    }
    before = (site.id, site.account_id, site.is_active)
    assert owner_client.post(f"/sites/{site.id}/settings/", data=data).status_code == 303
    db.session.expire_all()
    kept = db.session.get_one(Site, before[0])
    assert (kept.id, kept.account_id, kept.is_active) == before


def test_nobody_signs_up_as_more_than_they_are(app: Flask) -> None:
    account = make_account("Target")
    form = {
        "email": "new@example.com",
        "name": "N",
        "password": PASSWORD,
        "account_name": "A",
        "account_id": account.id,
        "role": "owner",
        "is_active": "1",
        "email_confirmed_at": "2020-01-01",
        "session_epoch": "9",
        "id": "1",
    }
    browser = app.test_client()
    assert browser.post("/signup", data=form).status_code == 303
    assert browser.post("/login", data=form).location == "/dashboard/"
    assert "Target" not in browser.get("/account/").text


def test_a_parameter_given_twice_crosses_no_wall(owner_client: FlaskClient, site: Site) -> None:
    stranger = make_account("Stranger")
    foreign = make_site(stranger, name="Foreign canary site")
    make_keyword(foreign, "foreign canary keyword")
    make_member(stranger)
    for query in (f"site={site.id}&site={foreign.id}", f"site={foreign.id}&site={site.id}", f"site[]={foreign.id}"):
        assert "canary" not in owner_client.get(f"/planner/keywords/?{query}").text
    body = {"ids": [str(foreign.id)], "name": ["A", "B"], "url": [site.url, "http://127.0.0.1/"], "time_zone": "UTC"}
    assert owner_client.post(f"/sites/{foreign.id}/settings/?site_id={site.id}", data=body).status_code == 404
