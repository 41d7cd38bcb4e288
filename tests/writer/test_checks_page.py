"""What a draft lacks of its brief, beside the editor."""

import pytest
from flask.testing import FlaskClient

from app.ai.tasks.draft import DraftResult
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer.briefs import services
from app.writer.briefs.sections import Section
from app.writer.services import complete_task
from tests.factories.things import make_content, make_task
from tests.factories.work import newest_run, work


@pytest.fixture
def content(site: Site, cluster: Cluster) -> Content:
    task = make_task(cluster, "Moka pots", primary_keyword="moka pot")
    brief = services.brief_of(task)
    brief.outline = [Section("a", "Sizes").stored(), Section("b", "Care").stored()]
    brief.secondary_keywords = []
    html = (
        f'<p>A moka pot grew by 40 %.</p><h2>Sizes</h2><p><a href="{site.url}/there/">x</a> <a href="/gone/">y</a></p>'
    )
    content = make_content(site, "Moka pots", task_id=task.id, content_html=html)
    make_content(site, "There", status="published", external_id=1, external_url=f"{site.url}/there/")
    db.session.commit()
    return content


def test_the_editor_shows_what_is_to_be_looked_at(owner_client: FlaskClient, content: Content) -> None:
    page = owner_client.get(f"/content/{content.id}/edit/").text
    assert f'hx-get="/writer/contents/{content.id}/checks/"' in page
    assert "Against the brief" in page
    region = owner_client.get(f"/writer/contents/{content.id}/checks/", headers={"HX-Request": "true"}).text
    for words in ("1 heading of the outline is missing.", "Care", "A moka pot grew by 40 %.", "/gone/ is no live page"):
        assert words in region
    assert "/there/" not in region
    assert "other piece" not in region  # nobody has compared yet
    assert "<html" in owner_client.get(f"/writer/contents/{content.id}/checks/").text


def test_after_a_save_it_says_what_is_so_now(owner_client: FlaskClient, content: Content) -> None:
    saved = {"version": "1", "content": "<h2>Sizes</h2><h2>Care</h2>"}
    owner_client.post(f"/content/{content.id}/edit/", data=saved)
    region = owner_client.get(f"/writer/contents/{content.id}/checks/", headers={"HX-Request": "true"}).text
    assert "All headings of the outline, in order." in region


def test_who_opens_it_first_has_the_site_compared(owner_client: FlaskClient, content: Content, site: Site) -> None:
    twin = make_content(site, "A guide to moka pots")
    region = owner_client.get(f"/writer/contents/{content.id}/checks/").text
    assert f'hx-post="/writer/tasks/{content.task_id}/brief/nearest/"' in region
    owner_client.post(f"/writer/tasks/{content.task_id}/brief/nearest/")
    assert work(newest_run()).state == "succeeded"
    region = owner_client.get(f"/writer/contents/{content.id}/checks/").text
    assert "/brief/nearest/" not in region
    assert twin.title in region


def test_likeness_comes_from_what_the_brief_found(owner_client: FlaskClient, content: Content, site: Site) -> None:
    twin = make_content(site, "Moka pots again")
    brief = services.find_brief(content.account_id, content.task_id or 0)
    assert brief is not None
    brief.nearest = [{"id": twin.id, "title": "", "likeness": 93}, {"id": 999999, "title": "gone", "likeness": 99}]
    brief.nearest_at = utcnow()
    db.session.commit()
    region = owner_client.get(f"/writer/contents/{content.id}/checks/").text
    assert "1 other piece of the site may serve the same search." in region
    assert "Moka pots again" in region


def test_what_was_not_written_by_a_brief_has_no_panel(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    assert "Against the brief" not in owner_client.get(f"/content/{content.id}/edit/").text
    assert "nothing to hold it against" in owner_client.get(f"/writer/contents/{content.id}/checks/").text


def test_with_the_writer_switched_off_the_panel_is_gone(owner_client: FlaskClient, content: Content) -> None:
    owner_client.post("/account/modules/", data={"module": "writer", "on": "0"})
    page = owner_client.get(f"/content/{content.id}/edit/").text
    assert ("Against the brief" in page) == (owner_client.get("/writer/tasks/").status_code == 200)


def test_what_was_made_by_rule_is_told_until_a_person_changes_it(cluster: Cluster, owner_client: FlaskClient) -> None:
    task = make_task(cluster, "Moka pots")
    services.brief_of(task)
    draft = {"title": "T", "content_html": "<p>x</p>", "excerpt": "x", "seo_title": "T", "seo_description": "x"}
    made = DraftResult(**draft, slug="t", focus_keywords=[], by_rule=("excerpt", "seo_title"))
    content = complete_task(task.account_id, task.id, made)
    assert content is not None
    db.session.commit()
    page = f"/writer/contents/{content.id}/checks/"
    assert "The model left out the excerpt and SEO title: made of the text" in owner_client.get(page).text
    content.excerpt = "In my own words."
    db.session.commit()
    assert "The model left out the SEO title: made of the text" in owner_client.get(page).text
    content.seo_title = "Mine"
    db.session.commit()
    assert "Written by rule" not in owner_client.get(page).text
