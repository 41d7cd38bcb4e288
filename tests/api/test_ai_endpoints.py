"""AI providers, limits and calls by programs: a key goes in and never comes out, and a cap does not go by mistake."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Account
from app.ai.calls.spending import spender_cap
from app.ai.providers import routing
from app.api.models import KeptAnswer
from app.core.audit import AuditEvent
from app.core.crypto import encrypt
from app.core.extensions import db
from app.identity.models import User
from tests.api.conftest import Caller, MakeCaller
from tests.factories.people import make_account
from tests.factories.providers import make_provider
from tests.factories.things import make_call, make_site
from tests.fakes.endpoint_server import KEY, FakeEndpoint

PROVIDERS, LIMITS, MODELS = "/ai/providers/", "/ai/limits/", "/ai/models/"


@pytest.fixture
def endpoint(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    with FakeEndpoint() as fake:
        yield fake


def tag(answer: Any) -> dict[str, str]:
    return {"If-Match": answer.headers["ETag"]}


def test_a_provider_is_tried_added_tested_chosen_and_deleted(
    caller: Caller, account: Account, endpoint: FakeEndpoint
) -> None:
    price = {"model": "small", "input_micros": 250_000, "output_micros": 2_000_000}
    body = {"name": "Own", "base_url": endpoint.url, "api_key": KEY, "model": "small", "prices": [price]}
    tried = caller("POST", f"{PROVIDERS}try/", json=body)
    assert tried.json["result"]["can"]["chat"] is True
    assert caller("GET", PROVIDERS).json["result"] == []
    made = caller("POST", PROVIDERS, json=body, headers={"Idempotency-Key": "p1"})
    assert made.status_code == 201, made.text
    own = made.json["result"]
    assert (own["has_key"], own["key_hint"], own["prices"]) == (True, KEY[-4:], [{**price, "image_micros": None}])
    path = f"{PROVIDERS}{own['id']}/"
    assert caller("POST", f"{path}test/").json["result"]["error"] is None
    one = caller("GET", path)
    assert "small" in one.json["result"]["models"]
    chosen = {"mode": "price", "targets": [{"provider_id": own["id"], "model": "small"}, {"provider_id": None}]}
    choice = caller("PUT", f"{MODELS}ideas/", json=chosen, headers=tag(caller("GET", f"{MODELS}ideas/")))
    assert choice.json["result"]["targets"][0]["provider_id"] == own["id"]
    assert next(iter(routing.endpoints_for(account.id, "ideas"))).key == f"provider:{own['id']}:small"
    changed = caller("PUT", path, json={**body, "api_key": "", "name": "Ours"}, headers=tag(one))
    assert (changed.status_code, changed.json["result"]["has_key"]) == (200, True)
    late = caller("PUT", path, json=body, headers=tag(one))
    assert late.json["error"]["code"] == "PRECONDITION_FAILED"
    assert caller("DELETE", f"{MODELS}ideas/", headers=tag(choice)).json["result"]["is_chosen"] is False
    assert caller("PATCH", path, json={"is_enabled": False}).json["result"]["is_enabled"] is False
    assert caller("DELETE", path).status_code == 200
    everything = tried.text + made.text + one.text + changed.text
    assert KEY not in everything
    assert all(KEY.encode() not in kept.body for kept in db.session.query(KeptAnswer))
    assert KEY not in str([(event.before, event.after) for event in db.session.query(AuditEvent)])


def test_a_key_does_not_go_to_another_host_and_another_accounts_provider_is_nobodys(
    caller: Caller, account: Account
) -> None:
    own, theirs = make_provider(account), make_provider(make_account("Other"), "Theirs")
    body = {"name": "Own", "base_url": "https://evil.example/v1", "model": "small"}
    moved = caller("PUT", f"{PROVIDERS}{own.id}/", json=body, headers={"If-Match": "*"})
    assert (moved.status_code, moved.json["error"]["field"]) == (422, "api_key")
    inner = caller("POST", PROVIDERS, json={**body, "base_url": "http://169.254.169.254/", "name": "Inner"})
    assert (inner.status_code, inner.json["error"]["field"]) == (422, "base_url")
    chosen = {"targets": [{"provider_id": theirs.id, "model": "small"}]}
    assert caller("PUT", f"{MODELS}default/", json=chosen, headers={"If-Match": "*"}).status_code == 404
    assert caller("GET", f"{MODELS}no_such_operation/").status_code == 404
    assert caller("POST", f"{PROVIDERS}{theirs.id}/test/").status_code == 404


def test_limits_are_changed_as_a_whole(caller: Caller) -> None:
    before = caller("GET", LIMITS)
    names = ("concurrency", "keep_texts", "ideas_per_request", "clusters_per_request", "drafts_per_run")
    body = {name: before.json["result"][name] for name in names}
    caps = {"cap_run_micros": 5_000_000, "cap_day_micros": None, "cap_month_micros": 0}
    assert caller("PUT", LIMITS, json=body, headers=tag(before)).status_code == 422  # a cap must not go by mistake
    after = caller("PUT", LIMITS, json=body | caps, headers=tag(before))
    assert {name: after.json["result"][name] for name in caps} == caps
    assert caller("PUT", LIMITS, json=body | caps, headers=tag(before)).status_code == 412
    for wrong in ({"cap_day_micros": -1}, {"concurrency": 101}, {"drafts_per_run": 10**9}, {"cap_day_micros": 10**18}):
        assert caller("PUT", LIMITS, json=body | caps | wrong, headers={"If-Match": "*"}).status_code == 422


def test_texts_of_a_call_are_read_on_the_record(caller: Caller, account: Account) -> None:
    call = make_call(account, subject="Tents", prompt_encrypted=encrypt("Write about tents."))
    assert [row["id"] for row in caller("GET", "/ai/calls/").json["result"]] == [call.id]
    assert caller("GET", f"/ai/calls/{call.id}/").json["result"]["has_texts"] is True
    texts = caller("GET", f"/ai/calls/{call.id}/texts/").json["result"]
    assert (texts["prompt"], texts["answer"]) == ("Write about tents.", None)
    assert db.session.query(AuditEvent).filter_by(action="ai.texts_opened").count() == 1


def test_a_rules_own_cap_is_read_set_kept_and_removed(caller: Caller, account: Account) -> None:
    site = make_site(account)
    rule = {"name": "Rule", "trigger": "cluster_created", "actions": [{"kind": "generate_ideas"}]}
    rules, cap = "/automation/rules/", {"most_micros": 2_500_000}
    made = caller("POST", rules, json=rule | cap | {"site_id": site.id}).json["result"]
    path = f"{rules}{made['id']}/"
    assert made["most_micros"] == spender_cap(db.session(), account.id, f"rule:{made['id']}") == 2_500_000
    kept = caller("PUT", path, json=rule | {"name": "Named"}, headers={"If-Match": "*"})
    assert kept.json["result"]["most_micros"] == 2_500_000  # left out, it stays
    assert caller("GET", f"{rules}?site_id={site.id}").json["result"][0]["most_micros"] == 2_500_000
    gone = caller("PUT", path, json=rule | {"most_micros": None}, headers=tag(kept))
    assert (gone.json["result"]["most_micros"], gone.headers["ETag"]) == (None, '"3"')
    assert caller("PUT", path, json=rule | {"most_micros": -1}, headers=tag(gone)).status_code == 422


def test_a_token_for_webhooks_reads_and_changes_no_provider(
    make_caller: MakeCaller, account: Account, owner: User
) -> None:
    """Whoever chooses the provider reads all that is written: it is a scope of its own."""
    row = make_provider(account)
    webhooks_only = make_caller(account, owner, scopes=["account:manage", "account:read"])
    of_one_site = make_caller(account, owner, scopes=["ai:manage"], site_ids=[make_site(account).id])
    for caller in (webhooks_only, of_one_site):
        assert caller("GET", PROVIDERS).status_code == 403
        assert caller("PATCH", f"{PROVIDERS}{row.id}/", json={"is_enabled": False}).status_code == 403
