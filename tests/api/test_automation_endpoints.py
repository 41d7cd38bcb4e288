"""The autopilot, the pipeline, flows and what is held of rules by programs; modules, runs and the profile."""

from flask import Flask

from app.accounts.models import Account
from app.automation.actions import save_rule
from app.automation.models import AutomationRule, RuleExecution
from app.automation.occurrences import Occurrence, add_occurrence
from app.automation.rules import RuleValues
from app.core.audit import AuditEvent
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.sites.models import Site
from tests.api.conftest import Caller, MakeCaller
from tests.factories.people import actor_of
from tests.factories.things import make_cluster, make_content, make_site

SETTINGS = {"is_on": True, "drafts_a_week": 4, "days": [1, 5], "has_review": True, "month_credits": 500}


def test_the_autopilot_is_set_paused_and_started_again(caller: Caller, account: Account) -> None:
    site = make_site(account)
    path = f"/automation/autopilots/{site.id}/"
    first = caller("GET", path)
    assert (first.json["result"]["is_on"], first.headers["ETag"]) == (False, '"1"')
    saved = caller("PUT", path, json=SETTINGS, headers={"If-Match": first.headers["ETag"]})
    assert {name: saved.json["result"][name] for name in SETTINGS} == SETTINGS
    late = caller("PUT", path, json=SETTINGS, headers={"If-Match": first.headers["ETag"]})
    assert (late.status_code, late.json["error"]["code"]) == (412, "PRECONDITION_FAILED")
    rules = db.session.query(AutomationRule).filter(AutomationRule.flow.like("autopilot-%"))
    crons = {rule.cron for rule in rules if rule.cron}
    assert crons == {"0 6 * * MON,FRI"}
    paused = caller("PATCH", path, json={"is_on": False}).json["result"]
    assert {name: paused[name] for name in SETTINGS} == SETTINGS | {"is_on": False}
    assert {rule.is_active for rule in rules} == {False}
    assert caller("PATCH", path, json={"is_on": True}).json["result"]["days"] == [1, 5]
    assert {rule.is_active for rule in rules} == {True}
    for wrong in ({"days": []}, {"days": [8]}, {"drafts_a_week": 71}, {"month_credits": -1}):
        assert caller("PUT", path, json=SETTINGS | wrong, headers={"If-Match": "*"}).status_code == 422, wrong


def test_contents_are_counted_processed_and_moved_through_the_pipeline(caller: Caller, account: Account) -> None:
    site = make_site(account)
    content = make_content(site, "Tents", content_html="<p>Tents are dry.</p>")
    assert caller("GET", f"/automation/pipeline/counts/?site_id={site.id}").json["result"]["draft"] == 1
    listed = caller("GET", f"/automation/pipeline/?site_id={site.id}&stage=draft").json["result"]
    assert [(row["id"], row["stage"]) for row in listed] == [(content.id, "draft")]
    move = {"content_id": content.id, "to": "linked"}
    rehearsed = caller("POST", "/automation/pipeline/move/?dry_run=true", json=move).json["result"]
    assert rehearsed == {"does": "process", "execution_id": None}
    assert db.session.query(RuleExecution).count() == 0
    moved = caller("POST", "/automation/pipeline/move/", json=move).json["result"]
    assert moved["execution_id"] == db.session.query(RuleExecution).one().id
    back = caller("POST", "/automation/pipeline/move/", json=move | {"to": "draft"})
    assert (back.status_code, back.json["error"]["code"]) == (409, "NO_SUCH_MOVE")
    body = {"site_id": site.id, "content_ids": [content.id]}
    assert caller("POST", "/automation/pipeline/process/", json=body).status_code == 202


def test_moving_to_published_needs_that_permission(make_caller: MakeCaller, account: Account, owner: User) -> None:
    content = make_content(make_site(account), "Tents", content_html="<p>Tents are dry.</p>")
    caller = make_caller(account, owner, scopes=["automation:write"])
    move = {"content_id": content.id, "to": "published"}
    assert caller("POST", "/automation/pipeline/move/", json=move).status_code == 403
    assert db.session.query(Run).count() == 0


def test_flows_are_switched_on_and_what_is_held_is_run_or_dropped(
    caller: Caller, account: Account, owner: User
) -> None:
    site = make_site(account)
    flows = caller("GET", f"/automation/flows/?site_id={site.id}").json["result"]
    assert {row["flow"]: row["rule_id"] for row in flows}["clusters"] is None
    chosen = caller("POST", "/automation/flows/clusters/", json={"site_id": site.id}).json["result"]
    assert chosen["is_active"] is True
    assert caller("POST", "/automation/flows/nothing/", json={"site_id": site.id}).status_code == 404
    values = RuleValues(name="Rule", trigger="cluster_created", actions=[{"kind": "generate_ideas", "parameters": {}}])
    rule = save_rule(account.id, actor_of(owner), site.id, values)
    cluster = make_cluster(site, "Tents")
    execution = add_occurrence(rule, Occurrence("event:1", "event", [cluster.id]))
    assert execution is not None
    execution.state = "held"
    db.session.commit()
    path = f"/automation/rules/{rule.id}/"
    assert caller("POST", f"{path}held/drop/").json["result"] == {"count": 1}
    none = caller("POST", f"{path}held/run/")
    assert (none.status_code, none.json["error"]["code"]) == (409, "NOTHING_HELD")
    assert caller("POST", f"{path}cancel/").json["result"] == {"count": 0}


