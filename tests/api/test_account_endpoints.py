"""Sites, the team, webhooks, views and billing by programs: the same as on their pages, and no more than there."""

import pytest
from flask import Flask

from app.accounts.models import Account, Invitation
from app.api import webhook_sending
from app.api.models import KeptAnswer
from app.core.extensions import db
from app.core.mail import OutgoingMail
from app.identity.models import User
from app.sites.models import Site
from tests.api.conftest import Caller, MakeCaller
from tests.factories.people import make_member
from tests.factories.things import make_site


def result_of(answer: object) -> dict[str, object]:
    return answer.json["result"]  # type: ignore[attr-defined,no-any-return]


def test_a_site_is_added_changed_and_paired(caller: Caller) -> None:
    body = {"name": "Shop", "url": "shop.example", "time_zone": "Europe/Berlin", "sectors": ["Outdoor"]}
    site = result_of(caller("POST", "/sites/", json=body))
    assert (site["url"], site["sectors"][0]["name"]) == ("https://shop.example", "Outdoor")  # type: ignore[index]
    path = f"/sites/{site['id']}/"
    tag = {"If-Match": f'"{site["etag"]}"'}
    changed = caller("PUT", f"{path}settings/", json={"name": "The shop", "url": "shop.example"}, headers=tag)
    assert (changed.status_code, result_of(changed)["name"]) == (200, "The shop")
    late = caller("PUT", f"{path}settings/", json={"name": "Mine", "url": "shop.example"}, headers=tag)
    assert (late.status_code, late.json["error"]["code"]) == (412, "PRECONDITION_FAILED")
    assert result_of(caller("GET", f"{path}connection/key/"))["key"] is None
    made = caller("POST", f"{path}connection/", headers={"Idempotency-Key": "key-1"})
    assert result_of(made)["connection"] == "waiting"
    key = str(result_of(caller("GET", f"{path}connection/key/"))["key"])
    assert len(key) > 40
    assert all(key.encode() not in kept.body for kept in db.session.query(KeptAnswer))
    assert caller("POST", "/sites/", json=body).json["error"]["code"] == "SITE_EXISTS"
    assert caller("PATCH", path, json={"is_active": False}).json["result"]["is_active"] is False


def test_somebody_is_invited_and_the_invitation_revoked(caller: Caller, account: Account) -> None:
    site = make_site(account)
    body = {"email": "grace@example.com", "role": "editor", "site_ids": [site.id]}
    invited = caller("POST", "/team/invitations/", json=body, headers={"Idempotency-Key": "i1"})
    again = caller("POST", "/team/invitations/", json=body, headers={"Idempotency-Key": "i1"})
    assert (invited.status_code, again.status_code, invited.data) == (201, 201, again.data)
    assert db.session.query(OutgoingMail).count() == 1
    path = f"/team/invitations/{invited.json['result']['id']}/"
    assert caller("POST", f"{path}resend/").json["result"]["sends"] == 2
    assert caller("POST", f"{path}revoke/").json["result"]["state"] == "revoked"
    assert caller("POST", f"{path}revoke/").json["error"]["code"] == "INVITATION_ENDED"
    assert caller("GET", "/team/invitations/").json["result"] == []
    other = caller("POST", "/team/invitations/", json={**body, "role": "owner"})
    assert (other.status_code, db.session.query(Invitation).count()) == (422, 1)


def test_a_member_gets_another_role_and_is_removed(caller: Caller, account: Account) -> None:
    person = make_member(account, "viewer")
    rows = {row["email"]: row for row in caller("GET", "/team/members/").json["result"]}
    path = f"/team/members/{rows[person.email]['id']}/"
    changed = caller("PUT", path, json={"role": "editor"}, headers={"If-Match": f'"{rows[person.email]["etag"]}"'})
    assert changed.json["result"]["role"] == "editor"
    owner = next(row for row in rows.values() if row["role"] == "owner")
    for method, sent in (("PUT", {"json": {"role": "viewer"}, "headers": {"If-Match": "*"}}), ("DELETE", {})):
        assert caller(method, f"/team/members/{owner['id']}/", **sent).status_code == 409
    assert caller("DELETE", path).json["result"]["name"] == person.name
    assert caller("GET", path).status_code == 404


def test_a_token_for_some_sites_changes_nothing_that_all_share(
    make_caller: MakeCaller, account: Account, owner: User
) -> None:
    site = make_site(account)
    some = make_caller(account, owner, site_ids=[site.id])
    for method, path, sent in (
        ("GET", "/team/members/", {}),
        ("POST", "/webhooks/", {"json": {"url": "https://example.com/", "events": ["run.ended"]}}),
        ("POST", "/sites/", {"json": {"name": "Shop", "url": "shop.example"}}),
    ):
        answer = some(method, path, **sent)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "TOKEN_OF_SOME_SITES"), path
    assert some("PATCH", f"/sites/{site.id}/", json={"is_active": False}).status_code == 200
    assert db.session.query(Site).count() == 1


