"""Something like this exists already: told while a title is typed, and of what was made."""

from flask.testing import FlaskClient
from sqlalchemy import select

from app.content.listing import runs_to_show
from app.core.events.delivery import deliver
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster
from app.sites.models import Site
from app.suggestions import overlaps
from app.writer.models import Task
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword
from tests.factories.work import newest_run, work

HTMX = {"HX-Request": "true"}
LIKE = "/content/suggestions/like-title/"
PLAN = {"content_type": "Article", "content_structure": "Guide", "primary_keyword": "espresso", "description": ""}


def compare_new(site: Site) -> Run:
    """Have the events told and the run that they start worked off."""
    deliver(site.account_id)
    return work(newest_comparison())


def newest_comparison() -> Run:
    """The comparison of new rows that was started last; what others read of a text that was saved is passed over."""
    runs = select(Run).where(Run.kind == "alike_new").order_by(Run.created_at.desc())
    return db.session.scalars(runs.limit(1)).one()


def test_a_title_that_is_typed_is_compared_with_the_site(owner_client: FlaskClient, site: Site) -> None:
    live = make_content(
        site, title="How to clean an espresso machine", status="published", external_url="https://a.example/clean/?p=1"
    )
    make_content(site, title="How to paint a fence")
    waits = owner_client.post(LIKE, data={"title": "Cleaning your espresso machine"}, headers=HTMX).text
    assert "Looking for the same topic" in waits
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    found = owner_client.get(f"{LIKE}{run.id}/", headers=HTMX).text
    assert "Something like this exists already" in found
    assert "(Live, /clean/?p=1)" in found
    assert f"/content/{live.id}/edit/" in found
    assert "fence" not in found
    assert "every 1s" not in found
    assert "like-title" in owner_client.post(LIKE, data={"title": " "}, headers=HTMX).text
    assert newest_run().id == run.id  # nothing is looked up for an empty title


def test_two_clicks_are_one_search_and_another_title_is_another(owner_client: FlaskClient, site: Site) -> None:
    for title in ("Coffee", " Coffee ", "Tea"):
        owner_client.post(LIKE, data={"title": title}, headers=HTMX)
    for _ in range(2):
        owner_client.post("/content/suggestions/overlaps/")
    kinds = sorted(db.session.scalars(select(Run.kind)))
    assert kinds == ["alike_title", "alike_title", "overlaps"]
    work(newest_run())
    for run in db.session.scalars(select(Run).where(Run.kind == "alike_title")).all():
        work(run)
    owner_client.post(LIKE, data={"title": "Tea"}, headers=HTMX)
    assert len(db.session.scalars(select(Run.id).where(Run.kind == "alike_title")).all()) == 3


def test_an_idea_that_is_edited_is_not_like_itself(owner_client: FlaskClient, site: Site) -> None:
    idea = make_idea(make_cluster(site), title="Cleaning your espresso machine")
    page = owner_client.get(f"/planner/ideas/{idea.id}/edit/").text
    assert f'"of": "{idea.id}"' in page
    owner_client.post(LIKE, data={"title": idea.title, "kind": "idea", "of": str(idea.id)}, headers=HTMX)
    assert work(newest_run()).data["found"] == []


def test_a_task_made_by_hand_is_compared_and_the_list_says_what_it_is_like(
    owner_client: FlaskClient, site: Site
) -> None:
    make_content(site, title="How to clean an espresso machine")
    cluster = make_cluster(site)
    form = {**PLAN, "cluster": str(cluster.id), "title": "Cleaning your espresso machine"}
    assert owner_client.post("/writer/tasks/new/", data=form).status_code == 303
    task = db.session.scalars(select(Task)).one()
    at = f"/content/suggestions/alike/?kind=task&ids={task.id}"
    assert f'id="alike-task-{task.id}"' in owner_client.get("/writer/tasks/").text
    assert "every 2s" in owner_client.get(at, headers=HTMX).text  # it is being compared
    assert compare_new(site).state == "succeeded"
    rows = owner_client.get(at, headers=HTMX).text
    assert "How to clean an espresso machine" in rows
    assert "every 2s" not in rows


def test_ideas_made_tasks_and_new_topics_are_compared(owner_client: FlaskClient, site: Site) -> None:
    make_content(site, title="How to clean an espresso machine")
    implants = make_cluster(site, "Dental implants")
    idea = make_idea(implants, title="Cleaning your espresso machine")
    owner_client.post("/writer/tasks/from-ideas/", data={"ids": [idea.id]})
    compare_new(site)
    pairs = overlaps.pairs_of(site.account_id, site.id)
    assert [(pair.first.kind, pair.second.kind) for pair in pairs] == [("content", "task")]
    form = {"target": "new", "new_name": "Tooth implants", "ids": [make_keyword(site).id]}
    assert owner_client.post("/planner/keywords/move/", data=form).status_code == 303
    compare_new(site)
    tooth = db.session.scalars(select(Cluster).where(Cluster.name == "Tooth implants")).one()
    rows = owner_client.get(f"/content/suggestions/alike/?kind=cluster&ids={tooth.id}", headers=HTMX).text
    assert "Dental implants" in rows
    assert f'id="alike-cluster-{tooth.id}"' in owner_client.get(f"/planner/clusters/{tooth.id}/").text


def test_the_editor_tells_of_a_title_that_was_saved_and_compares_one_title_once(
    owner_client: FlaskClient, site: Site
) -> None:
    make_content(site, title="How to clean an espresso machine")
    content = make_content(site, title="Draft")
    form = {"title": "Cleaning your espresso machine", "content": "<p>x</p>", "version": "1", "content_type": "Article"}
    panel = f"/content/suggestions/like-content/{content.id}/"
    assert "Nothing else" in owner_client.get(panel, headers=HTMX).text
    assert owner_client.post(f"/content/{content.id}/edit/", data=form).status_code == 303
    compared = compare_new(site)
    assert compared.subject_id == content.id
    assert runs_to_show(site.account_id, [content.id]) == {}  # how its publish went stays on top of the editor
    assert "Covers the same topic as" in owner_client.get(panel, headers=HTMX).text
    assert "Cleaning your" in owner_client.get(panel).text  # a page of its own without script
    owner_client.post(f"/content/{content.id}/edit/", data={**form, "content": "<p>y</p>", "version": "2"})
    deliver(site.account_id)
    assert newest_comparison().id == compared.id
