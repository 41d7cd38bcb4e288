"""Every POST route that exists, with forms that no browser sends: words that say what is wrong, never a 500 page.

Routes come from the URL map and field names from the source, so that new ones are tried without being listed here.
"""

import io
import os
import re
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.config import ROOT
from app.content.models import Content
from app.core.extensions import db
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.world import World, address, routes, world

__all__ = ["world"]
NOWHERE = "http://127.0.0.1:9"
ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "8"))
NOT_TRIED = {"auth.logout": "ends the session", "sites.test_connection": "calls out, and reads no field"}
READ = re.compile(r"""(?:form|values|args|files)\.get(?:list)?\(\s*"([\w-]+)\"|^    (\w+) = \w+Field\(""", re.M)
SIGNS = "%&+=;# "
NASTY = (
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "１２",
    "9" * 19,
    "9" * 400,
    "x" * 10_000,
    "\0",
    "a\0b",
    "\x01\x1b[31m",
    "\r\nSet-Cookie: a=b",
    "\ud7ff\uffff",
    "İ",
    "ß" * 300,
    "👩‍👩‍👧‍👦" * 200,
    "\u202eabc",
    "../../etc/passwd",
    "..\\..\\x",
    "//[",
    "//evil.example",
    "/\nx",
    "=cmd|' /C calc'!A0",
    "{{7*7}}",
    "%s%n",
    "<svg onload=x>",
    "'; drop table runs; --",
    "none",
    "new",
    "all",
    "1,2,3",
    "NaN",
    "a=1&" * 60,
    "endpoint=x",
    "_scheme=javascript",
    "_external=1&_scheme=x",
    "_method=POST",
    "_anchor=x",
    "values=1",
    "q=é&page=-1",
    "q=%00",
    "site=1&site=2",
    "sort=-x&cluster=99999999999999999999",
    "🜁=🜂",
    "https://[::1",
    "http://a b",
)


def field_names() -> list[str]:
    """Every name that the source reads from a form, a query or a list of files."""
    found = {name for path in (ROOT / "app").rglob("*.py") for pair in READ.findall(path.read_text()) for name in pair}
    assert {"ids", "filter", "title", "csv_file", "version", "email"} <= found
    return sorted(found - {"", "csrf_token", "for_site", "next_"})  # of another site nothing would be tried


def post_routes(app: Flask) -> list[Any]:
    return [rule for rule, method in routes(app) if method == "POST" and rule.endpoint not in NOT_TRIED]


@pytest.fixture
def tried(app: Flask, world: World, sign_in: SignIn) -> tuple[Flask, World, FlaskClient]:
    db.session.execute(update(Site).values(url=NOWHERE))  # some routes ask WordPress
    db.session.commit()
    return app, world, sign_in(make_member(world.account, "owner"))


Tried = tuple[Flask, World, FlaskClient]


def _quote_signs(words: str, *_: Any) -> str:
    """The words with the signs escaped that would end a field, all other letters as they are."""
    return "".join(quote_plus(letter) if letter in SIGNS or letter < " " else letter for letter in words)


def faults(tried: Tried, form: dict[str, Any]) -> list[Any]:
    """Post this to every route, one time in four as without script; what was answered badly. 502 is WordPress's fault.

    Whole pages take three times as long as what HTMX asks for, and to read every letter as `%xx` a quarter of all the
    time; in all tests together each route is asked both ways.
    """
    app, world, client = tried
    wrong: list[Any] = []
    content_type = "application/x-www-form-urlencoded"
    letters_as_they_are, escaped = urlencode(form, doseq=True, quote_via=_quote_signs), urlencode(form, doseq=True)
    for number, rule in enumerate(post_routes(app)):
        has_script = (number + len(str(form))) % 4
        headers, body = ({"HX-Request": "true"}, letters_as_they_are) if has_script else ({}, escaped)
        answer = client.post(address(app, rule, world), data=body, content_type=content_type, headers=headers)
        if answer.status_code >= 500 and answer.status_code != 502:
            wrong.append((str(rule), answer.status_code, headers, form))
        for name, value in answer.headers:
            if any(char < " " or char > "\xff" for char in value):
                wrong.append((str(rule), "header", name, value[:80]))
    return wrong


