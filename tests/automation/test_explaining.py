"""Why a rule did not fire for a row: judged by the row as it was when something happened to it, where that is known."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.automation import actions
from app.automation.explanations import Explanation, explain_row
from app.automation.models import AutomationRule, TriggerEvent
from app.automation.snapshots import MOST_ROWS, values_in
from app.core import events
from app.core.clock import iso, utcnow
from app.core.extensions import db
from app.core.row_security import act_for
from app.planner.events import KeywordsAdded
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.rules import ADA, condition, executions, make_rule, tell
from tests.factories.things import make_keyword

NOT_THEN = "When that happened to it, it did not fit the conditions."


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def added(site: Site, *ids: int) -> TriggerEvent:
    """The event that tells of these keywords."""
    events.publish(KeywordsAdded(site.account_id, site.id, ids))
    tell(site)
    return db.session.scalars(select(TriggerEvent).order_by(TriggerEvent.id.desc()).limit(1)).one()


def explained(rule: AutomationRule, keyword: Keyword) -> Explanation:
    """Why the rule did not fire for it."""
    db.session.commit()
    return explain_row(rule, keyword.id)


@pytest.mark.parametrize(
    ("conditions", "fields", "change"),
    [
        (condition("volume", "gte", "100"), {"volume": 99}, {"volume": 500}),
        (condition("volume", "gt", "0"), {"volume": None}, {"volume": 7}),
        (condition("intent", "in", ["local"]), {"intent": "commercial"}, {"intent": "local"}),
        (condition("keyword", "contains", "PRESS"), {}, {"keyword": "french press"}),
        (condition("clustered", "eq", "yes"), {}, {}),
    ],
)
def test_a_row_that_was_changed_since_is_judged_as_it_was(
    site: Site, conditions: dict[str, Any], fields: dict[str, Any], change: dict[str, Any]
) -> None:
    rule = make_rule(site, conditions=conditions)
    keyword = make_keyword(site, "cold brew", **fields)
    event = added(site, keyword.id)
    assert executions(rule) == []
    for name, value in change.items():
        setattr(keyword, name, value)
    explanation = explained(rule, keyword)
    assert explanation.reasons == ([NOT_THEN, "It fits now: it was changed since."] if change else [NOT_THEN])
    assert [(one.holds, explanation.judged_at) for one in explanation.verdicts] == [(False, event.created_at)]


def test_one_that_fitted_and_does_not_now_is_said_to_have_fired(site: Site) -> None:
    rule = make_rule(site, conditions=condition("volume", "gte", "100"))
    keyword = make_keyword(site, "cold brew", volume=100)
    added(site, keyword.id)
    keyword.volume = 1
    explanation = explained(rule, keyword)
    assert [one.holds for one in explanation.verdicts] == [True]
    assert "It was set off for it" in explanation.reasons[0]
    assert "It does not fit the conditions, as it is now." in explanation.reasons


def test_where_it_is_not_known_the_present_row_is_judged_and_that_is_said(
    site: Site, owner_client: FlaskClient
) -> None:
    rule = make_rule(site, conditions=condition("volume", "gte", "100"))
    keyword = make_keyword(site, "cold brew", volume=1)
    added(site, keyword.id)
    path = f"/automation/rules/{rule.id}/?row={keyword.id}"
    page = owner_client.get(path).text
    assert "Judged as it was then:" in page
    assert "It was: 1" in page
    db.session.execute(update(TriggerEvent).values(snapshot={}))
    explanation = explained(rule, keyword)
    assert (explanation.judged_at, explanation.reasons) == (None, ["It does not fit the conditions, as it is now."])
    page = owner_client.get(path).text
    assert "Judged as it is now: how it was when something happened to it is not known." in page
    assert "It is: 1" in page
    assert f'It was last changed on: <time datetime="{iso(keyword.updated_at)}"' in " ".join(page.split())
    keyword.volume = 5
    event = added(site, keyword.id)
    assert not explained(rule, keyword).is_changed_since
    keyword.volume = 500
    later = explained(rule, keyword)
    assert later.judged_at == event.created_at
    assert later.changed_at == keyword.updated_at
    assert "It was changed since, last on:" in owner_client.get(path).text


def test_what_happened_while_the_rule_was_off_is_said(site: Site) -> None:
    rule = make_rule(site, on=False)
    keyword = make_keyword(site, "cold brew")
    event = added(site, keyword.id)
    actions.switch_rule(site.account_id, ADA, rule.id, True)
    db.session.execute(update(TriggerEvent).values(created_at=utcnow() - timedelta(seconds=1)))
    db.session.execute(update(AutomationRule).values(created_at=event.created_at - timedelta(days=1)))
    db.session.expire_all()
    [reason] = explained(rule, keyword).reasons
    assert reason == "What sets the rule off happened to it before the rule was last switched on."


def test_as_many_rows_are_kept_as_are_looked_for_and_none_without_a_rule(site: Site) -> None:
    keyword = make_keyword(site, "cold brew", volume=12)
    assert added(site, keyword.id).snapshot == {}
    make_rule(site, on=False)
    many = [keyword.id, *range(keyword.id + 1, keyword.id + MOST_ROWS), make_keyword(site, "last").id + MOST_ROWS]
    event = added(site, *many)
    values = values_in(event, keyword.id)
    assert values is not None
    assert (values["keyword"], values["volume"], values["cpc"], values["clustered"]) == ("cold brew", "12", None, "no")
    assert values_in(event, many[-1]) is None
