"""Every route that exists, walked by every role: what the table of permissions says, and nothing else.

Generated from the URL map: a new route without a permission fails in test_strangers, one with a permission is
walked here without anybody thinking of it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.accounts.models import Account, Membership
from app.core.access import requires
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.roles import ROLES, allows, permissions_of, roles_by_permission
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_site
from tests.factories.world import CANARY, World, address, ask, everything_of, routes, world
from tests.test_strangers import MAY_ANSWER

__all__ = ["world"]
PEOPLE = ("owner", "admin", "editor", "viewer")
# The run of the world is neither scheduled nor an export, and its account has no plan to change.
NOT_THERE = {"publishing.pick_other_time": 404, "billing.confirm_change": 404, "export.download": 404}
NOT_WALKED = {"account.leave": "ends the walk", "sites.test_connection": "calls out", "ai.test_provider": "calls out"}

# Routes of any list, which ask for what changing the rows of the world's list, of contents, asks for.
OF_THE_LIST = dict.fromkeys(("open_cell", "save_cell", "undo_cell"), Permission.CONTENT_WRITE)


def guarded(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Each route of the pages that has a row in the table, with its permission."""
    for rule, method in routes(app):
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if rule.endpoint.startswith("saved_views."):
            permission = OF_THE_LIST.get(rule.endpoint.split(".")[1], permission)
        if permission and not rule.rule.startswith("/api/"):
            yield rule, method, permission


def test_every_permission_that_a_route_asks_for_is_in_the_table(app: Flask) -> None:
    assert {permission for _rule, _method, permission in guarded(app)} <= set(roles_by_permission())


def test_permissions_are_called_resource_and_action() -> None:
    assert [name for name in roles_by_permission() if not re.fullmatch(r"[a-z]+:[a-z]+", name)] == []
    with pytest.raises(ValueError, match="no permission"):
        requires("publish")


def test_the_table_is_the_same_read_by_role() -> None:
    for permission, roles in roles_by_permission().items():
        assert {role for role in ROLES if allows(role, permission)} == roles
    assert permissions_of("owner") > permissions_of("admin") > permissions_of("editor") > permissions_of("viewer")
    assert not allows("systembot", Permission.PROFILE_MANAGE)
    assert not allows(None, Permission.CONTENT_READ)


@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_reads_what_the_table_says(app: Flask, world: World, sign_in: SignIn, role: str) -> None:
    browser = sign_in(make_member(world.account, role))
    wrong = []
    for rule, method, permission in guarded(app):
        if method != "GET":
            continue
        answer = browser.get(address(app, rule, world))
        expected = (200, (MAY_ANSWER | NOT_THERE).get(rule.endpoint, 200)) if allows(role, permission) else (403,)
        if answer.status_code not in expected:
            wrong.append((str(rule), answer.status_code, expected))
    assert wrong == []


@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_changes_what_the_table_says(app: Flask, world: World, sign_in: SignIn, role: str) -> None:
    browser = sign_in(make_member(world.account, role))
    wrong = []
    for rule, method, permission in guarded(app):
        if method == "GET" or rule.endpoint in NOT_WALKED:
            continue
        answer = browser.open(address(app, rule, world), method=method, data={})
        refused = answer.status_code in (401, 403, 405) or (answer.status_code >= 500 and answer.status_code != 502)
        if (answer.status_code != 403) if not allows(role, permission) else refused:
            wrong.append((method, str(rule), answer.status_code))
    assert wrong == []


def test_systembot_has_no_pages_at_all(app: Flask, world: World, sign_in: SignIn) -> None:
    browser = sign_in(make_member(world.account, "systembot"))
    wrong = []
    for rule, method, _permission in guarded(app):
        answer = ask(browser, method, address(app, rule, world), world)
        if answer.status_code != 403 or CANARY.encode() in answer.data:
            wrong.append((method, str(rule), answer.status_code))
    assert wrong == []


