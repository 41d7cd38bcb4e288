"""Keys to the API."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts import token_routes
from app.accounts.models import Account, ApiToken, Membership
from app.core.access import requires
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.roles import scope_words
from app.identity.models import User
from tests.factories.people import SignIn, make_member

FORM = {"name": "Reporting", "scopes": ["account:read"], "days": "30", "holder": "me"}


def make(client: FlaskClient, **changes: Any) -> str:
    answer = client.post("/account/tokens/", data=FORM | changes)
    assert answer.status_code == 200, answer.text
    return re.findall(r'value="(igny8_[\w-]+)"', answer.text)[0]


def me(app: Flask, key: str | None) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
    return app.test_client().get("/api/v1/me/", headers=headers)


def test_a_token_says_whose_it_is_and_what_it_may(
    app: Flask, account: Account, owner: User, owner_client: FlaskClient
) -> None:
    answer = me(app, make(owner_client))
    assert answer.status_code == 200
    result = answer.json["result"]
    assert result["account"] == {"id": account.id, "name": "Acme"}
    assert (result["role"], result["scopes"], result["person"]["email"]) == ("owner", ["account:read"], owner.email)


def test_just_those_scopes_are_offered_that_a_route_of_the_api_asks_for(app: Flask, owner_client: FlaskClient) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    asked = {getattr(app.view_functions[rule.endpoint], "permission", "") for rule in rules}
    offered = set(re.findall(r'name="scopes"[^>]*value="([\w:]+)"', owner_client.get("/account/tokens/").text))
    assert offered == asked & set(scope_words())
    for scope in set(scope_words()) - asked:
        answer = owner_client.post("/account/tokens/", data=FORM | {"scopes": ["account:read", scope]})
        assert answer.status_code == 422
        assert "has nothing for this permission" in answer.text


def test_a_scope_is_offered_once_a_route_asks_for_it() -> None:
    other = Flask(__name__)
    other.add_url_rule("/api/v1/keywords/", "keywords", requires(Permission.PLANNER_WRITE)(lambda: ""))
    other.add_url_rule("/planner/", "planner", requires(Permission.WRITER_WRITE)(lambda: ""))
    with other.app_context():
        assert token_routes.usable_scopes() == {Permission.PLANNER_WRITE}


def test_systembots_token_is_of_no_person(app: Flask, owner_client: FlaskClient) -> None:
    result = me(app, make(owner_client, holder="systembot")).json["result"]
    assert (result["role"], result["person"]) == ("systembot", None)


@pytest.mark.parametrize("key", [None, "", "igny8_guess", "x" * 5000, "\u0131", "igny8_" + "a" * 43])
def test_without_a_valid_token_the_api_answers_401(app: Flask, owner_client: FlaskClient, key: str | None) -> None:
    answer = me(app, key)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "TOKEN_INVALID")
    assert owner_client.get("/api/v1/me/").status_code == 401  # a cookie is none


def test_it_is_shown_once_and_kept_as_a_hash(owner_client: FlaskClient) -> None:
    key = make(owner_client)
    row = db.session.scalars(select(ApiToken)).one()
    assert key not in (row.token_hash, row.hint)
    assert key.startswith(row.hint)
    assert key not in owner_client.get("/account/tokens/").text


def test_revoked_and_expired_tokens_are_refused(app: Flask, owner_client: FlaskClient) -> None:
    first, second = make(owner_client), make(owner_client, name="Other")
    assert owner_client.post("/account/tokens/1/revoke/").status_code == 303
    assert owner_client.post("/account/tokens/1/revoke/").status_code == 404
    assert me(app, first).status_code == 401
    assert me(app, second).status_code == 200
    db.session.execute(update(ApiToken).values(expires_at=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    assert me(app, second).status_code == 401
    assert "Expired" in owner_client.get("/account/tokens/").text


def test_a_persons_token_follows_their_role(app: Flask, account: Account, sign_in: SignIn) -> None:
    person = make_member(account, "editor")
    key = make(sign_in(person))
    assert me(app, key).json["result"]["role"] == "editor"
    db.session.execute(update(Membership).where(Membership.user_id == person.id).values(role="viewer"))
    db.session.commit()
    assert me(app, key).json["result"]["role"] == "viewer"
    db.session.execute(update(User).where(User.id == person.id).values(is_active=False))
    db.session.commit()
    assert me(app, key).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"scopes": ["content:publish"]}, {"scopes": []}, {"scopes": ["account:manage"]}, {"days": "9999"}, {"name": " "}],
)
def test_a_viewer_cannot_give_more_than_they_have(account: Account, sign_in: SignIn, changes: dict[str, Any]) -> None:
    viewer = sign_in(make_member(account, "viewer"))
    assert viewer.post("/account/tokens/", data=FORM | {"scopes": ["account:read"]} | changes).status_code == 422
    assert db.session.scalars(select(ApiToken)).all() == []


def test_systembots_tokens_are_for_who_manages_the_account(account: Account, sign_in: SignIn) -> None:
    editor = sign_in(make_member(account, "editor"))
    assert editor.post("/account/tokens/", data=FORM | {"holder": "systembot"}).status_code == 403


def test_others_see_and_revoke_their_own_alone(account: Account, owner_client: FlaskClient, sign_in: SignIn) -> None:
    make(owner_client, name="Of the owner")
    editor = sign_in(make_member(account, "editor"))
    make(editor, name="Of the editor")
    assert "Of the owner" not in editor.get("/account/tokens/").text
    assert editor.post("/account/tokens/1/revoke/").status_code == 404
    assert "Of the editor" in owner_client.get("/account/tokens/").text
    assert owner_client.post("/account/tokens/2/revoke/").status_code == 303


def test_a_token_opens_no_page(app: Flask, owner_client: FlaskClient) -> None:
    key = make(owner_client)
    answer = app.test_client().get("/sites/", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 303


def test_its_use_is_noted(app: Flask, owner_client: FlaskClient) -> None:
    assert me(app, make(owner_client)).status_code == 200
    assert db.session.scalars(select(ApiToken.last_used_at)).one() is not None
