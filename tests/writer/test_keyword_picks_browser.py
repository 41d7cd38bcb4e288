"""Keywords of a task, picked in Chromium."""

from playwright.sync_api import expect

from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer.models import Task
from tests.content.conftest import Visits, address, visit
from tests.factories.things import make_keyword, make_task

__all__ = ["address", "visit"]


def test_keywords_are_found_moved_and_taken_off(visit: Visits, owner: User, site: Site, cluster: Cluster) -> None:
    for place, text in enumerate(("cold brew", "cold brew jar")):
        make_keyword(site, text, volume=900 - place, cluster_id=cluster.id)
    make_keyword(site, "brew kettle", volume=5000)
    task = make_task(cluster)
    task_id = task.id
    page = visit(owner, f"/writer/tasks/{task_id}/edit/")
    field = page.get_by_role("combobox", name="Add a keyword")
    field.click()
    expect(page.get_by_role("listbox", name="Keywords").get_by_role("option")).to_have_count(2)
    for words in ("kettle", "cold brew jar"):
        field.press_sequentially(words)
        field.press("Enter")
        expect(page.locator(".picked > li").last).to_contain_text(words)
    rows = page.get_by_role("list", name="Keywords").get_by_role("listitem")
    expect(rows).to_have_count(2)
    field.fill("cold")
    page.get_by_role("option", name="cold brew", exact=False).first.click()
    expect(rows).to_have_count(3)
    rows.last.get_by_role("button", name="Move up").press("Enter")
    rows.last.get_by_role("button", name="Take off").click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(rows).to_have_count(2)
    db.session.expire_all()
    assert [keyword.keyword for keyword in db.session.get_one(Task, task_id).keywords] == ["brew kettle", "cold brew"]
