"""Topics and texts that serve one intent are told."""

from flask.testing import FlaskClient

from app.core.extensions import db
from app.sites.models import Site
from tests.factories.things import make_cluster, make_content, make_idea, make_task
from tests.factories.work import newest_run, work


def test_two_topics_and_two_texts_for_one_intent_are_told_and_others_are_not(
    owner_client: FlaskClient, site: Site
) -> None:
    implants, tooth = make_cluster(site, "Dental implants"), make_cluster(site, "Tooth implants")
    make_cluster(site, "Dental implant cost")
    make_content(site, title="How to clean an espresso machine")
    make_idea(implants, title="Cleaning your espresso machine")
    make_idea(implants, title="How to choose a coffee grinder")
    task = make_task(tooth, title="What dental implants cost")
    make_content(site, title="What dental implants cost", task_id=task.id)
    make_content(site, title="Cleaning an espresso machine", remote_status="trash")
    assert owner_client.post("/content/suggestions/overlaps/").status_code == 303
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    kinds = sorted((pair[0], pair[2]) for pair in run.data["pairs"])
    assert kinds == [("cluster", "cluster"), ("idea", "content")], run.data
    page = owner_client.get("/content/suggestions/overlaps/").text
    assert "Dental implants" in page
    assert "Dental implant cost" not in page
    assert "Exists already" in page
    db.session.delete(db.session.merge(tooth))
    db.session.commit()
    assert "Dental implants" not in owner_client.get("/content/suggestions/overlaps/").text


def test_the_page_says_when_nobody_looked_yet(owner_client: FlaskClient, site: Site) -> None:
    assert "Not looked yet" in owner_client.get("/content/suggestions/overlaps/").text
