"""Who did what."""

import csv
import io
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts import audit_list
from app.accounts.models import Account
from app.config import ROOT
from app.core import audit, features
from app.core.actor import Actor
from app.core.audit import AuditEvent
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from tests.factories.people import NOBODY, PASSWORD, SignIn, actor_of, make_account, make_member
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site, make_task


def events(account: Account) -> list[AuditEvent]:
    return list(
        db.session.scalars(audit_list.select_events(account.id, {}, ZoneInfo("UTC")).order_by(AuditEvent.id.desc()))
    )


def newest(account: Account) -> AuditEvent:
    return events(account)[0]


def actions(account: Account) -> list[str]:
    return [event.action for event in events(account)]


def test_signing_in_and_out_and_failing_to_are_recorded(account: Account, owner: User, app: Flask) -> None:
    browser = app.test_client()
    browser.post("/login", data={"email": owner.email, "password": "wrong password"})
    browser.post("/login", data={"email": "nobody@example.com", "password": PASSWORD})
    browser.post("/login", data={"email": owner.email, "password": PASSWORD})
    browser.post("/logout")
    assert actions(account) == ["person.signed_out", "person.signed_in", "person.sign_in_failed"]
    event = newest(account)
    assert (event.actor, event.actor_id, event.ip) == (f"{owner.name} <{owner.email}>", owner.id, "127.0.0.1")


def test_before_and_after_of_a_role(account: Account, owner_client: FlaskClient) -> None:
    site = make_site(account, name="Harbour")
    make_member(account, "viewer", sites=[])
    owner_client.post("/account/team/2/", data={"role": "editor", "sites": [str(site.id)]})
    event = newest(account)
    assert event.action == "member.changed"
    assert event.before == {"role": "viewer", "sites": []}
    assert event.after == {"role": "editor", "sites": ["Harbour"]}


def test_what_changes_nothing_is_not_recorded(account: Account, owner_client: FlaskClient) -> None:
    before = len(events(account))
    owner_client.post("/account/settings/", data={"name": "Acme"})
    owner_client.post("/account/modules/", data={"module": "writer", "on": "1"})
    assert len(events(account)) == before


def test_sites_bulk_changes_deletions_and_publishing_are_recorded(account: Account, owner_client: FlaskClient) -> None:
    site = make_site(account)
    cluster, other = make_cluster(site), make_cluster(site)
    keyword, idea, task, content = make_keyword(site), make_idea(cluster), make_task(cluster), make_content(site)
    form = {"name": "Renamed", "url": site.url, "time_zone": "UTC"}
    posts = [
        (f"/sites/{site.id}/settings/", form, "site.settings_changed"),
        (f"/sites/{site.id}/active/", {"active": "0"}, "site.switched"),
        (f"/sites/{site.id}/wordpress/key/", {}, "site.connection_made"),
        ("/planner/keywords/move/", {"ids": keyword.id, "target": cluster.id}, "bulk.keywords_moved"),
        ("/content/assign-cluster/", {"content_ids": content.id, "cluster_id": cluster.id}, "bulk.content_changed"),
        ("/content/publish/", {"content_ids": content.id}, "publish.started"),
        ("/planner/keywords/delete/", {"ids": keyword.id}, "deleted.keywords"),
        ("/planner/ideas/delete/", {"ids": idea.id}, "deleted.ideas"),
        ("/writer/tasks/delete/", {"ids": task.id}, "deleted.tasks"),
        ("/planner/clusters/merge/", {"ids": [cluster.id, other.id]}, "deleted.clusters_merged"),
        ("/account/modules/", {"module": "writer", "on": "0"}, "module.switched"),
        ("/account/tokens/", {"name": "A", "scopes": "account:read", "days": "30", "holder": "me"}, "api_key.made"),
        ("/account/tokens/1/revoke/", {}, "api_key.revoked"),
        ("/account/team/invite/", {"email": "g@example.com", "role": "viewer"}, "invitation.sent"),
        ("/account/team/invitations/1/revoke/", {}, "invitation.revoked"),
    ]
    for path, data, action in posts:
        answer = owner_client.post(path, data=data)
        assert newest(account).action == action, (path, answer.status_code, newest(account).action)


