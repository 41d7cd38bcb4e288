"""Topics and texts that serve one intent are told, and not again when a person says that they are not the same."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from app.core.extensions import db
from app.planner.models import Idea
from app.sites.models import Site
from app.suggestions import overlaps
from app.suggestions.models import Overlap
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_content, make_idea, make_site, make_task
from tests.factories.work import newest_run, work

PAGE = "/content/suggestions/overlaps/"
HTMX = {"HX-Request": "true"}


def make_pair(site: Site, first: overlaps.Key, second: overlaps.Key, score: int = 90) -> Overlap:
    overlaps.store(site.account_id, site.id, {overlaps.ordered(first, second): score})
    db.session.commit()
    return db.session.query(Overlap).order_by(Overlap.id.desc()).first()


@pytest.fixture
def idea(site: Site) -> Idea:
    return make_idea(make_cluster(site, "Coffee"), title="Clean an espresso machine")


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
    assert owner_client.post(PAGE).status_code == 303
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    pairs = overlaps.pairs_of(site.account_id, site.id)
    kinds = sorted((pair.first.kind, pair.second.kind) for pair in pairs)
    assert kinds == [("cluster", "cluster"), ("content", "idea")]
    page = owner_client.get(PAGE).text
    assert "Dental implants" in page
    assert "Dental implant cost" not in page
    assert "Exists already" in page
    assert "2 overlaps" in owner_client.get(f"{PAGE}count/").text
    db.session.delete(db.session.merge(tooth))
    db.session.commit()
    assert "Dental implants" not in owner_client.get(PAGE).text
    assert "1 overlap<" in owner_client.get(f"{PAGE}count/").text


def test_what_is_not_alike_any_more_is_told_no_longer_and_what_was_dismissed_stays(
    owner_client: FlaskClient, site: Site, idea: Idea
) -> None:
    content, other = make_content(site, title="Paint a fence"), make_content(site, title="Cleaning an espresso machine")
    make_pair(site, ("idea", idea.id), ("content", content.id))
    kept = make_pair(site, ("content", content.id), ("content", other.id))
    owner_client.post(f"{PAGE}{kept.id}/dismiss/")
    owner_client.post(PAGE)
    work(newest_run())
    pairs = overlaps.pairs_of(site.account_id, site.id)
    assert [(pair.first.id, pair.second.id) for pair in pairs] == [(other.id, idea.id)]
    assert overlaps.count_pairs(site.account_id, site.id, dismissed=True) == 1


def test_the_page_says_when_nobody_looked_yet(owner_client: FlaskClient, site: Site) -> None:
    assert "Not checked yet" in owner_client.get(PAGE).text


def test_a_person_dismisses_a_pair_and_takes_it_back(owner_client: FlaskClient, site: Site, idea: Idea) -> None:
    content = make_content(
        site, title="Espresso machine cleaning", status="published", external_url="https://a.example/clean/"
    )
    pair = make_pair(site, ("idea", idea.id), ("content", content.id))
    rows = owner_client.get(f"/content/suggestions/alike/?kind=idea&ids={idea.id}", headers=HTMX).text
    assert "Covers the same topic as" in rows
    assert "(Live, /clean/)" in rows
    said = {"kind": "idea", "of": str(idea.id)}
    answer = owner_client.post(f"{PAGE}{pair.id}/dismiss/", data=said, headers=HTMX).text
    assert "Not the same as" in answer
    assert "Undo" in answer
    assert "Covers" not in owner_client.get(f"/content/suggestions/alike/?kind=idea&ids={idea.id}", headers=HTMX).text
    assert overlaps.count_pairs(site.account_id, site.id) == 0
    assert "All that was found is dismissed." in owner_client.get(PAGE).text
    assert "Espresso machine cleaning" in owner_client.get(f"{PAGE}?dismissed=1").text
    assert "Covers" in owner_client.post(f"{PAGE}{pair.id}/restore/", data=said, headers=HTMX).text
    assert overlaps.count_pairs(site.account_id, site.id) == 1


def test_what_was_dismissed_of_an_idea_is_not_told_of_the_task_and_the_content_that_come_of_it(
    owner_client: FlaskClient, site: Site, idea: Idea
) -> None:
    content = make_content(site, title="Espresso machine cleaning")
    pair = make_pair(site, ("idea", idea.id), ("content", content.id))
    owner_client.post(f"{PAGE}{pair.id}/dismiss/")
    task = make_task(idea.cluster, title=idea.title, idea_id=idea.id)
    idea.task_id = task.id
    draft = make_content(site, title=idea.title, task_id=task.id)
    make_pair(site, ("task", task.id), ("content", content.id))
    make_pair(site, ("content", draft.id), ("content", content.id))
    assert overlaps.count_pairs(site.account_id, site.id) == 0
    make_pair(site, ("content", draft.id), ("content", make_content(site, title="Another").id))
    assert overlaps.count_pairs(site.account_id, site.id) == 1


def test_a_pair_has_one_row_in_one_order(site: Site, idea: Idea) -> None:
    content = make_content(site, title="Espresso machine cleaning")
    first = make_pair(site, ("idea", idea.id), ("content", content.id), 85)
    again = make_pair(site, ("content", content.id), ("idea", idea.id), 91)
    assert (first.id, first.first_kind, again.score) == (again.id, "content", 91)
    other_way = {"first_kind": "idea", "first_id": idea.id, "second_kind": "content", "second_id": content.id}
    db.session.add(Overlap(account_id=site.account_id, site_id=site.id, score=1, **other_way))
    with pytest.raises(IntegrityError, match="ordered"):
        db.session.flush()
    db.session.rollback()


def test_pairs_of_another_account_are_neither_shown_nor_decided(owner_client: FlaskClient, site: Site) -> None:
    theirs = make_site(make_account("Others"))
    one, two = make_cluster(theirs, "Their implants"), make_cluster(theirs, "Their tooth implants")
    pair = make_pair(theirs, ("cluster", one.id), ("cluster", two.id))
    assert "Their implants" not in owner_client.get(PAGE).text
    assert owner_client.post(f"{PAGE}{pair.id}/dismiss/").status_code == 404
    assert db.session.get_one(Overlap, pair.id).dismissed_at is None


def test_a_row_is_dismissed_and_undone_where_it_is(owner_client: FlaskClient, site: Site, idea: Idea) -> None:
    content = make_content(site, title="Cleaning an espresso machine")
    row = make_pair(site, ("idea", idea.id), ("content", content.id))
    page = owner_client.get(PAGE).text
    assert f'id="decide-{row.id}"' in page
    assert page.count("csrf_token") <= 6  # none for each row
    answer = owner_client.post(f"{PAGE}{row.id}/dismiss/", data={"list": "overlaps"}, headers=HTMX).text
    assert "Kept: not the same." in answer
    assert f"{PAGE}{row.id}/restore/" in answer
    assert 'id="overlap-tabs" hx-swap-oob="true"' in answer
    back = owner_client.post(f"{PAGE}{row.id}/restore/", data={"list": "overlaps"}, headers=HTMX).text
    assert "Not the same" in back
    assert "Kept" not in back
    assert owner_client.post(f"{PAGE}{row.id}/dismiss/").status_code == 303
    assert "Undo" in owner_client.get(f"{PAGE}?dismissed=1").text
    answer = owner_client.post(f"{PAGE}{row.id}/restore/", data={"list": "dismissed"}, headers=HTMX).text
    assert "Listed as an overlap again." in answer