@pytest.fixture
def apart(world: World) -> World:
    """The world's site is one of two of its account; its account bears a name of its own."""
    world.account.name = "Agency"
    db.session.commit()
    make_site(world.account, name="Harbour site")
    return world


def _limited(apart: World, role: str, sign_in: SignIn) -> FlaskClient:
    """Somebody who is granted the other site."""
    account = db.session.get_one(Account, apart.account.id)
    other = make_site(account, name="Lighthouse site")
    return sign_in(make_member(account, role, sites=[other.id]))


OF_THE_ACCOUNT = {
    "account_id",
    "member_id",
    "token_id",
    "webhook_id",
    "delivery_id",
    "invitation_id",
    "session_id",
    "operation",
    "list_name",
    "batch_action",
    "topic",
    "picture",
    "version_id",
    "provider_id",
    "flow",
}


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_rows_of_a_site_that_is_not_granted_do_not_exist(app: Flask, apart: World, sign_in: SignIn, role: str) -> None:
    browser = _limited(apart, role, sign_in)
    before = everything_of(apart.account)
    wrong = []
    for rule, method, permission in guarded(app):
        if not rule.arguments or rule.arguments <= OF_THE_ACCOUNT or not allows(role, permission):
            continue
        answer = ask(browser, method, address(app, rule, apart), apart)
        if answer.status_code != 404 or CANARY.encode() in answer.data:
            wrong.append((method, str(rule), answer.status_code))
    assert wrong == []
    assert everything_of(apart.account) == before


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_no_list_count_menu_or_batch_shows_or_changes_a_site_that_is_not_granted(
    app: Flask, apart: World, sign_in: SignIn, role: str
) -> None:
    browser = _limited(apart, role, sign_in)
    before = everything_of(apart.account)
    given = apart.parameters
    query = f"?site={given['site_id']}&cluster={given['cluster_id']}&ids={given['task_id']}&q=Zanzibar"
    wrong: list[Any] = []
    for rule, method, permission in guarded(app):
        if rule.arguments or not allows(role, permission) or permission == Permission.PROFILE_MANAGE:
            continue
        for target in (rule.rule, rule.rule + query):
            answer = ask(browser, method, target, apart)
            if answer.status_code in (500, 503) or CANARY.encode() in answer.data:
                wrong.append((method, target, answer.status_code))
    assert wrong == []
    after = everything_of(apart.account)
    ours = {name: rows for name, rows in before.items() if name not in OWN_TRACES}
    assert {name: [row for row in after[name] if row in rows] for name, rows in ours.items()} == ours


# What the person's own tries in the granted site may add to.
OWN_TRACES = {"audit_events"}


def test_a_member_without_any_site_sees_none(app: Flask, apart: World, sign_in: SignIn) -> None:
    account = db.session.get_one(Account, apart.account.id)
    browser = sign_in(make_member(account, "editor", sites=[]))
    lists = "/dashboard/ /planner/keywords/ /writer/tasks/ /content/ /calendar/ /sites/ /runs/menu/"
    for path in lists.split():
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert CANARY not in answer.text, path
        assert "Harbour" not in answer.text, path


def test_owners_and_admins_see_all_sites(app: Flask, apart: World, sign_in: SignIn) -> None:
    for role in ("owner", "admin"):
        page = sign_in(make_member(db.session.get_one(Account, apart.account.id), role)).get("/sites/").text
        assert CANARY in page
        assert "Harbour" in page


def test_a_grant_counts_from_the_next_request(app: Flask, apart: World, sign_in: SignIn) -> None:
    from app.accounts import members

    account = db.session.get_one(Account, apart.account.id)
    person = make_member(account, "viewer", sites=[])
    browser = sign_in(person)
    path = f"/sites/{apart.parameters['site_id']}/settings/"
    assert browser.get(path).status_code == 404
    row = db.session.query(Membership).filter_by(user_id=person.id).one()
    members.grant_sites(row, [apart.parameters["site_id"]])
    db.session.commit()
    assert browser.get(path).status_code == 200
    members.grant_sites(row, [])
    db.session.commit()
    assert browser.get(path).status_code == 404
