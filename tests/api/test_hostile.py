"""What strangers and broken programs send: tokens that are over, races, forged cursors, odd numbers, huge bodies."""

import base64
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import members
from app.accounts.models import Account, ApiToken, Membership
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Keyword
from app.sites.models import Site
from tests.api.conftest import Caller, MakeCaller
from tests.factories.people import actor_of, make_member
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site

KEYWORDS = "/planner/keywords/"
THREADS = 5


@pytest.fixture
def site(account: Account) -> Site:
    return make_site(account)


def code_of(answer: Any) -> tuple[int, str]:
    """The status, and the code of the error, which has its one form."""
    error = answer.json.get("error") or {}
    return answer.status_code, error.get("code", "")


def test_a_token_ends_with_its_date_its_holders_membership_role_and_account(
    account: Account, owner: User, make_caller: MakeCaller, site: Site
) -> None:
    gone, lowered, barred = (make_member(account, "editor") for _ in range(3))
    callers = [
        make_caller(account, holder, role="editor", scopes=["planner:write"]) for holder in (gone, lowered, barred)
    ]
    body = {"site_id": site.id, "keyword": "tents"}
    rows = {row.user_id: row for row in db.session.query(Membership).filter_by(account_id=account.id)}
    members.remove_member(account.id, actor_of(owner), rows[gone.id].id)
    rows[lowered.id].role = "viewer"
    db.session.get_one(User, barred.id).is_active = False
    late = make_caller(account, owner)
    db.session.query(ApiToken).filter_by(user_id=owner.id).update({"expires_at": utcnow() - timedelta(seconds=1)})
    db.session.commit()
    statuses = [caller("POST", KEYWORDS, json=body).status_code for caller in [*callers, late]]
    assert statuses == [401, 403, 401, 401]
    assert db.session.query(Keyword).count() == 0