def test_a_module_is_switched_off_and_on(caller: Caller, account: Account) -> None:
    site = make_site(account)
    off = caller("PUT", "/account/modules/planner/", json={"is_on": False})
    assert off.json["result"]["is_on"] is False
    closed = caller("GET", f"/planner/keywords/?site_id={site.id}")
    assert (closed.status_code, closed.json["error"]["code"]) == (404, "MODULE_OFF")
    states = {row["module"]: row["is_on"] for row in caller("GET", "/account/modules/").json["result"]}
    assert states["planner"] is False
    assert caller("PUT", "/account/modules/planner/", json={"is_on": True}).json["result"]["is_on"] is True
    assert caller("PUT", "/account/modules/nothing/", json={"is_on": True}).status_code == 404
    events = caller("GET", "/account/audit/?group=module").json["result"]
    assert [(event["action"], event["after"]) for event in events] == [
        ("module.switched", {"on": True}),
        ("module.switched", {"on": False}),
    ]


def test_account_profile_and_mails_are_changed(caller: Caller, account: Account, owner: User) -> None:
    named = caller("GET", "/account/")
    renamed = caller("PUT", "/account/", json={"name": "Harbour"}, headers={"If-Match": named.headers["ETag"]})
    assert renamed.json["result"]["name"] == "Harbour"
    assert (
        caller("PUT", "/account/", json={"name": "X"}, headers={"If-Match": named.headers["ETag"]}).status_code == 412
    )
    profile = {"name": "Ada", "time_zone": "Europe/Berlin", "language": "ur"}
    assert caller("PUT", "/me/profile/", json=profile).json["result"]["language"] == "ur"
    for wrong in ({"time_zone": "Mars"}, {"language": "xx"}, {"name": " "}):
        assert caller("PUT", "/me/profile/", json=profile | wrong).status_code == 422
    assert caller("PUT", "/me/daily_mail/", json={"hour": 7}).json["result"] == {"hour": 7}
    assert caller("PUT", "/me/daily_mail/", json={"hour": None}).json["result"] == {"hour": None}
    assert caller("PUT", "/me/daily_mail/", json={"hour": 24}).status_code == 422
    assert caller("PUT", "/me/rule_mails/", json={"is_on": True}).json["result"] == {"is_on": True}
    assert caller("GET", "/me/rule_mails/").json["result"] == {"is_on": True}


def test_a_site_is_granted_and_its_login_kept(caller: Caller, app: Flask, account: Account) -> None:
    site = make_site(account)
    path = f"/sites/{site.id}/"
    login = caller("GET", f"{path}login/")
    body = {"user": "stage", "password": "tent-pole"}
    kept = caller("PUT", f"{path}login/", json=body, headers={"If-Match": login.headers["ETag"]})
    assert kept.json["result"]["user"] == "stage"
    assert "tent-pole" not in kept.text
    assert caller("PUT", f"{path}login/", json=body, headers={"If-Match": login.headers["ETag"]}).status_code == 412
    gone = caller("DELETE", f"{path}login/", headers={"If-Match": kept.headers["ETag"]})
    assert gone.json["result"]["user"] is None
    assert caller("GET", f"{path}health/").json["result"]["checked_at"] is None
    assert caller("POST", f"{path}health/check/").status_code == 409
    assert db.session.query(AuditEvent).filter_by(action="site.password_changed").count() == 2
    assert db.session.get_one(Site, site.id).password_secret is None


def test_the_rules_for_links_are_changed_by_their_version(caller: Caller, account: Account) -> None:
    path = f"/linker/settings/?site_id={make_site(account).id}"
    first = caller("GET", path)
    names = ("most_per_content", "words_per_link", "least_score", "rel", "nofollow_paths", "never_from", "never_to")
    body = {name: first.json["result"][name] for name in (*names, "sentences")} | {"most_per_content": 3}
    seen = {"If-Match": first.headers["ETag"]}
    assert caller("PUT", path, json=body, headers=seen).json["result"]["most_per_content"] == 3
    assert caller("PUT", path, json=body, headers=seen).status_code == 412
    preview = caller("POST", "/thinker/prompts/ideas/preview/", json={"question": "Nothing of {{nobody}}."})
    assert preview.status_code == 422
