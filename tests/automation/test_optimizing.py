"""Rules that optimize: what is proposed is put in, once, and taken out again."""

import pytest
from sqlalchemy import select

from app.automation import actions, occurrences
from app.automation.models import RuleExecution
from app.content.models import Content
from app.core.extensions import db
from app.core.row_security import act_for
from app.optimizer.rewrite.task_models import OptimizationTask
from app.sites.models import Site
from tests.factories.rules import ADA, executions, make_rule, work_everything
from tests.factories.things import make_content

TEXT = "<h2>The ratio</h2><p>One part of coffee  to eight of water makes  a concentrate.</p><p>A night is enough.</p>"


@pytest.fixture
def content(site: Site) -> Content:
    """A text with double spaces and a heading of the wrong level, which rules mend."""
    act_for(site.account_id)
    return make_content(site, "Cold brew", content_html=TEXT)


def executions_of(site: Site, content: Content, apply: str = "yes", times: int = 1) -> list[RuleExecution]:
    """A rule that optimizes, set off so many times; its executions."""
    action = {"kind": "optimize_content", "parameters": {"apply": apply}}
    rule = make_rule(site, trigger="content_generated", actions=[action])
    for number in range(times):
        occurrences.add_occurrence(rule, occurrences.Occurrence(f"event:{number}", "event", [content.id]))
        db.session.commit()
        work_everything(site)
    return executions(rule)


def test_what_is_proposed_is_put_in_once_and_taken_out_again(site: Site, content: Content) -> None:
    first, second = executions_of(site, content, times=2)
    assert [step["state"] for step in first.steps] == ["succeeded", "succeeded"]
    assert [step["state"] for step in second.steps] == ["nothing"]
    [task] = db.session.scalars(select(OptimizationTask)).all()
    assert (task.entry_point, task.waiting, task.used > 0) == ("writer", 0, True)
    assert "  " not in content.content_html
    assert content.optimizer_version == 1
    assert actions.undo_execution(site.account_id, ADA, first.id) == "1 content as before"
    db.session.commit()
    assert content.content_html == TEXT


def test_without_putting_in_it_stays_proposed(site: Site, content: Content) -> None:
    [execution] = executions_of(site, content, apply="no")
    assert execution.state == "succeeded"
    [task] = db.session.scalars(select(OptimizationTask)).all()
    assert task.waiting > 0
    assert content.content_html == TEXT