def test_nothing_secret_gets_in(account: Account, owner: User, owner_client: FlaskClient, sign_in: SignIn) -> None:
    owner_client.post("/account/security/password/", data={"old": PASSWORD, "password": "a brand new password"})
    owner_client.post("/account/tokens/", data={"name": "A", "scopes": "account:read", "days": "30", "holder": "me"})
    owner_client.post("/password/forgot/", data={"email": owner.email})
    page = owner_client.get("/account/audit/export.csv").text
    for secret in (PASSWORD, "a brand new password", "igny8_", owner.password_hash):
        assert secret not in page
    assert audit.without_secrets({"api_key": "x", "new_password": "y", "name": "z"}) == {
        "api_key": "[hidden]",
        "new_password": "[hidden]",
        "name": "z",
    }


def test_it_is_filtered(account: Account, owner: User, owner_client: FlaskClient) -> None:
    admin = make_member(account, "admin")
    audit.record(account.id, "site.added", subject="Harbour", by=actor_of(admin))
    audit.record(account.id, "site.added", subject="Light%house", by=actor_of(owner))
    db.session.commit()

    def shown(query: str) -> int:
        return owner_client.get(f"/account/audit/?{query}").text.count('data-label="When"')

    assert shown("group=site") == 2
    assert shown("group=person") == 1
    assert shown(f"group=site&person={admin.id}") == 1
    assert shown("q=light%25house") == 1
    assert shown("q=nothing") == 0
    today = f"{utcnow():%Y-%m-%d}"
    assert shown(f"since={today}&until={today}") == 3
    assert shown("until=2020-01-01") == 0
    assert shown("since=9999-12-31&until=9999-12-31") == 0
    assert shown("since=nonsense&person=9999999999999999999999&page=-3") == 3


def test_it_is_exported_as_it_is_filtered(account: Account, owner_client: FlaskClient) -> None:
    audit.record(account.id, "site.added", subject="=cmd()", before={"a": None}, after={"a": [1, "x"]}, by=NOBODY)
    db.session.commit()
    answer = owner_client.get("/account/audit/export.csv?group=site")
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["what"], row["subject"], row["before"], row["after"]) == ("site.added", "'=cmd()", "a: none", "a: 1, x")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_another_account_sees_nothing_of_it(account: Account, sign_in: SignIn) -> None:
    audit.record(account.id, "site.added", subject="Harbour", by=NOBODY)
    db.session.commit()
    stranger = sign_in(make_member(make_account("Elsewhere")))
    assert "Harbour" not in stranger.get("/account/audit/").text
    assert "Harbour" not in stranger.get("/account/audit/export.csv").text


@pytest.mark.parametrize("count", [7, 500])
def test_many_events_come_in_pages(account: Account, owner_client: FlaskClient, count: int) -> None:
    for number in range(count):
        audit.record(account.id, "site.added", subject=f"{'Long name ' * 18}{number}", by=Actor(None, "x" * 300))
    db.session.commit()
    page = owner_client.get("/account/audit/?group=site").text
    assert page.count('data-label="When"') == min(count, 50)


def test_after_a_year_it_is_forgotten(account: Account, owner_client: FlaskClient) -> None:
    audit.record(account.id, "site.added", subject="Old", by=NOBODY)
    db.session.commit()
    long_ago = utcnow() - timedelta(days=366)
    db.session.execute(update(AuditEvent).where(AuditEvent.subject == "Old").values(created_at=long_ago))
    db.session.commit()
    assert audit.forget_old() == 1
    assert "Old" not in db.session.scalars(select(AuditEvent.subject)).all()
    assert len(events(account)) == 1


def test_every_action_that_the_source_records_has_words() -> None:
    found = set()
    for path in (ROOT / "app").rglob("*.py"):
        found |= set(
            re.findall(r'(?:audit\.(?:record|changes)\(|_note\()[^()]*?"([a-z_]+\.[a-z_]+)"', path.read_text())
        )
    assert len(found) > 30
    assert found - set(features.audit_words()) == set()
