"""Undoing executions that drew images or published: what nobody has used since goes, and the rest is said."""

import base64
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.automation import actions, occurrences
from app.automation.action_kinds import known_action_kinds
from app.automation.models import AutomationRule, RuleExecution
from app.automation.undoing import undo_question, why_it_stays
from app.content.models import Content, ContentImage
from app.content.services import update_content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import act_for
from app.sites.models import Site
from app.writer.pictures.models import PlannedImage
from tests.factories.blog import Blog
from tests.factories.pictures import png
from tests.factories.rules import ADA, executions, make_rule, work_everything
from tests.factories.things import make_content
from tests.fakes.endpoint_server import FakeEndpoint, Said, chat
from tests.writer.test_drawing import fake

__all__ = ["fake"]
TEXT = "<h2>Grind</h2><p>Grind it coarse.</p><h2>Brew</h2><p>Brew it slowly.</p><h2>Serve</h2><p>Serve it cold.</p>"


BRIEFS = [{"heading": part, "shows": f"{part} coffee", "alt": f"{part}ed"} for part in ("Grind", "Brew", "Serve")]


@pytest.fixture
def model(fake: FakeEndpoint) -> FakeEndpoint:
    """A model that plans three pictures and draws each in a size of its own."""

    def draw(_body: dict[str, Any]) -> Said:
        picture = base64.b64encode(png(40 + len(fake.seen), 30)).decode()
        return Said(200, {"data": [{"b64_json": picture}]})

    fake.answers["/chat/completions"] = lambda body: chat(json.dumps({"images": BRIEFS}))
    fake.answers["/images/generations"] = draw
    return fake


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def rule_that(site: Site, kind: str) -> AutomationRule:
    """A rule that does this with drafts."""
    return make_rule(site, trigger="content_generated", actions=[{"kind": kind, "parameters": {}}])


def done_with(site: Site, kind: str, *contents: Content) -> RuleExecution:
    """What the rule did with these contents, when it has ended."""
    rule = rule_that(site, kind)
    ids = [content.id for content in contents]
    occurrences.add_occurrence(rule, occurrences.Occurrence("event:1", "event", ids))
    db.session.commit()
    work_everything(site)
    [execution] = executions(rule)
    assert execution.state == "succeeded", execution.error
    return execution


def test_images_that_it_drew_are_taken_away_but_for_those_that_are_used(site: Site, model: FakeEndpoint) -> None:
    content = make_content(site, content_html=TEXT)
    execution = done_with(site, "generate_images", content)
    described, shown, *others = db.session.scalars(select(ContentImage).order_by(ContentImage.id)).all()
    assert len(others) == 1
    described.caption = "Mine"
    content.content_html += f'<img src="igny8-image:{shown.sha256}">'
    db.session.commit()
    words = actions.undo_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    kept = {described.id, shown.id}
    assert words.startswith("1 image taken away")
    assert words.endswith(f"{len(kept)} kept that somebody has changed or used since")
    assert set(db.session.scalars(select(ContentImage.id))) == kept
    assert set(db.session.scalars(select(PlannedImage.image_id))) <= kept


def test_images_that_nobody_used_go_with_their_plans(site: Site, model: FakeEndpoint) -> None:
    content = make_content(site, content_html=TEXT)
    execution = done_with(site, "generate_images", content)
    count = len(db.session.scalars(select(ContentImage.id)).all())
    assert undo_question(execution) == [
        "Images are taken away, unless they are in a text, live, or somebody has described them."
    ]
    words = actions.undo_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    assert words.startswith(f"{count} image")
    assert "kept" not in words
    for model in (ContentImage, PlannedImage):
        assert db.session.scalars(select(model.id)).all() == []


def test_what_it_published_is_a_draft_in_wordpress_again_but_for_what_was_changed(site: Site, blog: Blog) -> None:
    blog.pair(site)
    first = make_content(site, "First", content_html="<p>The first text.</p>", slug="first")
    second = make_content(site, "Second", content_html="<p>The second text.</p>", slug="second")
    execution = done_with(site, "publish", first, second)
    assert [first.state, second.state] == ["live", "live"]
    second.sync_state = "ours"
    db.session.commit()
    words = actions.undo_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    assert words == "1 post becoming a draft in WordPress, 1 kept that somebody has changed or is working on"
    work_everything(site)
    db.session.refresh(first)
    assert (first.remote_status, first.state) == ("draft", "draft")
    assert blog.get(second.external_url or "").status_code == 200
    assert blog.get(first.external_url or "").status_code == 404