def plausible(world: World) -> dict[str, Any]:
    """A form that most routes accept, so that a single odd field is looked at."""
    ids = {name: str(value) for name, value in world.parameters.items()}
    return {
        "ids": [ids["cluster_id"]],
        "content_ids": [ids["content_id"]],
        "all_matching": "",
        "filter": "",
        "title": "A title",
        "content_type": "Article",
        "content_structure": "Guide",
        "primary_keyword": "cold brew",
        "cluster": ids["cluster_id"],
        "cluster_id": ids["cluster_id"],
        "target": ids["cluster_id"],
        "name": "A name",
        "version": "1",
        "url": NOWHERE,
        "time_zone": "UTC",
        "content": "<p>x</p>",
        "keywords": "cold brew\nhot brew",
        "term_id": ids["term_id"],
        "detach_term_id": ids["term_id"],
        "taxonomy": "category",
        "new_terms_taxonomy": "category",
        "email": "a@example.com",
        "password": "long enough 1",
    }


@pytest.mark.parametrize("number", range(ROUNDS))
def test_odd_values_in_every_field(tried: Tried, number: int) -> None:
    form = {name: NASTY[(number * 7 + at * 5) % len(NASTY)] for at, name in enumerate(field_names())}
    assert faults(tried, form) == []


odd = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=60),
    st.integers().map(str),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4),
)


@settings(max_examples=ROUNDS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(changes=st.dictionaries(st.sampled_from(field_names()), odd, min_size=1, max_size=4))
def test_a_few_odd_values_in_a_plausible_form(tried: Tried, changes: dict[str, Any]) -> None:
    assert faults(tried, plausible(tried[1]) | changes) == []


@pytest.mark.parametrize(
    "query", ["endpoint=x&values=y", "_method=POST", "_scheme=x&_external=1", "a=1&" * 60, "q=%00é"]
)
@pytest.mark.parametrize("chosen", ["", "1"])
def test_the_filters_that_a_form_carries_are_only_a_query(tried: Tried, query: str, chosen: str) -> None:
    form = plausible(tried[1]) | {"filter": query, "all_matching": chosen}
    assert faults(tried, form | ({"ids": [], "content_ids": []} if chosen else {})) == []


@pytest.mark.parametrize("name", ["../../x.png", "a\0.csv", "x" * 300 + ".csv", "con.csv", "\u202egpj.exe", "İ."])
def test_odd_file_names_and_files_where_texts_are_expected(tried: Tried, name: str) -> None:
    names = ("csv_file", "images", "title", "filter", "ids", "keywords")
    form = plausible(tried[1]) | {field: (io.BytesIO(b"keyword\ncold brew\n\x00\xff"), name) for field in names[:2]}
    app, world, client = tried
    wrong = []
    for rule in post_routes(app):
        data = form | {field: (io.BytesIO(b"\x89PNG\r\n\x1a\n"), name) for field in names}
        answer = client.post(address(app, rule, world), data=data, content_type="multipart/form-data")
        if answer.status_code >= 500 and answer.status_code != 502:
            wrong.append((str(rule), answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"title": [[[1]]], "ids": {"a": 1}}'),
        ("application/json", b"[" * 100_000),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 10_000),
        ("application/x-www-form-urlencoded; charset=utf-16", "title=x".encode("utf-16")),
        ("", b"\xff\xfe\x00"),
        ("application/x-www-form-urlencoded", b"%ff%fe=%00&title=%ed%a0%80&ids=%F0%9F"),
        ("text/plain", b"x" * 1_000_000),
    ],
)
def test_bodies_that_are_no_form(tried: Tried, content_type: str, body: bytes) -> None:
    app, world, client = tried
    wrong = []
    for rule in post_routes(app):
        answer = client.post(address(app, rule, world), data=body, content_type=content_type)
        if answer.status_code >= 500 and answer.status_code != 502:
            wrong.append((str(rule), answer.status_code))
    assert wrong == []


def test_nothing_is_lost_by_any_of_it(tried: Tried) -> None:
    before = set(db.session.scalars(select(Content.id)))
    assert faults(tried, plausible(tried[1]) | dict.fromkeys(("title", "content", "name"), "\0")) == []
    assert before <= set(db.session.scalars(select(Content.id)))  # one of the routes makes a copy
    assert tried[2].get("/dashboard/").status_code == 200