def at_once(app: Flask, key: str | None, send: Callable[[Caller, int], Any]) -> list[tuple[int, str]]:
    """What that many requests, begun together, are answered."""
    db.session.commit()
    together, answers = threading.Barrier(THREADS), []

    def ask(number: int) -> None:
        with app.app_context():
            caller = Caller(app, key)
            together.wait()
            answers.append(code_of(send(caller, number)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_changes_that_name_the_same_etag_one_is_made(
    app: Flask, caller: Caller, site: Site, owner_client: FlaskClient
) -> None:
    owner_client.post("/account/modules/", data={"module": "site_builder", "on": "1"})
    cluster = make_cluster(site, "Tents")
    idea = make_idea(cluster, "How to pitch a tent")
    rule = {"name": "Rule", "trigger": "cluster_created", "actions": [{"kind": "generate_ideas"}]}
    made = caller("POST", "/automation/rules/", json=rule | {"site_id": site.id}).json["result"]
    persona = caller("POST", "/thinker/personas/", json={"name": "Guide"}).json["result"]
    planned = caller("POST", "/site-builder/blueprints/", json={"site_id": site.id}).json["result"]
    plan = {"cluster_id": cluster.id, "content_type": "Article", "content_structure": "Guide", "primary_keyword": "a"}
    changes: list[tuple[str, str, dict[str, Any], str]] = [
        ("PUT", f"{KEYWORDS}{make_keyword(site, 'tents').id}/", {}, "keyword"),
        ("PUT", f"/planner/clusters/{cluster.id}/", {}, "name"),
        ("PUT", f"/planner/ideas/{idea.id}/", plan, "title"),
        ("PATCH", f"/content/{make_content(site, 'Pitching').id}/", {}, "title"),
        ("PUT", f"/automation/rules/{made['id']}/", rule, "name"),
        ("PUT", f"/thinker/personas/{persona['id']}/", {}, "name"),
        ("PATCH", f"/site-builder/blueprints/{planned['id']}/", {}, "name"),
    ]
    for method, path, body, name in changes:
        tag = caller("GET", path).headers["ETag"]

        def send(caller: Caller, number: int, sent: Any = (method, path, body, name, tag)) -> Any:
            values = {**sent[2], sent[3]: f"Named {number}"}
            return caller(sent[0], sent[1], json=values, headers={"If-Match": sent[4]})

        answers = at_once(app, caller.key, send)
        assert sorted(answers) == [(200, ""), *[(412, "PRECONDITION_FAILED")] * (THREADS - 1)], (path, answers)
        assert caller("GET", path).headers["ETag"] != tag, path


def test_one_key_for_several_bodies_at_once_does_one_of_them(app: Flask, caller: Caller, site: Site) -> None:
    site_id = site.id

    def send(caller: Caller, number: int) -> Any:
        body = {"site_id": site_id, "keyword": f"tents {number}"}
        return caller("POST", KEYWORDS, json=body, headers={"Idempotency-Key": "k1"})

    answers = at_once(app, caller.key, send)
    assert [status for status, _code in answers].count(201) == 1
    assert {code for _status, code in answers} <= {"", "IDEMPOTENCY_KEY_IN_USE", "IDEMPOTENCY_KEY_REUSED"}
    assert db.session.query(Keyword).count() == 1


CURSORS: list[Any] = [[], [1], [None, None], [{"a": 1}, 1], [10**30, 1], [1, 10**30], [1e400, 1], [True, 1], ["\0", 1]]
CURSORS += [[1, "1"], [1, 1, 1], {"a": 1}, "x", 5, None, [[1], 1], [1.5, 2], [1, -3]]


def test_a_forged_cursor_is_refused(caller: Caller, site: Site) -> None:
    texts = [base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=") for value in CURSORS]
    for text in [*texts, "%FF", "=====", "%E2%98%83", "A" * 1999]:
        answer = caller("GET", f"{KEYWORDS}?site_id={site.id}&sort=-volume&after={text}")
        assert code_of(answer) == (422, "PARAMETER_UNREADABLE"), text


@pytest.mark.parametrize(
    "query",
    [
        *("site_id=%2B1", "site_id=1e0", "site_id=%D9%A1", "site_id=99999999999999999999", "site_id=0x1"),
        *("volume=99999999999-", "volume=-", "cluster=0", "cluster=9223372036854775808", "cluster=%D9%A1"),
        *("country=%00", "q=%00", "limit=1e3", "unclustered=2", "after=%00"),
    ],
)
def test_a_filter_of_an_odd_type_is_refused(caller: Caller, site: Site, query: str) -> None:
    asked = query if query.startswith("site_id") else f"site_id={site.id}&{query}"
    assert caller("GET", f"{KEYWORDS}?{asked}").status_code == 422


BODIES = [
    (b'{"site_id": 1, "keyword": "b", "volume": 1e400}', 422),
    (b'{"site_id": 1, "keyword": "b", "volume": ' + b"9" * 5000 + b"}", 400),
    (b'{"site_id": 1' + b"0" * 30 + b', "keyword": "b"}', 422),
    (b'{"site_id": 1, "keyword": "b", "cpc": NaN}', 422),
    (b'{"site_id": 1, "keyword": "b", "cpc": 1e999}', 422),
    (b'{"site_id": 1, "keyword": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    (b'{"site_id": 1, "keyword": "\\ud800"}', 400),
    (b'{"site_id": 1, "keyword": "a\\u0000"}', 422),
    (b'{"site_id": 1, "keyword": "\xff"}', 400),
    ("{}".encode("utf-16"), 400),
    (b"\x1f\x8b\x08 gzip", 400),
    (b"[]", 422),
    (b"null", 422),
    (b"", 400),
]


@pytest.mark.parametrize(("body", "status"), BODIES)
def test_a_body_that_is_none_is_refused_in_the_one_form(caller: Caller, site: Site, body: bytes, status: int) -> None:
    answer = caller("POST", KEYWORDS, data=body, content_type="application/json")
    assert answer.status_code == status, answer.text
    assert answer.json["error"]["request_id"]
    assert db.session.query(Keyword).count() == 0


def test_numbers_beyond_what_is_counted_to_are_no_rows(caller: Caller, site: Site) -> None:
    content = make_content(site, "Pitching")
    for path in (
        f"/content/{2**63}/",
        f"/content/{content.id}/versions/{2**31}/",
        f"/content/{content.id}/versions/{10**40}/",
        "/content/0/",
    ):
        assert code_of(caller("GET", path)) == (404, "NOT_FOUND"), path


def test_a_file_is_refused_in_another_form_or_size(caller: Caller, site: Site) -> None:
    path = f"/content/{make_content(site, 'Pitching').id}/images/"
    file = "application/octet-stream"
    assert code_of(caller("POST", path, json={})) == (415, "NOT_A_FILE")
    assert code_of(caller("POST", path, data=b"", content_type=file)) == (422, "FILE_EMPTY")
    assert code_of(caller("POST", path, data=b"<svg/>", content_type=file))[0] == 422
    assert code_of(caller("POST", path, data=b"x" * (10 * 1024 * 1024 + 1), content_type=file)) == (413, "TOO_LARGE")


def test_an_address_may_end_without_its_slash(caller: Caller, site: Site) -> None:
    assert caller("GET", "/me").status_code == 200
    assert caller("POST", "/planner/keywords", json={"site_id": site.id, "keyword": "tents"}).status_code == 201


def test_times_beyond_the_calendar_are_refused(caller: Caller, site: Site) -> None:
    content = make_content(site, "Pitching")
    for due_at in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2027-01-01T00:00:00", 1e30):
        answer = caller("POST", "/content/schedule/", json={"content_ids": [content.id], "due_at": due_at})
        assert answer.status_code == 422, due_at
    spacing = {"every": 90, "unit": "weeks"}
    two = [content.id, make_content(site, "Packing").id]
    body = {"content_ids": two, "due_at": "9999-12-30T00:00:00Z", "spacing": spacing}
    assert caller("POST", "/content/schedule/", json=body).status_code == 422


def test_nothing_of_a_body_is_kept_without_end(caller: Caller, site: Site) -> None:
    """Lists and maps of texts have bounds for each text, not only for how many there are."""
    long = "a" * 100_000
    view = {"list_name": "content", "name": "Long"}
    for path, body in (
        ("/views/", {**view, "filters": {"q": long}}),
        ("/views/", {**view, "filters": {long: "1"}}),
        ("/views/", {**view, "columns": [long]}),
        ("/webhooks/", {"url": "https://example.com/", "events": [long]}),
        (f"/sites/{site.id}/imports/", {"types": [long], "statuses": ["publish"]}),
        ("/thinker/test-sets/", {"operation": "draft", "name": "Long", "rows": [long]}),
        ("/sites/", {"name": "Shop", "url": "shop.example", "sectors": [long]}),
        ("/team/invitations/", {"email": long, "role": "editor"}),
    ):
        answer = caller("POST", path, json=body)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "VALIDATION"), path


def test_one_key_for_a_rehearsal_and_the_work_is_no_mistake(app: Flask, caller: Caller, site: Site) -> None:
    """Five rehearsals at once with the key of the work leave it to the work, which is done once."""
    ids = [make_keyword(site, f"tents {number}").id for number in range(3)]

    def send(caller: Caller, number: int) -> Any:
        dry = "?dry_run=true" if number else ""
        headers = {"Idempotency-Key": "k1"}
        return caller("POST", f"{KEYWORDS}delete/{dry}", json={"keyword_ids": ids}, headers=headers)

    answers = at_once(app, caller.key, send)
    assert {status for status, _code in answers} <= {200, 404}  # a rehearsal after the work finds none of them
    assert db.session.query(Keyword).count() == 0
    replayed = send(caller, 0)
    assert (replayed.json["result"]["count"], replayed.headers["Idempotency-Replayed"]) == (3, "true")