def test_what_cannot_be_undone_says_why(site: Site, owner_client: FlaskClient) -> None:
    rule = rule_that(site, "publish_changes")
    execution = occurrences.add_occurrence(rule, occurrences.Occurrence("event:1", "event", [1]))
    assert execution is not None
    step = {"action": 0, "stage": 0, "kind": "publish_changes", "subject_kind": "content", "subjects": [1], "count": 1}
    execution.steps = [{**step, "run_ids": [], "note": "Publishing 1 content", "state": "succeeded"}]
    execution.state, execution.ended_at = "succeeded", utcnow()
    db.session.commit()
    page = owner_client.get(f"/automation/history/{execution.id}/").text
    assert "Not undone: Changes that went live stay" in " ".join(page.split())
    assert 'data-confirm-action="Undo"' not in page
    execution.steps = [{**step, "run_ids": [], "note": "", "state": "succeeded", "kind": "publish"}]
    db.session.commit()
    page = owner_client.get(f"/automation/history/{execution.id}/").text
    assert "What went live becomes a draft in WordPress again, and visitors see it no more." in page
    assert why_it_stays(execution) == []


def test_each_action_is_undone_or_says_why_it_stays(site: Site) -> None:
    for kind in known_action_kinds(site.account_id).values():
        assert bool(kind.undo) == bool(kind.undo_says), kind.name
        assert kind.undo or kind.stays, kind.name
        assert kind.stays or not kind.undo_needs, kind.name


def test_changes_that_went_live_are_as_before_but_for_what_was_changed_since(site: Site, blog: Blog) -> None:
    blog.pair(site)
    first, second = (
        make_content(site, name, content_html=f"<p>{name} text.</p>", slug=name) for name in ("one", "two")
    )
    done_with(site, "publish", first, second)
    for content in (first, second):
        update_content(content.id, site.account_id, {"content_html": "<p>Worse.</p>"}, expected_version=content.version)
    db.session.commit()
    rule = rule_that(site, "publish_changes")
    occurrences.add_occurrence(rule, occurrences.Occurrence("event:2", "event", [first.id, second.id]))
    db.session.commit()
    work_everything(site)
    [execution] = executions(rule)
    assert [content.state for content in (first, second)] == ["live", "live"]
    assert "Worse." in blog.get(first.external_url or "").text
    assert why_it_stays(execution) == []
    assert undo_question(execution) == [
        "Texts that were live before are restored and go live again; images, terms and addresses stay."
    ]
    changes = {"content_html": "<p>Mine.</p>"}
    update_content(second.id, site.account_id, changes, expected_version=second.version)
    db.session.commit()
    words = actions.undo_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    assert words == "1 text of before going live again, 1 kept that somebody has changed or is working on"
    work_everything(site)
    assert (first.content_html, first.state) == ("<p>one text.</p>", "live")
    assert "one text." in blog.get(first.external_url or "").text
    assert second.content_html == "<p>Mine.</p>"
    assert "Worse." in blog.get(second.external_url or "").text


def test_what_stays_is_in_the_sentence_of_what_was_undone(site: Site) -> None:
    rule = rule_that(site, "schedule")
    execution = occurrences.add_occurrence(rule, occurrences.Occurrence("event:1", "event", [1]))
    assert execution is not None
    step = {"action": 0, "stage": 0, "subject_kind": "content", "subjects": [1], "count": 1, "run_ids": [], "note": "x"}
    execution.steps = [{**step, "kind": kind, "state": "succeeded"} for kind in ("schedule", "publish_changes")]
    execution.state, execution.ended_at = "succeeded", utcnow()
    db.session.commit()
    words = actions.undo_execution(site.account_id, ADA, execution.id)
    assert words == "0 contents off the schedule; not undone: “Publish changes of what is live”"
