"""What a person chose in the form of a rule stays, whatever else is chosen; where it does not fit, it says so."""

from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from app.automation.models import AutomationRule
from app.core.extensions import db
from app.sites.models import Site
from tests.automation.test_pages import FORM
from tests.factories.rules import make_rule

SAID = "“Cluster keywords” does not fit: it works on keywords, and no keywords come of the contents of this rule."


def chosen(page: str, name: str) -> str:
    """The words of what is chosen in a list of the form."""
    [option] = LexborHTMLParser(page).css(f'select[name="{name}"] option[selected]')
    return option.text(strip=True)


def value(page: str, name: str) -> str | None:
    """What a field of the form has."""
    [field] = LexborHTMLParser(page).css(f'[name="{name}"]')
    return field.attributes.get("value")


def test_another_trigger_leaves_the_action_and_says_why_it_does_not_fit(site: Site, owner_client: FlaskClient) -> None:
    form = {**FORM, "trigger": "content_generated", "a1-kind": "publish", "a1-p-most": "7"}
    page = owner_client.post("/automation/rules/preview/", data=form).text
    assert chosen(page, "a0-kind") == "Cluster keywords (does not fit)"
    assert (value(page, "a0-p-most"), value(page, "a1-p-most")) == ("500", "7")
    assert page.count(SAID) == 2  # beside the action, and where the sentence of the rule would be
    [field] = LexborHTMLParser(page).css('select[name="a0-kind"]')
    assert field.attributes["aria-invalid"] == "true"
    back = owner_client.post("/automation/rules/preview/", data={**form, "trigger": "keyword_added"}).text
    assert (chosen(back, "a0-kind"), value(back, "a0-p-most")) == ("Cluster keywords", "500")
    assert SAID not in back


def test_it_is_not_saved_and_nothing_of_it_is_lost(site: Site, owner_client: FlaskClient) -> None:
    form = {**FORM, "trigger": "content_generated"}
    answer = owner_client.post("/automation/rules/new/", data=form)
    assert answer.status_code == 422
    assert SAID in answer.text
    assert "Choose another action, or another trigger." in answer.text
    assert chosen(answer.text, "a0-kind") == "Cluster keywords (does not fit)"
    assert db.session.scalars(select(AutomationRule)).all() == []


def test_what_happens_meanwhile_is_said_in_words_that_stand_alone(site: Site, owner_client: FlaskClient) -> None:
    rule = make_rule(site, trigger="schedule", cron="0 6 * * *", subject_kind="keyword")
    form = owner_client.get(f"/automation/rules/{rule.id}/edit/").text
    assert (chosen(form, "overlap"), chosen(form, "missed")) == ("Let it wait", "Make it up once")
    page = owner_client.get(f"/automation/rules/{rule.id}/").text
    for words in ("Let it wait", "Make it up once"):
        assert f"<dd>{words}</dd>" in page


def test_an_unknown_choice_is_refused_and_not_taken_for_the_usual_one(site: Site, owner_client: FlaskClient) -> None:
    for name in ("missed", "overlap"):
        answer = owner_client.post("/automation/rules/new/", data={**FORM, name: "sometimes"})
        assert answer.status_code == 422
        assert "Choose one of these." in answer.text
    assert db.session.scalars(select(AutomationRule)).all() == []
    owner_client.post("/automation/rules/new/", data=FORM)
    assert [(rule.missed, rule.overlap) for rule in db.session.scalars(select(AutomationRule))] == [("once", "queue")]
