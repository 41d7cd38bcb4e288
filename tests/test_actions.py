"""What a click does, done by a rule: no request is there, and nobody is signed in."""

from datetime import timedelta

import pytest
from flask import g, has_request_context
from sqlalchemy import select

from app.billing import credits
from app.content import actions as content_actions
from app.content.models import Content
from app.core.actor import Actor
from app.core.audit import AuditEvent
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.runs import Run
from app.core.runs import actions as run_actions
from app.identity.models import User
from app.planner import actions as planner_actions
from app.planner.imports.runs import Source
from app.planner.models import Keyword
from app.publishing import actions as publishing_actions
from app.sites import actions as site_actions
from app.sites.models import Site
from app.writer import actions as writer_actions
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_task
from tests.factories.work import newest_run, work
from tests.fakes.openai_server import FakeOpenAI

RULE = Actor(None, "Rule “As soon as it is written”", permissions=None)


@pytest.fixture(autouse=True)
def _nobody_asks(site: Site) -> None:
    assert not has_request_context()
    assert "user_id" not in g


def told() -> list[tuple[str, int | None, str, str]]:
    """What the audit log tells: action, person, name, address."""
    rows = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(row.action, row.actor_id, row.actor, row.ip) for row in rows]


def test_a_rule_imports_and_clusters(site: Site) -> None:
    source = Source(None, "french press\nbest french press\ncold brew")
    run = planner_actions.start_keyword_import(site.account_id, RULE, site.id, source, country="de")
    db.session.commit()
    assert (run.state, run.actor_id, run.data["added"]) == ("succeeded", None, 3)
    assert set(db.session.scalars(select(Keyword.country))) == {"DE"}
    start = planner_actions.start_clustering(site.account_id, RULE, site.id, Selection())
    db.session.commit()
    assert start.run is not None
    assert (start.waiting, start.clustered, start.run.actor_id) == (3, 0, None)
    assert work(start.run).state == "succeeded"


def test_clustering_says_how_many_of_the_chosen_have_a_cluster(site: Site) -> None:
    cluster = make_cluster(site)
    ids = [make_keyword(site, cluster_id=cluster.id).id, make_keyword(site, cluster_id=cluster.id).id]
    done = planner_actions.start_clustering(site.account_id, RULE, site.id, Selection(ids))
    assert (done.run, done.waiting, done.clustered) == (None, 0, 2)
    start = planner_actions.start_clustering(site.account_id, RULE, site.id, Selection([*ids, make_keyword(site).id]))
    assert start.run is not None
    assert (start.waiting, start.clustered) == (1, 2)


def test_credits_are_put_aside_by_the_use_case(site: Site, openai: FakeOpenAI) -> None:
    task = make_task(make_cluster(site))
    start = writer_actions.start_drafts(site.account_id, RULE, site.id, Selection([task.id]))
    db.session.commit()
    assert start.run is not None
    held = credits.open_reservation_of(start.run.id)
    assert held is not None
    assert (held.operation, held.units, held.actor_id) == ("content", 1, None)


def test_a_rule_writes_what_is_chosen_and_says_what_is_left(site: Site) -> None:
    cluster = make_cluster(site)
    ideas = Selection([make_idea(cluster).id, make_idea(cluster).id, 987_654])
    tasks = writer_actions.create_tasks(site.account_id, site.id, ideas)
    assert (tasks.made, tasks.had, tasks.missing) == (2, 0, 1)
    done = make_task(cluster, status="completed")
    waiting = make_task(cluster)
    start = writer_actions.start_drafts(site.account_id, RULE, site.id, Selection([done.id, waiting.id, 987_654]))
    db.session.commit()
    assert start.run is not None
    assert (start.count, start.left, start.missing) == (1, 1, 1)
    again = writer_actions.start_drafts(site.account_id, RULE, site.id, Selection([waiting.id]))
    assert (again.run, again.left) == (None, 1)


def test_the_audit_log_names_the_rule(site: Site) -> None:
    content, cluster = make_content(site), make_cluster(site)
    said = content_actions.assign_cluster(site.account_id, RULE, site.id, [content.id], cluster.id)
    assert (said.message, said.count) == ("1 item assigned to the cluster.", 1)
    content_actions.attach_term(site.account_id, RULE, site.id, [content.id], new_name="News")
    publishing_actions.start_publishing(site.account_id, RULE, [content.id])
    run_actions.cancel_run(RULE, newest_run())
    planner_actions.delete_clusters(site.account_id, RULE, [make_cluster(site).id])
    site_actions.switch_site(site.account_id, RULE, site.id, False)
    db.session.commit()
    who = (None, RULE.name, "")
    assert told() == [
        ("bulk.content_changed", *who),
        ("bulk.content_changed", *who),
        ("publish.started", *who),
        ("publish.cancelled", *who),
        ("deleted.clusters", *who),
        ("site.switched", *who),
    ]


def test_the_audit_log_names_the_person_and_their_address(site: Site, owner: User) -> None:
    actor = Actor(owner.id, "Ada <ada@example.com>", "192.0.2.7")
    planner_actions.delete_keywords(site.account_id, actor, site.id, Selection([make_keyword(site).id]))
    db.session.commit()
    assert told() == [("deleted.keywords", owner.id, "Ada <ada@example.com>", "192.0.2.7")]


def test_a_time_is_told_in_the_zone_of_the_site_when_no_person_schedules(site: Site) -> None:
    site.time_zone = "America/New_York"
    content = make_content(site)
    due_at = (utcnow() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    scheduled = publishing_actions.schedule_publishing(site.account_id, RULE, [content.id], due_at)
    assert "New York" in scheduled.message
    assert "your time" not in scheduled.message
    later = due_at + timedelta(hours=3)
    publishing_actions.move_scheduled(site.account_id, RULE, newest_run().id, later)
    db.session.commit()
    assert db.session.scalars(select(Run.due_at)).one() == later
    assert [action for action, *_ in told()] == ["publish.scheduled", "publish.moved"]


def test_an_edit_is_saved_with_its_terms_in_one(site: Site) -> None:
    content = make_content(site, content_html="<p>One</p>")
    terms = content_actions.TermChoice((), [("category", "News"), ("category", "Tools")])
    saved = content_actions.save_content(
        site.account_id, content.id, {"title": "Two"}, expected_version=content.version, terms=terms
    )
    db.session.commit()
    assert (saved.title, sorted(term.name for term in saved.terms)) == ("Two", ["News", "Tools"])
    kept = content_actions.TermChoice(None, [("category", "Coffee")])
    content_actions.save_content(site.account_id, content.id, {}, expected_version=saved.version, terms=kept)
    db.session.commit()
    assert len(db.session.get_one(Content, content.id).terms) == 3


def test_what_is_refused_leaves_no_trace_once_rolled_back(site: Site) -> None:
    with pytest.raises(DomainError):
        content_actions.attach_term(site.account_id, RULE, site.id, [make_content(site).id])
    db.session.rollback()
    assert told() == []
