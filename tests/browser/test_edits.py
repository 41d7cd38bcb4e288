"""Keywords, ideas and tasks by hand: from a title to a saved change, and from selected tasks to their assignee."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_cluster, make_keyword, make_task


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab whose console may tell of the answer 422, which the form is about."""
    return context.new_page()


def test_a_title_opens_the_form_and_selected_tasks_are_assigned_by_keyboard(
    page: Page, web: LiveApp, owner: User, site: Site
) -> None:
    cluster = make_cluster(site, "Pots")
    make_keyword(site, "moka pot", cluster_id=cluster.id)
    for title in ("One", "Two"):
        make_task(cluster, title)
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/keywords/")
    page.get_by_role("link", name="moka pot").press("Enter")
    page.get_by_label("Volume").fill("plenty")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#volume-error")).to_contain_text("Volume is searches a month")
    page.get_by_label("Volume").fill("1,2K")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_label("Volume")).to_have_value("1,200")

    page.goto(f"{web.url}/writer/tasks/")
    page.get_by_label("Select One").press("Space")
    page.get_by_label("Select Two").press("Space")
    page.get_by_role("button", name="Assign", exact=True).press("Enter")
    dialog = page.get_by_role("dialog", name="Assign tasks")
    expect(dialog.get_by_label("Assignee")).to_have_value(str(owner.id))
    expect(dialog).to_contain_text("2 tasks")
    dialog.get_by_role("button", name="Assign", exact=True).press("Enter")
    expect(page.get_by_text("Assigned 2 tasks.")).to_be_visible()
    page.get_by_label("Assignee", exact=True).first.select_option(label="Me")
    expect(page).to_have_url(re.compile(rf"assignee={owner.id}"))
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("row", name=re.compile("One")).get_by_role("link", name=owner.name).press("Enter")
    expect(page.get_by_label("Assignee")).to_have_value(str(owner.id))
