"""Pages of test sets and gates: what a refusal keeps, and who may change what decides."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core.extensions import db
from app.sites.models import Site
from app.thinker import gate, trial_actions
from app.thinker.models import PromptLabel, PromptVersion
from app.thinker.trial_models import PromptTestSet
from tests.factories.people import SignIn, make_member
from tests.factories.prompts import ANNA
from tests.factories.things import make_cluster, make_task


@pytest.fixture
def test_set(site: Site) -> PromptTestSet:
    made = trial_actions.create_set(site.account_id, "draft", "Hard ones", [f"task:{make_task(make_cluster(site)).id}"])
    db.session.commit()
    return made


def test_a_set_that_decides_is_changed_by_those_who_may_decide(
    account: Account, sign_in: SignIn, test_set: PromptTestSet
) -> None:
    path, editor, admin = (
        f"/thinker/tests/{test_set.id}/",
        *(sign_in(make_member(account, r)) for r in ("editor", "admin")),
    )
    checks = {"name": "Hard ones", "kind": ["contains"], "value": ["a"]}
    assert editor.post(path, data={**checks, "version": test_set.version}).status_code == 303
    trial_actions.set_gate(account.id, ANNA, test_set.id, 80)
    db.session.commit()
    for end, data in (
        ("", {**checks, "version": 2}),
        ("cases/", {"field-title": "x"}),
        ("cases/remove/", {"case": "x"}),
    ):
        assert editor.post(path + end, data=data).status_code == 403
    page = editor.get(path).text
    assert "it is changed by who may decide that" in page
    assert f'action="{path}"' not in page
    db.session.refresh(test_set)
    assert admin.post(path, data={**checks, "version": test_set.version}).status_code == 303


@pytest.mark.usefixtures("openai")
def test_what_was_typed_is_there_again_when_it_is_refused(owner_client: FlaskClient, test_set: PromptTestSet) -> None:
    path = f"/thinker/tests/{test_set.id}/"
    typed = {"title": "By hand", "field-title": "A “title” <b>{{x}}", "field-content_type": "Nonsense"}
    page = owner_client.post(f"{path}cases/", data=typed)
    assert page.status_code == 422
    assert 'value="By hand"' in page.text
    assert "A “title” &lt;b&gt;{{x}}</textarea>" in page.text
    checks = {"name": "Renamed", "kind": ["at_least", "lacks"], "value": ["many", "delve"], "version": test_set.version}
    page = owner_client.post(path, data=checks)
    assert page.status_code == 422
    assert all(f'value="{value}"' in page.text for value in ("Renamed", "many", "delve"))
    page = owner_client.post(f"{path}run/", data={"version_a": "0", "version_b": "none", "repeats": "99"})
    assert page.status_code == 422
    assert 'value="99"' in page.text


def test_a_version_that_the_gate_keeps_out_is_saved_to_be_tested(
    owner_client: FlaskClient, account: Account, test_set: PromptTestSet
) -> None:
    trial_actions.set_gate(account.id, ANNA, test_set.id, 80)
    db.session.commit()
    form = {"system": "Be plain.", "question": "{{title}}", "act": "live", "live_moves": "0", "newest": "0"}
    page = owner_client.post("/thinker/prompts/draft/", data=form)
    assert page.status_code == 422
    assert "Version 1 is not live" in page.text
    assert db.session.scalars(select(PromptVersion.system)).all() == ["Be plain."]
    labels = {row.label: row.version_id for row in db.session.scalars(select(PromptLabel))}
    assert labels.get("live") is None
    assert labels["draft"] is not None
    owner_client.post(
        "/thinker/prompts/draft/labels/",
        data={"label": "live", "version": labels["draft"], "seen": "0", "despite": "Now"},
    )
    db.session.expire_all()
    assert db.session.scalar(select(PromptLabel.version_id).where(PromptLabel.label == "live")) == labels["draft"]


def test_a_version_or_a_site_that_is_no_id_is_never_the_default_or_all_of_them(
    owner_client: FlaskClient, account: Account
) -> None:
    owner_client.post("/thinker/prompts/draft/", data={"system": "x", "question": "{{title}}", "act": "live"})
    live = db.session.scalar(select(PromptLabel.version_id).where(PromptLabel.label == "live"))
    moves = {"label": "live", "version": "9" * 20, "seen": "1"}
    assert owner_client.post("/thinker/prompts/draft/labels/", data=moves).status_code == 404
    assert owner_client.post("/thinker/personas/new/", data={"name": "Anna", "site_id": "1x"}).status_code == 404
    assert (
        owner_client.post("/thinker/strategy/?of=x", data={"note": "For one site", "version": "0"}).status_code == 404
    )
    db.session.expire_all()
    assert db.session.scalar(select(PromptLabel.version_id).where(PromptLabel.label == "live")) == live
    assert live is not None


def test_who_saves_second_sees_the_checks_that_the_next_save_would_replace(
    owner_client: FlaskClient, test_set: PromptTestSet
) -> None:
    path = f"/thinker/tests/{test_set.id}/"
    theirs = {"name": "Colleague’s", "kind": ["contains"], "value": ["their check"], "version": test_set.version}
    mine = {"name": "Mine", "kind": ["lacks"], "value": ["my check"], "version": test_set.version}
    assert owner_client.post(path, data=theirs).status_code == 303
    page = owner_client.post(path, data=mine)
    assert page.status_code == 409
    assert "Somebody else saved this:" in page.text
    assert '<dd class="theirs-words" dir="auto">their check</dd>' in page.text
    assert '<dd class="theirs-words" dir="auto">Colleague’s</dd>' in page.text
    assert 'value="my check"' in page.text
    assert "Somebody else saved this:" not in owner_client.get(path).text


def test_who_sets_the_gate_second_sees_the_one_that_the_first_set(
    owner_client: FlaskClient, account: Account, test_set: PromptTestSet
) -> None:
    path = f"/thinker/tests/{test_set.id}/"
    tag = re.search(r'name="etag" value="(\w+)"', owner_client.get(path).text)
    assert tag is not None
    assert owner_client.post(f"{path}gate/", data={"least": "80", "etag": tag[1]}).status_code == 303
    refused = owner_client.post(f"{path}gate/", data={"least": "", "etag": tag[1]})
    assert refused.status_code == 409
    assert "Hard ones: 80 %</dd>" in refused.text
    required = gate.gate_of(account.id, "draft")
    assert required is not None
    assert required.least_percent == 80
    again = re.search(r'name="etag" value="(\w+)"', refused.text)
    assert again is not None
    assert owner_client.post(f"{path}gate/", data={"least": "", "etag": again[1]}).status_code == 303
    assert gate.gate_of(account.id, "draft") is None
