"""Modules that are switched on and off."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import modules
from app.accounts.models import Account
from app.core import features
from app.core.actor import THE_APP
from app.core.errors import Refused
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.core.runs.kinds import all_kinds
from app.core.runs.services import retry
from app.identity.models import User
from app.planner.run_kinds import GENERATE_IDEAS
from app.writer.run_kinds import KINDS as WRITER_KINDS
from tests.factories.people import NOBODY, SignIn, make_account, make_member
from tests.factories.things import make_cluster, make_site
from tests.factories.work import work
from tests.factories.world import World, address, routes, world

__all__ = ["world"]


def switch(client: FlaskClient, module: str, on: bool) -> int:
    return client.post("/account/modules/", data={"module": module, "on": "1" if on else "0"}).status_code


def test_what_there_is_is_on_at_first(account: Account) -> None:
    on = ("planner", "writer", "thinker", "linker", "optimizer", "automation")
    assert modules.module_states(account.id) == dict.fromkeys(on, True) | {"site_builder": False}


def test_switches_are_offered_for_what_there_is(owner_client: FlaskClient) -> None:
    page = owner_client.get("/account/modules/").text
    assert page.count('aria-checked="true"') == 6
    assert "Planner" in page
    assert "Site Builder" in page


@pytest.mark.parametrize(
    "module", ["planner", "writer", "thinker", "linker", "optimizer", "automation", "site_builder"]
)
def test_off_means_no_menu_entry_and_404_pages_with_a_kind_word(
    app: Flask, world: World, sign_in: SignIn, module: str
) -> None:
    owner = sign_in(make_member(world.account, "owner"))
    label = features.modules()[module].label
    assert switch(owner, module, False) == 303
    wrong = []
    for rule, method in routes(app):
        if rule.endpoint.partition(".")[0] == module:
            answer = owner.open(address(app, rule, world), method=method)
            if answer.status_code != 404 or f"{label} is switched off for this account." not in answer.text:
                wrong.append((method, str(rule), answer.status_code))
    assert wrong == []
    entry = f'<span class="label">{label}</span></a>'
    assert entry not in owner.get("/sites/").text
    assert switch(owner, module, True) == 303
    assert entry in owner.get("/sites/").text


@pytest.mark.parametrize("module", ["planner", "writer", "thinker", "linker", "optimizer", "automation"])
def test_pages_of_other_modules_do_not_lead_into_one_that_is_off(
    app: Flask, world: World, sign_in: SignIn, module: str
) -> None:
    owner = sign_in(make_member(world.account, "owner"))
    switch(owner, module, False)
    leads = []
    for rule, method in routes(app):
        if method == "GET" and rule.endpoint.partition(".")[0] != module and not rule.rule.startswith("/api/"):
            answer = owner.get(address(app, rule, world))
            if answer.status_code == 200 and f'href="/{module}/'.encode() in answer.data:
                leads.append(str(rule))
    assert leads == []


def _start(account: Account) -> Run:
    cluster = make_cluster(make_site(account))
    run = start_run(
        account_id=account.id,
        kind=GENERATE_IDEAS,
        title="Looking for ideas",
        actor=THE_APP,
        params={"cluster_ids": [cluster.id]},
    )
    db.session.commit()
    return run


def test_work_of_a_module_that_is_off_is_not_started(account: Account) -> None:
    modules.switch(account.id, NOBODY, "planner", False)
    with pytest.raises(Refused, match="Planner is switched off"):
        _start(account)


def test_work_that_waited_ends_with_a_kind_sentence(account: Account) -> None:
    run = _start(account)
    modules.switch(account.id, NOBODY, "planner", False)
    db.session.commit()
    ended = work(run)
    assert ended.state == "cancelled"
    assert ended.message is not None
    assert ended.message.startswith("Planner is switched off for this account, so this is not done. An owner or admin")
    with pytest.raises(Refused):
        retry(ended)


def test_other_accounts_and_other_modules_go_on(account: Account) -> None:
    modules.switch(account.id, NOBODY, "writer", False)
    modules.switch(make_account("Elsewhere").id, NOBODY, "planner", False)
    assert work(_start(account)).state in ("succeeded", "failed")


def test_a_switch_that_is_none_is_not_there(owner_client: FlaskClient) -> None:
    assert switch(owner_client, "billing", False) == 404


def test_a_module_is_switched_twice_at_once(app: Flask, account: Account, owner: User) -> None:
    from tests.factories.races import race

    account_id = account.id
    results = race(app, lambda _n: modules.switch(account_id, NOBODY, "writer", False).key, 4)
    assert results == ["writer"] * 4
    assert not modules.is_module_on(account_id, "writer")


def test_each_kind_of_run_knows_its_module(app: Flask) -> None:
    with_runs = {"planner", "writer", "thinker", "linker", "optimizer", "automation", "site_builder"}
    assert {kind.module for kind in all_kinds()} == {None, *with_runs}
    assert {kind.name for kind in all_kinds() if kind.module == "writer"} == {kind.name for kind in WRITER_KINDS}
    assert features.module_of_blueprint("planner") is features.modules()["planner"]
    assert features.module_of_blueprint(None) is None
