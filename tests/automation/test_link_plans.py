"""A rule makes the link plan of its site by schedule, by hand and when something happens, and says what it found."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.automation import actions, engine, occurrences, timing
from app.automation.dry_runs import try_rule
from app.automation.explanations import explain_row, rows_with_words
from app.automation.linking_actions import findings_in_words
from app.automation.models import AutomationRule
from app.automation.undoing import why_it_stays
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.linker.plan.actions import start_link_plan
from app.linker.plan.models import LinkPlan, LinkPlanRow
from app.sites.models import Site
from tests.factories.rules import ADA, condition, executions, make_rule, work_everything
from tests.factories.things import save
from tests.linker.conftest import live, pages

__all__ = ["pages"]
PLAN = {"kind": "plan_links", "parameters": {}}
Pages = dict[str, Content]


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def weekly(site: Site, **fields: object) -> AutomationRule:
    """A rule that makes the plan on Mondays."""
    return make_rule(site, trigger="schedule", cron="0 6 * * MON", actions=[PLAN], **fields)


def test_the_plan_is_made_by_schedule_and_again(site: Site, pages: Pages, owner_client: FlaskClient) -> None:
    live(site, "Lost", '<p>See <a href="/nowhere/">this</a>.</p>')
    rule = weekly(site)
    assert rule.subject_kind == "site"
    read = []
    for minutes in (2, 1):  # an occurrence is known by its second
        rule.next_at = utcnow() - timedelta(minutes=minutes)
        db.session.commit()
        timing.start_due_rules()
        work_everything(site)
        read.append(db.session.scalars(select(LinkPlan.read_at)).one())
    second = executions(rule)[-1]
    assert read[0] < read[1]
    assert (second.state, second.subjects) == ("succeeded", [site.id])
    assert second.message == "Making the link plan; The link plan: 6 orphans, 1 broken link."
    rows = select(LinkPlanRow.id).where(LinkPlanRow.kind == "broken")
    assert len(db.session.scalars(rows).all()) == 1
    assert why_it_stays(second) == ["The link plan stays: it changes no text."]
    page = owner_client.get(f"/automation/history/{second.id}/").text
    assert "1 broken link." in page
    assert f">{site.name}</a>" in page
    assert "At most so many at once" not in owner_client.get(f"/automation/rules/{rule.id}/edit/").text
    page = owner_client.get(f"/automation/rules/{rule.id}/?try=1&q={site.name}").text
    assert "1 of 1" in page
    assert f"?row={site.id}#why-title" in page


def test_conditions_ask_for_what_has_changed_since_the_plan(site: Site, pages: Pages) -> None:
    rule = weekly(site, conditions=condition("changed", "gte", "2"))
    assert occurrences.waiting_subjects(rule) == [site.id]
    start_link_plan(site.account_id, ADA, site.id)
    work_everything(site)
    assert occurrences.waiting_subjects(rule) == []
    verdicts = explain_row(rule, site.id).verdicts
    assert [(one.holds, one.value) for one in verdicts] == [(False, "0")]
    assert try_rule(rule).fit == 0
    assert rows_with_words(rule, "any") == [(site.id, site.name)]
    for title in list(pages)[:2]:
        pages[title].title += "!"
    db.session.commit()
    assert occurrences.waiting_subjects(rule) == [site.id]


def test_it_follows_what_is_done_to_contents(site: Site, pages: Pages) -> None:
    rule = make_rule(site, trigger="content_published", actions=[PLAN])
    ids = [content.id for content in pages.values()][:2]
    occurrences.add_occurrence(rule, occurrences.Occurrence("event:1", "event", ids))
    db.session.commit()
    work_everything(site)
    [execution] = executions(rule)
    assert (execution.state, execution.steps[0]["subjects"]) == ("succeeded", [site.id])


def test_one_plan_is_made_whoever_asks_and_none_while_the_last_is_applied(site: Site, pages: Pages) -> None:
    rule = weekly(site)
    run = start_link_plan(site.account_id, ADA, site.id)
    first = actions.run_rule_now(site.account_id, ADA, rule.id)
    for _ in range(2):
        engine.advance(first.id)
        db.session.commit()
    work_everything(site)
    [execution] = executions(rule)
    assert execution.steps[0]["run_ids"] == [str(run.id)]
    save(
        Run(
            account_id=site.account_id,
            site_id=site.id,
            kind="apply_link_plan",
            job="jobs.none",
            title="Link plan",
            state="paused",
        )
    )
    actions.run_rule_now(site.account_id, ADA, rule.id)
    db.session.commit()
    work_everything(site)
    refused = executions(rule)[1]
    assert (refused.state, refused.reason) == ("skipped", "refused")
    assert refused.message.startswith("Changes of the last plan are still being made.")
    assert db.session.get_one(AutomationRule, rule.id).failures_in_row == 0


def test_a_plan_that_found_nothing_says_so() -> None:
    assert findings_in_words({"orphans": [0, 0], "overlinked": 0}) == "The link plan: nothing found"
    assert findings_in_words({"deep": [1, 0], "overlinked": 2}) == "The link plan: 1 deep page, 2 over-linked pages"
