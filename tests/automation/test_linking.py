"""Rules that link: what was never linked is, once, and can be undone."""

import pytest
from sqlalchemy import delete, select

import jobs
from app.accounts import modules
from app.automation import actions, occurrences
from app.automation.action_kinds import action_kinds
from app.automation.models import AutomationRule
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.core.runs import actions as run_actions
from app.core.wording import many
from app.linker.actions import start_linking
from app.linker.models import LinkBatch
from app.sites.models import Site
from tests.factories.people import NOBODY
from tests.factories.rules import ADA, executions, make_rule, work_everything
from tests.linker.conftest import pages

LINK = {"kind": "link_content", "parameters": {}}
COLD = "Cold brew coffee"
BOT = "SystemBot, by the rule “Cluster”"
__all__ = ["pages"]


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def test_a_text_is_linked_once_and_its_links_are_taken_out_again(site: Site, pages: dict[str, Content]) -> None:
    content = pages[COLD]
    before = content.content_html
    rule = make_rule(site, trigger="content_generated", actions=[LINK])
    for number in range(2):
        occurrences.add_occurrence(rule, occurrences.Occurrence(f"event:{number}", "event", [content.id]))
        db.session.commit()
        work_everything(site)
    first, second = executions(rule)
    assert [(one.state, one.steps[0]["state"]) for one in (first, second)] == [
        ("succeeded", "succeeded"),
        ("succeeded", "nothing"),
    ]
    [batch] = db.session.scalars(select(LinkBatch)).all()
    assert (batch.mode, str(batch.run_id), batch.actor_name) == ("apply", first.steps[0]["run_ids"][0], BOT)
    assert batch.added == len(content.internal_links) > 0
    words = actions.undo_execution(site.account_id, ADA, first.id)
    db.session.commit()
    assert words == f"{many(batch.added, 'link')} being taken out"
    work_everything(site)
    assert (content.internal_links, content.content_html) == ([], before)


def waits(site: Site, rule: AutomationRule) -> list[int]:
    """The contents that a rule that links would take."""
    db.session.commit()
    return occurrences.waiting_subjects(rule)


def test_what_links_were_looked_for_is_not_taken_again_but_what_was_cancelled_is(
    site: Site, pages: dict[str, Content]
) -> None:
    rule = make_rule(site, trigger="content_generated", actions=[LINK])
    content, everything = pages[COLD], waits(site, rule)
    assert content.id in everything
    started = start_linking(site.account_id, ADA, site.id, [content.id])
    assert content.id not in waits(site, rule)  # while its run waits
    run_actions.cancel_run(ADA, started.run)
    assert content.id in waits(site, rule)
    start_linking(site.account_id, ADA, site.id, [content.id])
    db.session.commit()
    work_everything(site)
    assert (content.linker_version, content.id in waits(site, rule)) == (0, False)
    db.session.execute(delete(Run))  # its fact is kept, not read from runs
    assert waits(site, rule) == [row_id for row_id in everything if row_id != content.id]


def test_where_the_linker_is_off_it_is_not_offered(site: Site) -> None:
    assert "link_content" in action_kinds(site.account_id)
    modules.switch(site.account_id, NOBODY, "linker", False)
    db.session.commit()
    assert "link_content" not in action_kinds(site.account_id)


def test_what_a_person_picks_is_linked_though_links_were_looked_for(site: Site, pages: dict[str, Content]) -> None:
    content = pages[COLD]
    start_linking(site.account_id, ADA, site.id, [content.id])
    db.session.commit()
    work_everything(site)
    rule = make_rule(site, trigger="content_generated", actions=[LINK])
    occurrences.add_occurrence(rule, occurrences.Occurrence("event:1", "event", [content.id]))
    db.session.commit()
    work_everything(site)
    [execution] = executions(rule)
    assert execution.steps[0]["state"] == "nothing"
    assert execution.message == "Links were looked for in these texts already, or are being looked for."
    assert content.linker_version == 0
    actions.process_writer_content(site.account_id, ADA, site.id, [content.id], ["linking"])
    db.session.commit()
    work_everything(site)
    db.session.refresh(content)
    assert content.linker_version == 1


def test_a_cancelled_step_is_told_of_at_once_and_done_when_it_is_tried_again(
    site: Site, pages: dict[str, Content]
) -> None:
    content = pages[COLD]
    execution = actions.process_writer_content(site.account_id, ADA, site.id, [content.id], ["linking"])
    db.session.commit()
    jobs.execute(str(execution.run_id))
    db.session.expire_all()
    linking = db.session.scalars(select(Run).where(Run.kind == "link_content")).one()
    own = db.session.get_one(Run, execution.run_id)
    assert own.due_at > utcnow()  # it sleeps while the links are looked for
    run_actions.cancel_run(ADA, linking)
    db.session.commit()
    db.session.refresh(own)
    assert own.due_at <= utcnow()
    jobs.execute(str(own.id))
    db.session.refresh(execution)
    assert execution.state == "cancelled"
    actions.retry_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    work_everything(site)
    db.session.refresh(execution)
    db.session.refresh(content)
    assert (execution.state, content.linker_version) == ("succeeded", 1)
