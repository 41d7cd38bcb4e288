"""A rule that switches itself off: who made it and who asked for it get one mail, and everybody sees it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Account
from app.automation import alerts, outcomes
from app.automation.actions import choose_flow
from app.automation.models import AutomationRule, RuleMail
from app.core.actor import Actor
from app.core.crypto import decrypt
from app.core.extensions import db
from app.core.mail import OutgoingMail
from app.core.row_security import act_for
from app.identity.models import User
from app.monitoring.attention import list_problems
from app.sites.models import Site
from tests.automation.test_figures import occur
from tests.factories.people import actor_of, make_member
from tests.factories.rules import make_rule

ERROR = {"code": "BROKEN", "message": "It broke.", "cure": ""}


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def rule_of(site: Site, person: User | None) -> AutomationRule:
    """A rule that this person made."""
    rule = make_rule(site)
    rule.owner_id = person.id if person else None
    db.session.commit()
    return rule


def fail_times(rule: AutomationRule, times: int) -> None:
    """Have so many executions of it fail."""
    for number in range(times):
        execution = occur(rule, f"event:{rule.failures_in_row}-{number}")
        outcomes.fail_execution(execution, ERROR)
        db.session.commit()


def told() -> list[str]:
    """The addresses that mails about rules went to."""
    mine = OutgoingMail.intent.like("rule-off:%")
    return sorted(db.session.scalars(select(OutgoingMail.recipient).where(mine)))


def test_the_fifth_failure_is_mailed_once_to_the_owner_and_to_who_asked(
    site: Site, account: Account, owner: User
) -> None:
    curious, other = make_member(account, "admin", name="Curious"), make_member(account, "admin", name="Other")
    alerts.ask_for_mails(account.id, curious.id, True)
    alerts.ask_for_mails(account.id, curious.id, True)
    rule = rule_of(site, owner)
    fail_times(rule, 4)
    assert told() == []
    fail_times(rule, 1)
    assert told() == sorted([owner.email, curious.email])
    fail_times(rule, 2)
    assert len(told()) == 2
    mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == owner.email)).one()
    assert mail.subject == "The rule “Cluster” switched itself off"
    assert "It broke." in decrypt(mail.body)
    assert f"/automation/rules/{rule.id}/" in decrypt(mail.body)
    assert other.email not in told()


def test_nobody_is_mailed_who_may_not_see_the_site_or_is_gone(site: Site, account: Account, owner: User) -> None:
    elsewhere = make_member(account, "editor", sites=[], name="Elsewhere")
    unconfirmed = make_member(account, "admin", name="Unconfirmed", email_confirmed_at=None)
    for person in (elsewhere, unconfirmed):
        alerts.ask_for_mails(account.id, person.id, True)
    rule = rule_of(site, elsewhere)
    fail_times(rule, 5)
    assert told() == []
    alerts.ask_for_mails(account.id, elsewhere.id, False)
    assert list(db.session.scalars(select(RuleMail.user_id))) == [unconfirmed.id]


def test_it_needs_attention_until_somebody_switches_it(site: Site, owner: User) -> None:
    rule = rule_of(site, owner)
    fail_times(rule, 5)
    [problem] = [one for one in list_problems(site.account_id, {}) if one.kind == "rules"]
    assert (problem.site, problem.count) == (site, 1)
    db.session.execute(update(AutomationRule).values(is_active=True))
    assert [one for one in list_problems(site.account_id, {}) if one.kind == "rules"] == []


def test_a_person_asks_for_mails_on_the_page(site: Site, owner: User, owner_client: FlaskClient) -> None:
    make_rule(site)
    assert "Mail me about every rule" in owner_client.get("/automation/rules/").text
    owner_client.post("/automation/mails/", data={"on": "1"})
    assert "Only about my own rules" in owner_client.get("/automation/rules/").text
    owner_client.post("/automation/mails/", data={"on": "0"})
    assert "Mail me about every rule" in owner_client.get("/automation/rules/").text


def test_who_makes_a_rule_owns_it(site: Site, owner: User) -> None:
    actor: Actor = actor_of(owner)
    assert choose_flow(site.account_id, actor, site.id, "clusters").owner_id == owner.id
