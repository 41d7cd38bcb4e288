"""Automation in a browser: a rule is put together, set off by real processes, and its result is looked at."""

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import Account
from app.automation.models import AutomationRule, Autopilot
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp, wait_for
from tests.factories.things import make_keyword, make_site


def next_step(page: Page, heading: str) -> None:
    """Go on to the next step, which gets the focus."""
    page.get_by_role("button", name="Next", exact=True).last.click()
    expect(page.locator("legend:visible")).to_have_text(heading)
    expect(page.locator("legend:visible")).to_be_focused()


def type_cron(page: Page, cron: str) -> None:
    """Type a cron expression, leave the field and come back to it."""
    page.get_by_label("As a cron expression").fill(cron)
    page.keyboard.press("Tab")
    page.get_by_label("As a cron expression").focus()


def test_a_rule_is_put_together_and_its_sentence_follows(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    sign_in(page, web, owner)
    page.goto(f"{web.url}/automation/rules/new/")
    sentence = page.locator(".rule-sentence")
    expect(sentence).to_have_text("When keywords are added …")
    page.get_by_label("Set off").select_option(label="At set times")
    expect(page.get_by_label("How often")).to_be_visible()
    page.get_by_label("How often").select_option(label="Each day at 6 in the morning")
    expect(sentence).to_have_text("Each day at 06:00 (UTC) …")
    expect(page.get_by_text("Next:").locator("time")).to_have_count(5)
    next_step(page, "2. If")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field").select_option(label="Intent")
    expect(page.get_by_label("Value")).to_have_js_property("tagName", "SELECT")
    page.get_by_label("Value").select_option(label="local")
    expect(sentence).to_have_text("Each day at 06:00 (UTC), for keywords where Intent is “local” …")
    next_step(page, "3. Then")
    expect(sentence).to_contain_text("“local”: cluster keywords (at most 1000).")
    next_step(page, "4. Name and limits")
    page.get_by_label("Name", exact=True).fill("Each morning")
    page.go_back()  # the browser's own way back
    expect(page.locator("legend:visible")).to_have_text("3. Then")
    page.get_by_role("button", name="1. When").click()
    expect(page.get_by_label("As a cron expression")).to_have_value("0 6 * * *")
    type_cron(page, "61 * * * *")
    expect(page.locator(".rule-said")).to_contain_text("This is not a schedule")
    page.get_by_label("As a cron expression").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is not a schedule")
    type_cron(page, "0 6 * * *")
    expect(page.locator(".rule-sentence")).to_contain_text("Each day at 06:00")
    page.keyboard.press("Enter")
    expect(page.locator("legend:visible")).to_have_text("2. If")
    page.get_by_role("button", name="4. Name and limits").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Each morning")
    page.get_by_role("button", name="Save and switch on").click()
    expect(page.get_by_role("heading", name="Each morning", level=1)).to_be_visible()
    rule = db.session.scalars(select(AutomationRule)).one()
    assert (rule.is_active, rule.cron) == (True, "0 6 * * *")
    assert rule.conditions["groups"][0]["conditions"] == [{"field": "intent", "operator": "eq", "value": "local"}]


def test_the_autopilot_is_of_the_site_that_its_tab_shows(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    other = make_site(db.session.get_one(Account, site.account_id), name="Other", url="https://other.test")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/automation/autopilot/?site={site.id}")
    second = page.context.new_page()
    second.goto(f"{web.url}/automation/autopilot/?site={other.id}")
    page.get_by_label("Run by itself").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The autopilot is on.").first).to_be_visible()
    assert [(pilot.site_id, pilot.is_on) for pilot in db.session.scalars(select(Autopilot))] == [(site.id, True)]


def test_a_keyword_that_is_typed_sets_a_rule_off_and_the_history_tells(
    page: Page, web: LiveApp, workers: LiveApp, owner: User, site: Site
) -> None:
    for word in ("press", "press coffee", "best press"):
        make_keyword(site, f"french {word}")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/automation/rules/new/")
    for heading in ("2. If", "3. Then", "4. Name and limits"):
        next_step(page, heading)
    page.get_by_label("Name", exact=True).fill("Cluster")
    page.get_by_role("button", name="Save and switch on").click()
    expect(page.get_by_role("heading", name="Cluster", level=1)).to_be_visible()
    page.goto(f"{web.url}/planner/keywords/new/")
    page.get_by_label("Keyword", exact=True).fill("french press guide")
    workers.start_worker("interactive", "default", "bulk")
    workers.start_scheduler()
    page.get_by_role("button", name="Add keyword").click()
    page.goto(f"{web.url}/automation/history/")
    wait_for(lambda: _state(page) == "Done", what="the rule to be done")
    page.locator(".cell-title").first.click()
    expect(page.get_by_role("link", name="french press guide")).to_be_visible()
    expect(page.get_by_text("By what happened")).to_be_visible()


def _state(page: Page) -> str:
    page.reload()
    badges = page.locator("tbody .pill")
    return badges.first.inner_text() if badges.count() else ""