def test_systembot_has_no_team_and_no_views(make_caller: MakeCaller, account: Account, owner: User) -> None:
    bot = make_caller(account, owner, for_bot=True, scopes=["account:read", "planner:read"])
    assert bot("GET", "/team/members/").status_code == 403
    assert bot("GET", "/views/?list_name=content").status_code == 403


def test_a_webhook_is_tried_and_an_event_sent_again(
    caller: Caller, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[webhook_sending.Outgoing] = []

    def take(request: webhook_sending.Outgoing) -> tuple[int, str]:
        sent.append(request)
        return 200, ""

    monkeypatch.setattr(webhook_sending, "_post", take)
    body = {"url": "https://example.com/hook", "events": ["run.ended"]}
    webhook = caller("POST", "/webhooks/", json=body, headers={"Idempotency-Key": "w1"})
    path = f"/webhooks/{webhook.json['result']['id']}/"
    secret = caller("GET", f"{path}secret/").json["result"]["secret"]
    assert secret.startswith("whsec_")
    assert secret not in webhook.text
    delivery = caller("POST", f"{path}test/").json["result"]
    assert (delivery["event"], delivery["state"]) == ("webhook.test", "waiting")
    webhook_sending.send_all_due()
    one = f"/webhooks/deliveries/{delivery['id']}/"
    assert caller("GET", one).json["result"]["state"] == "sent"
    assert b'"webhook.test"' in sent[0].body
    assert caller("POST", f"{one}again/").json["result"]["state"] == "waiting"
    assert caller("POST", f"{one}again/").json["error"]["code"] == "WEBHOOK_WAITING"
    webhook_sending.send_all_due()
    assert [request.headers["X-IGNY8-Delivery"] for request in sent] == [delivery["public_id"]] * 2
    assert caller("PATCH", path, json={"is_active": False}).json["result"]["is_active"] is False
    assert caller("POST", f"{path}test/").json["error"]["code"] == "WEBHOOK_OFF"
    assert caller("POST", "/webhooks/", json={**body, "events": ["no.such"]}).json["error"]["field"] == "events"
    assert caller("POST", "/webhooks/", json={**body, "url": "ftp://example.com/"}).json["error"]["field"] == "url"


def test_a_view_is_kept_shared_and_brought_back(caller: Caller, make_caller: MakeCaller, account: Account) -> None:
    body = {"list_name": "content", "name": "Drafts", "filters": {"status": "draft"}, "is_shared": True}
    view = caller("POST", "/views/", json=body).json["result"]
    assert (view["filters"], view["is_mine"], view["is_default"]) == ({"status": "draft"}, True, False)
    viewer = make_caller(
        account, make_member(account, "viewer"), role="viewer", scopes=["content:read", "profile:manage"]
    )
    [theirs] = viewer("GET", "/views/?list_name=content").json["result"]
    assert (theirs["id"], theirs["is_mine"]) == (view["id"], False)
    path = f"/views/{view['id']}/"
    assert viewer("PUT", path, json={"name": "Mine"}).json["error"]["code"] == "NOT_YOURS"
    assert viewer("POST", "/views/", json={**body, "name": "Also"}).status_code == 403
    changed = caller("PUT", path, json={"name": "Open drafts", "columns": ["title", "cluster"], "is_default": True})
    assert (changed.json["result"]["columns"], changed.json["result"]["is_default"]) == (["title", "cluster"], True)
    for wrong, field in (({"filters": {"no_such": "1"}}, "filters"), ({"columns": ["no_such"]}, "columns")):
        assert caller("POST", "/views/", json={**body, "name": "Odd", **wrong}).json["error"]["field"] == field
    assert caller("DELETE", path).status_code == 200
    assert caller("GET", path).status_code == 404
    assert caller("POST", f"{path}restore/").json["result"]["name"] == "Open drafts"
    assert caller("GET", "/views/?list_name=no_such").status_code == 404


def test_plan_prices_and_ledger_are_read(caller: Caller) -> None:
    plan = result_of(caller("GET", "/billing/plan/"))
    assert (plan["plan"], plan["seats_used"], plan["seats"], plan["state"]) == ("local", 1, None, "active")
    prices = {row["operation"]: row for row in caller("GET", "/billing/prices/").json["result"]}
    assert prices["clustering"]["each"] > 0
    assert prices["clustering"]["is_free"] is True  # there is no model
    for path in ("/billing/invoices/", "/billing/entries/"):
        assert caller("GET", path).json["result"] == []
