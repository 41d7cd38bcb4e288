"""A caller of the API: a client with a token."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.accounts import api_tokens
from app.accounts.models import Account
from app.core.extensions import db
from app.core.roles import scope_words
from app.identity.models import User
from tests.factories.people import actor_of


class Caller:
    """Sends JSON with a token, and reads the answer."""

    def __init__(self, app: Flask, key: str | None) -> None:
        self.client = app.test_client()
        self.key = key

    def __call__(self, method: str, path: str, **values: Any) -> Any:
        headers = dict(values.pop("headers", {}))
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **values)


MakeCaller = Callable[..., Caller]


@pytest.fixture
def make_caller(app: Flask) -> MakeCaller:
    def make(
        account: Account,
        holder: User,
        *,
        role: str = "owner",
        scopes: list[str] | None = None,
        for_bot: bool = False,
        **more: Any,
    ) -> Caller:
        usable = {str(scope) for scope in scope_words()}
        _token, key = api_tokens.make_token(
            account.id,
            actor_of(holder),
            name="Script",
            scopes=sorted(usable) if scopes is None else scopes,
            days=30,
            role=role,
            for_bot=for_bot,
            usable=usable,
            **more,
        )
        db.session.commit()
        return Caller(app, key)

    return make


@pytest.fixture
def caller(make_caller: MakeCaller, account: Account, owner: User) -> Caller:
    """A program with a token of the owner for everything."""
    return make_caller(account, owner)
