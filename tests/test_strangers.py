"""Every route that exists, tried by people who have no business there. Generated from the URL map.

A new route is tried without anybody thinking of it.
"""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core.access import is_accountless, is_public_endpoint
from app.core.extensions import db
from tests.factories.people import SignIn, make_member
from tests.factories.things import (
    make_site,
)
from tests.factories.world import (
    CANARY,
    NO_ROWS,
    SIGNED,
    World,
    address,
    ask,
    everybody_may,
    everything_of,
    routes,
    world,
)

__all__ = ["world"]


def test_another_account_gets_404_for_every_row_and_changes_nothing(
    app: Flask, world: World, stranger_client: FlaskClient
) -> None:
    before = everything_of(world.account)
    wrong = []
    for rule, method in routes(app):
        if rule.arguments <= NO_ROWS or rule.endpoint.startswith(SIGNED):
            continue
        answer = ask(stranger_client, method, address(app, rule, world), world)
        if answer.status_code != 404 or CANARY.encode() in answer.data:
            wrong.append((method, str(rule), answer.status_code))
    assert wrong == []
    assert everything_of(world.account) == before


def test_another_account_sees_and_changes_nothing_where_no_id_is_in_the_address(
    app: Flask, world: World, stranger_client: FlaskClient, sign_in: SignIn
) -> None:
    own_site = make_site(db.session.scalars(select(Account).where(Account.name == "Elsewhere")).one())
    before = everything_of(world.account)
    wrong = []
    for rule, method in routes(app):
        if not rule.arguments <= NO_ROWS or rule.endpoint.startswith("auth."):
            continue
        path = address(app, rule, world)
        given = world.parameters
        query = f"?site={given['site_id']}&cluster={given['cluster_id']}&ids={given['task_id']}"
        for target in (path, path + query):
            answer = ask(stranger_client, method, target, world)
            if answer.status_code >= 500 and rule.endpoint != "health.healthz":
                wrong.append((method, target, answer.status_code))
            if CANARY.encode() in answer.data:
                wrong.append((method, target, "shows what is not theirs"))
    assert wrong == []
    assert everything_of(world.account) == before
    assert own_site.id != world.parameters["site_id"]


def test_a_viewer_is_refused_wherever_more_than_viewing_is_needed(app: Flask, world: World, sign_in: SignIn) -> None:
    viewer = sign_in(make_member(world.account, "viewer"))
    before = everything_of(world.account)
    wrong = []
    for rule, method in routes(app):
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if permission is None or everybody_may(permission) or rule.rule.startswith("/api/"):
            continue
        answer = ask(viewer, method, address(app, rule, world), world)
        if answer.status_code != 403:
            wrong.append((method, str(rule), answer.status_code))
    assert wrong == []
    after = everything_of(world.account)
    assert {name: rows for name, rows in after.items() if name != "memberships"} == {
        name: rows for name, rows in before.items() if name != "memberships"
    }


def test_a_viewer_may_look_at_everything(app: Flask, world: World, sign_in: SignIn) -> None:
    viewer = sign_in(make_member(world.account, "viewer"))
    wrong = []
    for rule, method in routes(app):
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if method != "GET" or not everybody_may(permission) or rule.rule.startswith("/api/"):
            continue
        answer = viewer.get(address(app, rule, world))
        if answer.status_code not in (200, MAY_ANSWER.get(rule.endpoint, 200)):
            wrong.append((str(rule), answer.status_code))
    assert wrong == []


# The archive of the plugin is built by make; the run of the world is no import and no publish; its
# site has no WordPress; nothing has moved there.
MAY_ANSWER = {
    "automation.ask_move": 303,  # to the board, when there is nothing to ask
    "content.moved": 204,
    "saved_views.list_moved": 204,
    "account.index": 302,
    "account.token_calls": 404,  # of another member
    "sites.plugin_zip": 404,
    "saved_views.open_view": 303,
    "saved_views.open_cell": 403,  # asks for what changing the row of that list needs
    "planner.import_result": 404,
    "planner.import_rejected": 404,
    "drift.old_address": 302,
    "imports.show": 404,
    "imports.problems": 404,
}


def test_nobody_gets_in_without_signing_in(app: Flask, world: World, client: FlaskClient) -> None:
    wrong = []
    for rule, method in routes(app):
        if is_public_endpoint(rule.endpoint):
            continue
        answer = ask(client, method, address(app, rule, world), world)
        expected = (401, None) if rule.rule.startswith("/api/") else (303, "/login")
        if (answer.status_code, answer.location and answer.location.partition("?")[0]) != expected:
            wrong.append((method, str(rule), answer.status_code))
    assert wrong == []


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    silent = [
        str(rule)
        for rule, _method in routes(app)
        if not is_public_endpoint(rule.endpoint)
        and not is_accountless(rule.endpoint)
        and not getattr(app.view_functions[rule.endpoint], "permission", None)
    ]
    assert silent == []


def test_no_form_is_taken_without_its_token(app: Flask, world: World, sign_in: SignIn) -> None:
    owner = sign_in(make_member(world.account, "owner"))
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        wrong = []
        for rule, method in routes(app):
            if method == "GET" or rule.endpoint.startswith(SIGNED):
                continue
            answer = ask(owner, method, address(app, rule, world), world)
            if answer.status_code != 400:
                wrong.append((method, str(rule), answer.status_code))
        assert wrong == []
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
