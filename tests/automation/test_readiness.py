"""A rule of a site that nothing can be done for begins nothing, and says why before anybody waits for it."""

import pytest
from flask.testing import FlaskClient

from app.automation import actions, occurrences
from app.automation.models import AutomationRule
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.row_security import act_for
from app.sites import connection
from app.sites.health import MOVED
from app.sites.models import Site
from tests.factories.rules import ADA, executions, make_rule, work_everything
from tests.factories.things import make_content, make_keyword

OFF = "The site is switched off. Switch it on in Sites."
APART = "This site is not connected to WordPress yet."


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def publishing(site: Site) -> AutomationRule:
    """A rule that publishes, and a draft for it."""
    make_content(site, content_html="<p>A text.</p>")
    return make_rule(site, trigger="content_generated", actions=[{"kind": "publish", "parameters": {}}])


def test_a_rule_of_a_site_that_is_off_is_not_run_by_hand(site: Site, owner_client: FlaskClient) -> None:
    rule = make_rule(site)
    make_keyword(site, "press")
    site.is_active = False
    db.session.commit()
    assert OFF in " ".join(owner_client.get(f"/automation/rules/{rule.id}/").text.split()).replace("</strong><p>", " ")
    answer = owner_client.post(f"/automation/rules/{rule.id}/run/")
    assert answer.location.endswith(f"/automation/rules/{rule.id}/")
    assert executions(rule) == []
    assert OFF in owner_client.get(answer.location).text


@pytest.mark.parametrize("state", ["none", "waiting", "moved"])
def test_what_publishes_is_not_begun_without_wordpress(site: Site, state: str) -> None:
    rule = publishing(site)
    if state != "none":
        connection.make_key(site)
        assert site.connection is not None
        site.connection.state = "waiting" if state == "waiting" else "connected"
        site.connection.health = MOVED if state == "moved" else "unknown"
    db.session.commit()
    with pytest.raises(DomainError) as refused:
        actions.run_rule_now(site.account_id, ADA, rule.id)
    assert refused.value.code == ("SITE_CLONED" if state == "moved" else "NOT_CONNECTED")
    db.session.rollback()
    assert executions(rule) == []


def test_what_needs_no_wordpress_is_begun_without_it(site: Site) -> None:
    rule = make_rule(site)
    make_keyword(site, "press")
    assert actions.run_rule_now(site.account_id, ADA, rule.id).state == "waiting"


def test_what_waits_when_the_site_is_switched_off_is_skipped_and_not_tried_again(site: Site) -> None:
    rule = make_rule(site)
    make_keyword(site, "press")
    first = actions.run_rule_now(site.account_id, ADA, rule.id)
    db.session.commit()
    site.is_active = False
    db.session.commit()
    work_everything(site)
    [execution] = executions(rule)
    assert (execution.id, execution.state, execution.reason) == (first.id, "skipped", "site_off")
    assert execution.message == "The site was switched off before this began."
    execution.state, execution.ended_at = "failed", utcnow()
    db.session.commit()
    with pytest.raises(DomainError, match="switched off"):
        actions.retry_execution(site.account_id, ADA, first.id)


def test_what_is_held_or_picked_waits_for_the_site(site: Site) -> None:
    rule = make_rule(site)
    held = occurrences.Occurrence("event:1", "event", [make_keyword(site, "press").id], "held", "flood")
    occurrences.add_occurrence(rule, held)
    content = make_content(site, content_html="<p>A text.</p>")
    site.is_active = False
    db.session.commit()
    with pytest.raises(DomainError, match="switched off"):
        actions.run_held_executions(site.account_id, ADA, rule.id)
    with pytest.raises(DomainError, match="switched off"):
        actions.process_writer_content(site.account_id, ADA, site.id, [content.id])
    assert executions(rule)[0].state == "held"
