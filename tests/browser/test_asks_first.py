"""What takes all rows that match, seen or not, asks with their number and what they cost."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_task

# Path, button and what it asks.
ASKED = {
    "cluster": ("/planner/keywords/", r"^Cluster 51 keywords", "Cluster all 51 keywords that match?"),
    "delete keywords": ("/planner/keywords/", "^Delete", "Delete all 51 keywords that match?"),
    "create tasks": ("/planner/ideas/", r"^Create 51 tasks", "Create tasks of all 51 ideas that match?"),
    "delete ideas": ("/planner/ideas/", "^Delete", "Delete all 51 ideas that match?"),
    "generate drafts": ("/writer/tasks/", r"^Generate 51 drafts", "Write all 51 tasks that match?"),
    "generate on top": ("/writer/tasks/", r"^Generate drafts", "Write all 51 tasks that match?"),
    "delete tasks": ("/writer/tasks/", "^Delete", "Delete all 51 tasks that match?"),
    "publish": ("/content/", "^Publish$", "Publish all 51 items that match?"),
}


@pytest.fixture
def lists(site: Site) -> None:
    cluster = make_cluster(site, "Pots")
    for number in range(51):
        make_keyword(site, f"pot {number}")
        make_idea(cluster, f"Idea {number}")
        make_task(cluster, title=f"Task {number}")
        make_content(site, f"Item {number}")
    db.session.commit()


def test_each_action_on_all_that_match_asks_with_their_number(
    page: Page, web: LiveApp, owner: User, lists: None
) -> None:
    sign_in(page, web, owner)
    for path, button, question in ASKED.values():
        page.goto(f"{web.url}{path}")
        page.get_by_label("Select all on this page").check()
        page.get_by_role("button", name="Select all 51 that match").click()
        page.get_by_role("button", name=re.compile(button)).and_(page.locator(":visible")).first.click()
        expect(page.locator("#confirm")).to_contain_text(question)
        page.locator("#confirm").get_by_role("button", name="Cancel").click()
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_a_part_is_not_asked_and_a_yes_is_done_with_its_price(
    page: Page, web: LiveApp, owner: User, lists: None
) -> None:
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/keywords/")
    page.locator("#keywords-batch").evaluate(
        "form => form.insertAdjacentHTML('beforeend', '<i data-batch-each=\"3\" data-batch-per=\"25\"></i>')"
    )
    page.get_by_role("button", name="Cluster keywords (all 51)").click()
    question = page.locator("#confirm")
    expect(question).to_contain_text("No keyword is selected. Cluster all that are in no cluster: 51 keywords?")
    expect(question).to_contain_text("About 9 credits.")
    question.get_by_role("button", name="Cluster keywords", exact=True).click()
    expect(page.locator(".run").first).to_contain_text("Clustering 51 keywords")
    page.goto(f"{web.url}/writer/tasks/")
    page.get_by_label("Select Task 1", exact=True).check()
    page.get_by_role("button", name="Generate 1 draft").click()
    expect(page.locator(".run").first).to_contain_text("1 draft")


def test_the_page_of_clusters_asks_for_all_keywords(page: Page, web: LiveApp, owner: User, lists: None) -> None:
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/clusters/")
    page.get_by_role("button", name="Cluster keywords (all 51)").click()
    expect(page.locator("#confirm")).to_contain_text("Cluster all 51 keywords that are in no cluster?")
    page.locator("#confirm").get_by_role("button", name="Cluster keywords").click()
    expect(page.locator(".run").first).to_contain_text("Clustering 51 keywords")


def test_a_list_in_which_nothing_waits_stays_and_says_so(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    cluster = make_cluster(site, "Pots")
    make_keyword(site, "pot", cluster_id=cluster.id)
    task = make_task(cluster, title="Written", status="completed")
    make_idea(cluster, "Idea", task_id=task.id)
    db.session.commit()
    sign_in(page, web, owner)
    for path, button, words in (
        ("/planner/keywords/", "Cluster keywords", "Each keyword is in a cluster already."),
        ("/planner/ideas/", "Create tasks", "Each idea in this list has a task already."),
        ("/writer/tasks/", "Generate drafts", "No task in this list is queued."),
    ):
        page.goto(f"{web.url}{path}")
        page.get_by_role("button", name=button).first.click()
        expect(page.locator("#toasts")).to_contain_text(words)
        expect(page).to_have_url(f"{web.url}{path}")
