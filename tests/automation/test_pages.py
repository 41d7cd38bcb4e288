"""The pages of Automation, as a signed-in owner uses them."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from app.accounts import modules
from app.automation import actions
from app.automation.models import AutomationRule, Autopilot
from app.core import events
from app.core.extensions import db
from app.planner.events import KeywordsAdded
from app.sites.models import Site
from tests.factories.rules import ADA, condition, executions, make_rule, tell
from tests.factories.things import make_cluster, make_idea, make_keyword

FORM = {
    "name": "Cluster big ones",
    "trigger": "keyword_added",
    "zone": "UTC",
    "match": "all",
    "g0-match": "all",
    "c0-0-field": "volume",
    "c0-0-operator": "gte",
    "c0-0-value": "100",
    "a0-kind": "cluster_keywords",
    "a0-p-most": "500",
    "most_a_day": "20",
    "most_credits": "",
    "most_dollars": "2.5",
    "place": "1",
    "on": "1",
}


def rule() -> AutomationRule:
    """The only rule."""
    return db.session.scalars(select(AutomationRule)).one()


def test_pages_without_a_rule_say_what_comes_next(site: Site, owner_client: FlaskClient) -> None:
    page = owner_client.get("/automation/rules/").text
    assert "No rule yet" in page
    assert "Cluster new keywords every 6 hours" in page
    assert "Monthly credits" in page
    assert "Nothing yet" in owner_client.get("/automation/history/").text
    assert "Run by itself" in owner_client.get("/automation/autopilot/").text


def test_a_rule_is_made_shown_changed_and_deleted(site: Site, owner_client: FlaskClient) -> None:
    answer = owner_client.post("/automation/rules/new/", data=FORM)
    assert answer.status_code == 303, answer.text
    made = rule()
    assert (made.name, made.is_active, made.place) == ("Cluster big ones", True, 1)
    page = owner_client.get(f"/automation/rules/{made.id}/").text
    sentence = "When keywords are added, for keywords where Volume is at least 100: cluster keywords (at most 500)."
    assert sentence in page
    assert "US$ 2.50 a day for models" in page
    form = owner_client.get(f"/automation/rules/{made.id}/edit/").text
    assert sentence in form
    assert 'value="2.50"' in form
    changed = {**FORM, "version": "1", "name": "Other", "c0-0-value": "50"}
    assert owner_client.post(f"/automation/rules/{made.id}/edit/", data=changed).status_code == 303
    again = owner_client.post(f"/automation/rules/{made.id}/edit/", data=changed)
    assert again.status_code == 409
    assert "Somebody changed this rule" in again.text
    assert "There now:</strong> Other." in again.text
    assert rule().name == "Other"
    owner_client.post(f"/automation/rules/{made.id}/switch/", data={"on": "0"})
    assert not rule().is_active
    owner_client.post(f"/automation/rules/{made.id}/delete/")
    assert db.session.scalars(select(AutomationRule)).all() == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": ""}, "Give it a name"),
        ({"trigger": "schedule", "cron": "61 * * * *"}, "This is not a schedule: its minute cannot be read."),
        ({"trigger": "schedule", "cron": "0 0 31 2 *"}, "its day of the month cannot be read, or never comes"),
        ({"trigger": "schedule", "cron": "* * *"}, "it has more or fewer than five fields"),
        ({"trigger": "schedule", "cron": "* * * * *"}, "more often than every 5 minutes"),
        ({"trigger": "schedule", "cron": "0 6 * * *", "zone": "Mars/Olympus"}, "zone"),
        ({"c0-0-value": "many"}, "is compared with a number"),
        ({"a0-p-most": "0"}, "Give a number from 1 to 2000"),
        ({"most_a_day": "x"}, "Give a number from 1 to 1000"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    site: Site, owner_client: FlaskClient, sent: dict[str, Any], words: str
) -> None:
    answer = owner_client.post("/automation/rules/new/", data={**FORM, **sent})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="20"' in answer.text or "most_a_day" in sent
    assert db.session.scalars(select(AutomationRule)).all() == []


def test_the_form_shows_itself_anew_with_what_a_button_adds(site: Site, owner_client: FlaskClient) -> None:
    shown = owner_client.post("/automation/rules/preview/", data={**FORM, "change": "add-condition-0"}).text
    assert 'name="c0-1-field"' in shown
    shown = owner_client.post("/automation/rules/preview/", data={**FORM, "change": "remove-condition-0-0"}).text
    assert 'name="c0-0-field"' not in shown
    shown = owner_client.post("/automation/rules/preview/", data={**FORM, "change": "add-group"}).text
    assert 'name="g1-match"' in shown
    shown = owner_client.post("/automation/rules/preview/", data={**FORM, "change": "add-action"}).text
    assert 'name="a1-kind"' in shown
    shown = owner_client.post(
        "/automation/rules/preview/", data={**FORM, "trigger": "schedule", "preset": "0 6 * * *"}
    ).text
    assert "Each day at 06:00 (UTC)" in shown
    assert shown.count("<time") == 5
    typed = {"trigger": "schedule", "preset": "0 6 * * *", "cron_was": "0 6 * * *", "cron": "0 7 * * *"}
    shown = owner_client.post("/automation/rules/preview/", data={**FORM, **typed}).text
    assert "Each day at 07:00 (UTC)" in shown  # what was typed counts, not the choice above it
    assert db.session.scalars(select(AutomationRule)).all() == []


def shown_step(page: str) -> tuple[str, str]:
    """The step that a form shows, and its sentence."""
    tree = LexborHTMLParser(page)
    [legend] = tree.css("fieldset.rule-step:not([hidden]) > legend")
    return legend.text(strip=True), "".join(node.text() for node in tree.css("p.rule-sentence"))


def test_the_steps_lead_on_and_back_without_scripts_and_keep_what_was_typed(
    site: Site, owner_client: FlaskClient
) -> None:
    assert shown_step(owner_client.get("/automation/rules/new/").text) == ("1. When", "When keywords are added …")
    sent = {name: value for name, value in FORM.items() if name != "on"}

    def go(where: str, **values: str) -> tuple[str, str]:
        page = owner_client.post("/automation/rules/preview/", data={**sent, "go": where, **values}).text
        assert 'value="Cluster big ones"' in page
        return shown_step(page)

    limited = "When keywords are added, for keywords where Volume is at least 100"
    assert go("next", at="1", reached="1") == ("2. If", f"{limited} …")
    assert go("next", at="2", reached="2") == ("3. Then", f"{limited}: cluster keywords (at most 500).")
    assert go("next", at="3", reached="3")[0] == "4. Name and limits"
    assert go("back", at="3", reached="3")[0] == "2. If"
    assert go("back", at="1", reached="1")[0] == "1. When"
    assert go("1", at="4", reached="4")[0] == "1. When"
    assert go("4", at="1", reached="2")[0] == "2. If"  # no further than was reached
    assert go("nonsense", at="x", reached="9")[0] == "1. When"
    wrong = {"c0-0-value": "many"}
    assert go("next", at="1", reached="1", **wrong)[0] == "2. If"
    assert go("next", at="2", reached="2", **wrong)[0] == "2. If"  # it is mended here
    assert go("back", at="2", reached="2", **wrong)[0] == "1. When"
    answer = owner_client.post("/automation/rules/new/", data={**FORM, "at": "4", "c0-0-value": "many"})
    assert (answer.status_code, shown_step(answer.text)[0]) == (422, "2. If")
    assert db.session.scalars(select(AutomationRule)).all() == []


def values_of(tree: LexborHTMLParser, name: str) -> list[str | None]:
    """What fields of this name have in them."""
    return [field.attributes["value"] for field in tree.css(f"input[name='{name}']")]


def test_a_stored_rule_is_edited_at_any_step_and_copied(site: Site, owner_client: FlaskClient) -> None:
    made = make_rule(site, conditions=condition("volume", "gte", "100"), most_a_day="7")
    form = LexborHTMLParser(owner_client.get(f"/automation/rules/{made.id}/edit/").text)
    assert [button.attributes["value"] for button in form.css("nav.step-nav button")] == ["1", "2", "3", "4"]
    assert values_of(form, "most_a_day") == ["7"]
    copy = LexborHTMLParser(owner_client.get(f"/automation/rules/new/?like={made.id}").text)
    assert values_of(copy, "name") == ["Copy of Cluster"]
    assert values_of(copy, "c0-0-value") == ["100"]
    assert [form.attributes["action"] for form in copy.css("#rule-form")] == ["/automation/rules/new/"]
    assert owner_client.get("/automation/rules/new/?like=987654").status_code == 404


def test_what_it_would_do_and_why_it_did_not(site: Site, owner_client: FlaskClient) -> None:
    made = make_rule(site, conditions=condition("volume", "gte", "100"))
    small, big = make_keyword(site, "small", volume=5), make_keyword(site, "big", volume=500)
    page = owner_client.get(f"/automation/rules/{made.id}/?try=1").text
    assert "1 of 2" in page
    assert ">big</a>" in page
    assert ">small</a>" not in page
    page = owner_client.get(f"/automation/rules/{made.id}/?row={small.id}").text
    assert "nothing happened to it that sets this rule off" in page
    assert "does not hold" in page
    assert "It is: 5" in page
    page = owner_client.get(f"/automation/rules/{made.id}/?row=987654").text
    assert "The site has no such row" in page
    page = owner_client.get(f"/automation/rules/{made.id}/?q=BIG").text
    assert f'href="/automation/rules/{made.id}/?row={big.id}#why-title"' in page
    assert f"?row={small.id}" not in page
    assert "Nothing of the site has these words." in owner_client.get(f"/automation/rules/{made.id}/?q=none").text


def test_running_by_hand_and_the_history(site: Site, owner_client: FlaskClient) -> None:
    made = make_rule(site, on=False)
    answer = owner_client.post(f"/automation/rules/{made.id}/run/")
    assert answer.location.endswith(f"/automation/rules/{made.id}/")
    make_keyword(site, "press")
    answer = owner_client.post(f"/automation/rules/{made.id}/run/")
    [execution] = executions(made)
    assert answer.location.endswith(f"/automation/history/{execution.id}/")
    page = owner_client.get(answer.location).text
    assert "By hand" in page
    assert ">press</a>" in page
    assert "Cluster" in owner_client.get("/automation/history/?state=waiting").text
    assert "No execution matches" in owner_client.get("/automation/history/?state=failed").text
    owner_client.post(f"/automation/history/{execution.id}/cancel/")
    assert executions(made)[0].state == "cancelled"
    owner_client.post(f"/automation/history/{execution.id}/retry/")
    assert executions(made)[0].state == "waiting"


def test_a_flow_is_chosen_once(site: Site, owner_client: FlaskClient) -> None:
    for _ in range(2):
        assert owner_client.post("/automation/flows/clusters/").status_code == 303
    made = rule()
    assert (made.flow, made.cron, made.is_active) == ("clusters", "0 */6 * * *", True)
    assert made.next_at is not None
    assert owner_client.post("/automation/flows/none/").status_code == 404


def test_the_autopilot_writes_its_rules_and_takes_them_back(site: Site, owner_client: FlaskClient) -> None:
    sent = {"version": "1", "is_on": "1", "drafts_a_week": "5", "days": ["1", "3"], "month_credits": "500"}
    assert owner_client.post("/automation/autopilot/", data=sent).status_code == 303
    flows = {row.flow: row for row in db.session.scalars(select(AutomationRule))}
    assert {row.is_active for row in flows.values()} == {True}
    writing = sorted((row.cron, row.actions[0]["parameters"]["most"]) for key, row in flows.items() if "drafts" in key)
    assert writing == [("0 6 * * MON", 3), ("0 6 * * WED", 2)]
    assert [one["kind"] for one in flows["autopilot-finish"].actions][-1] == "schedule"
    pilot = db.session.scalars(select(Autopilot)).one()
    assert (pilot.days, pilot.has_review, pilot.month_credits, pilot.version) == ([0, 2], False, 500, 2)
    late = owner_client.post("/automation/autopilot/", data=sent)
    assert late.status_code == 409
    sent |= {"version": "2", "has_review": "1", "drafts_a_week": "4"}
    owner_client.post("/automation/autopilot/", data=sent)
    active = {row.flow: row for row in db.session.scalars(select(AutomationRule).where(AutomationRule.is_active))}
    assert [row.cron for key, row in active.items() if "drafts" in key] == ["0 6 * * MON,WED"]
    assert "schedule" not in [one["kind"] for one in active["autopilot-finish"].actions]
    sent |= {"version": "3", "is_on": ""}
    owner_client.post("/automation/autopilot/", data=sent)
    assert db.session.scalars(select(AutomationRule).where(AutomationRule.is_active)).all() == []
    assert owner_client.get("/automation/autopilot/").status_code == 200
    sent |= {"version": "4", "is_on": "1", "days": []}
    assert owner_client.post("/automation/autopilot/", data=sent).status_code == 422


def test_a_viewer_reads_and_is_offered_nothing(site: Site, viewer_client: FlaskClient) -> None:
    made = make_rule(site)
    page = viewer_client.get(f"/automation/rules/{made.id}/").text
    assert "Run now" not in page
    assert viewer_client.post(f"/automation/rules/{made.id}/run/").status_code == 403
    assert actions.switch_rule(site.account_id, ADA, made.id, False)


LINK_THEN_SCHEDULE = [{"kind": "link_content", "parameters": {}}, {"kind": "schedule", "parameters": {}}]


def test_an_action_whose_module_is_off_stays_what_it_is(site: Site, owner_client: FlaskClient) -> None:
    made = make_rule(site, trigger="content_generated", actions=LINK_THEN_SCHEDULE)
    modules.switch(site.account_id, ADA, "linker", False)
    db.session.commit()
    page = owner_client.get(f"/automation/rules/{made.id}/edit/").text
    assert '<option value="link_content" selected>Put in internal links (switched off)</option>' in page
    assert "link_content” is not there" not in owner_client.get(f"/automation/rules/{made.id}/").text
    form = {**FORM, "trigger": "content_generated", "version": "1", "a0-kind": "link_content", "a1-kind": "schedule"}
    sent = {key: value for key, value in form.items() if not key.startswith(("c0", "g0", "a0-p"))}
    answer = owner_client.post(f"/automation/rules/{made.id}/edit/", data=sent)
    assert answer.status_code == 422
    assert "“Put in internal links” is switched off." in answer.text
    assert [action["kind"] for action in rule().actions] == ["link_content", "schedule"]


@pytest.mark.parametrize(
    "sent",
    [
        {"trigger": "nope"},
        {"a0-kind": "nope"},
        {"a0-kind": ""},
        {"c0-0-field": "nope"},
        {"c0-0-operator": "contains"},
        {"trigger": "task_created", "a0-kind": "generate_content"},
        {"trigger": "content_generated"},
    ],
)
def test_what_is_sent_is_saved_as_nothing_else(site: Site, owner_client: FlaskClient, sent: dict[str, str]) -> None:
    made = make_rule(site)
    answer = owner_client.post(f"/automation/rules/{made.id}/edit/", data={**FORM, "version": "1", **sent})
    assert answer.status_code == 422
    assert (rule().version, rule().name) == (1, "Cluster")


def test_a_field_that_other_rows_have_stays_in_the_form_and_says_so(site: Site, owner_client: FlaskClient) -> None:
    shown = owner_client.post("/automation/rules/preview/", data={**FORM, "trigger": "idea_created"}).text
    assert '<option value="volume" selected>Volume (not of these rows)</option>' in shown
    assert 'value="100"' in shown


def test_an_autopilot_says_what_of_it_does_not_run(site: Site, owner_client: FlaskClient) -> None:
    values = {"is_on": True, "drafts_a_week": "3", "days": [0], "has_review": True, "month_credits": ""}
    actions.save_autopilot_of(site.account_id, ADA, site.id, values, seen=1)
    db.session.commit()
    assert "Not all of it runs" not in owner_client.get("/automation/autopilot/").text
    by_flow = {one.flow: one for one in db.session.scalars(select(AutomationRule))}
    actions.delete_rule(site.account_id, ADA, by_flow["autopilot-keywords"].id)
    actions.switch_rule(site.account_id, ADA, by_flow["autopilot-ideas"].id, False)
    modules.switch(site.account_id, ADA, "linker", False)
    db.session.commit()
    page = owner_client.get("/automation/autopilot/").text
    for said in (
        "“Autopilot: cluster new keywords” is not there",
        "“Autopilot: find ideas for new clusters” is off.",
        "“Autopilot: finish new drafts” cannot run: “Put in internal links” is switched off.",
    ):
        assert said in page
    site.is_active = False
    db.session.commit()
    assert "The site is switched off" in owner_client.get("/automation/autopilot/").text


def test_an_autopilot_takes_all_that_comes_and_says_when_there_is_nothing_to_write(
    site: Site, owner_client: FlaskClient
) -> None:
    values = {"is_on": True, "drafts_a_week": "30", "days": [0], "has_review": False, "month_credits": ""}
    actions.save_autopilot_of(site.account_id, ADA, site.id, values, seen=1)
    db.session.commit()
    by_flow = {one.flow: one for one in db.session.scalars(select(AutomationRule))}
    assert by_flow["autopilot-drafts-0"].actions[0]["parameters"]["most"] == 30
    assert all(one["parameters"]["most"] >= 50 for one in by_flow["autopilot-finish"].actions)
    assert "Add keywords: clusters and ideas" in owner_client.get("/automation/autopilot/").text
    cluster = make_cluster(site)
    page = owner_client.get("/automation/autopilot/").text
    assert "Find ideas for clusters that have none." in page
    assert 'href="/planner/clusters/">Go there</a>' in page
    make_idea(cluster)
    assert "No idea waits to be written" not in owner_client.get("/automation/autopilot/").text


@pytest.mark.parametrize("address", ["/automation/rules/{id}/edit/", "/automation/rules/preview/"])
def test_what_was_written_stays_when_somebody_has_deleted_the_rule(
    site: Site, owner_client: FlaskClient, address: str
) -> None:
    made = make_rule(site)
    form = {**FORM, "rule_id": str(made.id), "version": "1", "name": "My long thoughts"}
    actions.delete_rule(site.account_id, ADA, made.id)
    db.session.commit()
    answer = owner_client.post(address.format(id=made.id), data=form)
    assert answer.status_code == 404
    assert "somebody has deleted it" in answer.text
    shown = LexborHTMLParser(answer.text).css_first("#rule-form")
    assert shown is not None
    assert shown.attributes["action"] == "/automation/rules/new/"
    assert 'value="My long thoughts"' in answer.text
    assert owner_client.post("/automation/rules/new/", data=form).status_code == 303
    assert rule().name == "My long thoughts"


def test_all_that_is_under_way_of_a_rule_is_cancelled_at_once(site: Site, owner_client: FlaskClient) -> None:
    made, other = make_rule(site), make_rule(site, name="Other")
    assert "Cancel all that is under way" not in owner_client.get(f"/automation/rules/{made.id}/").text
    for word in ("press", "pot"):
        make_keyword(site, word)
        events.publish(KeywordsAdded(site.account_id, site.id, (make_keyword(site, f"moka {word}").id,)))
        tell(site)
    address = f"/automation/rules/{made.id}/"
    assert "Cancel all that is under way" in owner_client.get(address).text
    under_way = [one.id for one in executions(made) if one.is_open]
    assert under_way
    assert owner_client.post(f"{address}cancel/").status_code == 303
    assert f"Cancelled {len(under_way)} execution" in owner_client.get(address).text
    assert all(one.state == "cancelled" for one in executions(made) if one.id in under_way)
    assert any(one.is_open for one in executions(other))
    owner_client.post(f"{address}cancel/")
    assert "Nothing was under way" in owner_client.get(address).text
