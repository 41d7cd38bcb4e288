"""Dialogs that cannot do what they were asked say why at the field; the selection stays."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.sites.models import Site
from app.thinker.trial_actions import create_set
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_sector, make_task


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab whose console may tell of the answers 409 and 422, which these dialogs are about."""
    return context.new_page()


@pytest.fixture
def keywords(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    make_cluster(site, "Beans")
    for word in ("moka pot", "cold brew", "filter"):
        make_keyword(site, word)
    sign_in(page, web, owner)


def test_a_name_that_is_missing_or_taken_is_said_at_the_field(page: Page, web: LiveApp, keywords: None) -> None:
    page.goto(f"{web.url}/planner/keywords/")
    page.get_by_label("Select moka pot").check()
    page.get_by_label("Select filter").check()
    page.get_by_role("button", name="Move to cluster").click()
    move, name = page.get_by_role("button", name="Move keywords"), page.get_by_label("Name of the new cluster")
    move.click()
    expect(page.locator("#move-name-said")).to_contain_text("A cluster's name has 1 to 200 characters.")
    name.fill("beans")
    move.click()
    expect(page.locator("#move-name-said")).to_have_text(re.compile("already has a cluster of this name"))
    expect(name).to_be_focused()
    expect(page.locator("[data-said]")).to_have_count(1)
    name.fill("Brewing")
    move.click()
    told = page.get_by_role("region", name="Messages").get_by_text("Moved 2 keywords to “Brewing”.")
    expect(told).to_be_visible()


def test_enter_is_the_button_of_the_dialog_and_nothing_at_a_row(
    page: Page, web: LiveApp, keywords: None, site: Site
) -> None:
    make_content(site, title="Moka pots")
    page.goto(f"{web.url}/content/")
    row = page.get_by_label("Select Moka pots")
    row.check()
    row.press("Enter")
    page.get_by_role("button", name="Attach term").click()
    name = page.get_by_label("Name", exact=True)
    name.fill("Brewing")
    name.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("Term attached to 1 item.")
    page.goto(f"{web.url}/planner/keywords/")
    page.get_by_label("Select moka pot").check()
    page.get_by_role("button", name="Move to cluster").click()
    page.get_by_label("Name of the new cluster").fill("Brewing")
    page.get_by_label("Name of the new cluster").press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("Moved 1 keyword to “Brewing”.")
    kinds = db.session.scalars(select(Run.kind)).all()
    assert {"publish", "cluster_keywords"}.isdisjoint(kinds), kinds


def test_renaming_a_cluster_and_a_sector_stays_where_it_is_until_it_works(
    page: Page, web: LiveApp, keywords: None, site: Site
) -> None:
    cluster = make_cluster(site, "Pots")
    make_sector(site, "Coffee"), make_sector(site, "Tea")
    page.goto(f"{web.url}/planner/clusters/{cluster.id}/")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Name").fill("BEANS")
    page.get_by_label("Description").fill("Words of a person")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#name-said")).to_contain_text("already has a cluster of this name")
    expect(page.get_by_label("Description")).to_have_value("Words of a person")
    page.goto(f"{web.url}/sites/{site.id}/settings/?tab=sectors")
    page.get_by_label("Name of the sector Tea").fill("coffee")
    page.get_by_role("button", name="Rename").nth(1).click()
    expect(page.locator("[data-said]")).to_be_visible()
    expect(page.get_by_label("Name of the sector Tea")).to_have_value("coffee")


def test_acting_on_everything_is_asked_with_its_number(page: Page, web: LiveApp, keywords: None, site: Site) -> None:
    cluster = make_cluster(site, "Pots")
    for title in ("One", "Two"):
        make_idea(cluster, title)
    make_task(cluster)
    page.goto(f"{web.url}/planner/ideas/")
    page.get_by_role("button", name="Create tasks").click()
    expect(
        page.get_by_text("No idea is selected. Create tasks of all in this list that have none: 2 ideas?")
    ).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.goto(f"{web.url}/writer/tasks/")
    page.get_by_role("button", name="Generate drafts").click()
    expect(page.get_by_text("No task is selected. Write all in this list that are queued: 1 task?")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.goto(f"{web.url}/planner/ideas/")
    page.get_by_label("Select One").check()
    page.get_by_role("button", name="Create tasks").click()
    expect(page.get_by_text("Created 1 task.")).to_be_visible()
    page.goto(f"{web.url}/planner/ideas/")
    page.get_by_role("button", name="Create tasks").click()
    page.locator("#confirm").get_by_role("button", name="Create tasks").click()
    expect(page.get_by_text("Created 1 task.")).to_be_visible()


def test_a_dialog_that_comes_back_with_what_somebody_else_saved_stays_open(
    page: Page, web: LiveApp, owner: User, site: Site
) -> None:
    row = make_cluster(site, "Beans")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/clusters/{row.id}/")
    page.get_by_role("button", name="Edit", exact=True).click()
    row.description = "Of a colleague"
    db.session.commit()
    words = page.get_by_role("dialog").get_by_label("Description")
    words.fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("What they saved", exact=True).click()
    expect(page.get_by_text("Of a colleague", exact=True)).to_be_visible()
    expect(words).to_have_value("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".cluster-description")).to_have_text("Mine")


def test_a_dialog_whose_form_came_back_as_a_page_shows_the_error_at_its_field(
    page: Page, web: LiveApp, owner: User, site: Site
) -> None:
    made = create_set(site.account_id, "ideas", "Hard ones", [])
    db.session.commit()
    sign_in(page, web, owner)
    page.goto(f"{web.url}/thinker/tests/{made.id}/")
    page.get_by_label("Cluster name").fill("Moka pots")  # a set without cases opens with it
    count = page.locator("#field-count")
    count.fill("-5")
    page.get_by_role("button", name="Add case", exact=True).click()
    expect(page.locator("#field-count-error")).to_have_text("“Count” is a whole number from 1 to 30.")
    expect(count).to_have_value("-5")
