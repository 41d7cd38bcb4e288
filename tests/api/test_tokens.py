"""Tokens: their checksum, their sites, and the page of their calls."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts import api_tokens
from app.accounts.models import Account, ApiToken
from app.core.errors import DomainError
from app.core.extensions import db
from app.identity.keys import key_digest
from app.identity.models import User
from tests.api.conftest import Caller, MakeCaller
from tests.factories.people import SignIn, make_account, make_member
from tests.factories.things import make_keyword, make_site

FORM = {"name": "Script", "scopes": ["sites:read", "planner:read"], "days": "30", "holder": "me"}


def test_a_key_tells_by_itself_that_it_is_one() -> None:
    keys = {api_tokens.new_token_key() for _ in range(50)}
    assert len(keys) == 50
    for key in keys:
        assert re.fullmatch(r"igny8_[0-9A-Za-z]{46}", key)
        assert not api_tokens._is_mistyped(key)
        changed = key[:20] + ("a" if key[20] != "a" else "b") + key[21:]
        assert api_tokens._is_mistyped(changed)


def test_keys_from_before_the_checksum_work_as_before(app: Any, caller: Caller) -> None:
    old = "igny8_" + "abc-_" * 8 + "xyz"
    token = db.session.query(ApiToken).one()
    token.token_hash = key_digest(api_tokens.PURPOSE, old)
    db.session.commit()
    assert Caller(app, old)("GET", "/me/").status_code == 200


def test_a_token_for_one_site_sees_that_alone(
    account: Account, owner: User, owner_client: FlaskClient, make_caller: MakeCaller, app: Any
) -> None:
    mine, other = make_site(account, name="Harbour"), make_site(account, name="Lighthouse")
    hidden = make_keyword(other, "lamps")
    page = owner_client.post("/account/tokens/", data=FORM | {"which": "some", "site_ids": [str(mine.id)]})
    key = re.findall(r'value="(igny8_\w+)"', page.text)[0]
    caller = Caller(app, key)
    assert [site["name"] for site in caller("GET", "/sites/").json["result"]] == ["Harbour"]
    assert caller("GET", f"/planner/keywords/{hidden.id}/").status_code == 404
    assert "Only for" in owner_client.get("/account/tokens/").text


def test_a_token_is_made_only_for_sites_that_one_sees(account: Account, owner: User, make_caller: MakeCaller) -> None:
    theirs = make_site(make_account("Other"))
    for sites in ([], [theirs.id]):
        with pytest.raises(DomainError):
            make_caller(account, owner, site_ids=sites)


def test_an_editors_token_has_no_more_sites_than_the_editor(account: Account, make_caller: MakeCaller) -> None:
    granted, other = make_site(account, name="Harbour"), make_site(account, name="Lighthouse")
    editor = make_member(account, "editor", sites=[granted.id])
    caller = make_caller(account, editor, role="editor", scopes=["sites:read"], site_ids=[granted.id, other.id])
    assert [site["name"] for site in caller("GET", "/sites/").json["result"]] == ["Harbour"]


def test_the_calls_of_a_token_are_shown_to_its_holder_and_those_who_manage(
    account: Account, owner_client: FlaskClient, sign_in: SignIn, caller: Caller
) -> None:
    token = db.session.query(ApiToken).one()
    path = f"/account/tokens/{token.id}/calls/"
    assert "No call was made" in owner_client.get(path).text
    caller("GET", "/me/")
    caller("GET", "/planner/keywords/9/")
    page = owner_client.get(path).text
    assert "GET me" in page
    assert "NOT_FOUND" in page
    assert sign_in(make_member(account, "editor")).get(path).status_code == 404
    assert sign_in(make_member(make_account("Other"))).get(path).status_code == 404
