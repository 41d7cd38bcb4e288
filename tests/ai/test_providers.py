"""An account's own providers: what may be stored, and that a key goes nowhere but to its endpoint."""

from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Account
from app.ai.providers import routing, services
from app.ai.providers.models import AiProvider
from app.ai.providers.route_services import routes_of
from app.ai.providers.services import Entered
from app.core.crypto import decrypt
from app.core.errors import DomainError
from app.core.extensions import db
from tests.factories.providers import KEY, make_provider, make_route


def entered(**values: Any) -> Entered:
    given = {"name": "Own", "base_url": "https://models.example.com/v1", "model": "small", "api_key": KEY}
    return Entered(**(given | values))


def refused(account: Account, **values: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        services.add(account.id, entered(**values))
    db.session.rollback()
    return caught.value


def test_a_key_is_stored_encrypted_and_known_by_its_end(account: Account) -> None:
    row = services.add(account.id, entered(api_key=f" {KEY}\n"))
    db.session.commit()
    assert KEY not in str(vars(row))
    assert row.api_key_encrypted is not None
    assert (decrypt(row.api_key_encrypted), row.key_hint) == (KEY, KEY[-4:])
    assert services.facts_of(row)["key ends in"] == KEY[-4:]
    assert KEY not in repr(entered())


def test_of_a_short_key_nothing_is_shown(account: Account) -> None:
    assert services.add(account.id, entered(api_key="secret")).key_hint == ""


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://models.example.com/v1/", "https://models.example.com/v1"),
        ("models.example.com/v1", "https://models.example.com/v1"),
        (" https://models.example.com/v1/chat/completions ", "https://models.example.com/v1"),
        ("https://models.example.com/v1/models", "https://models.example.com/v1"),
        ("https://api.openai.com/v1", ""),
        ("", ""),
        ("https://MODELS.example.com:8443/openai/v1", "https://models.example.com:8443/openai/v1"),
    ],
)
def test_an_address_is_stored_as_it_is_called(account: Account, typed: str, stored: str) -> None:
    assert services.add(account.id, entered(base_url=typed)).base_url == stored


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:11434/v1",
        "http://localhost:11434/v1",
        "https://ollama/v1",
        "https://10.0.0.7/v1",
        "https://[::1]/v1",
        "https://[fd00::1]/v1",
        "https://169.254.169.254/v1",
        "https://models.internal/v1",
        "ftp://models.example.com/v1",
        "https://user:password@models.example.com/v1",
        "https://models.example.com/v1?key=x",
        "https://models example.com/v1",
    ],
)
def test_what_is_no_address_on_the_internet_is_refused(account: Account, address: str) -> None:
    error = refused(account, base_url=address, api_key="")
    assert (error.field, bool(error.cure)) == ("base_url", True)


def test_the_installation_may_open_private_hosts_to_accounts(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1:11434"])
    assert services.add(account.id, entered(base_url="http://127.0.0.1:11434/v1")).base_url
    assert refused(account, name="Other", base_url="http://127.0.0.1:6379/v1").field == "base_url"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"base_url": "http://models.example.com/v1"}, "base_url"),
        ({"name": " \t "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"model": ""}, "model"),
        ({"api_key": "two words"}, "api_key"),
        ({"api_key": "schlüssel-äöü"}, "api_key"),
        ({"base_url": "", "api_key": ""}, "api_key"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(account: Account, values: dict[str, Any], field: str) -> None:
    assert refused(account, **values).field == field


def test_a_name_is_there_once_whatever_its_case(account: Account) -> None:
    services.add(account.id, entered())
    db.session.commit()
    assert refused(account, name="OWN").code == "AI_PROVIDER_EXISTS"


def test_there_are_at_most_twenty(account: Account) -> None:
    for number in range(services.MAX_PROVIDERS):
        make_provider(account, f"Provider {number}")
    assert refused(account).code == "AI_PROVIDERS_FULL"


def test_an_empty_key_leaves_the_stored_one(account: Account) -> None:
    row = make_provider(account)
    before = row.api_key_encrypted
    services.update_provider(row, entered(api_key="", name="New name", base_url="https://models.example.com/v2"))
    assert (row.api_key_encrypted, row.name) == (before, "New name")
    services.update_provider(row, entered(api_key="", base_url="https://models.example.com/v2", without_key=True))
    assert (row.api_key_encrypted, row.key_hint) == (None, "")


@pytest.mark.parametrize("address", ["https://evil.example.com/v1", "https://models.example.com:444/v1", ""])
def test_a_stored_key_is_not_sent_to_another_address(account: Account, address: str) -> None:
    row = make_provider(account)
    with pytest.raises(DomainError) as caught:
        services.update_provider(row, entered(api_key="", base_url=address))
    assert caught.value.field == "api_key"
    db.session.rollback()
    services.update_provider(row, entered(api_key="sk-of-the-new-address", base_url=address))
    assert routing.endpoint_of(row).api_key == "sk-of-the-new-address"


def test_what_was_found_is_of_the_endpoint_it_was_found_at(account: Account) -> None:
    row = make_provider(account, models=["a"], capabilities={"a": {"chat": True}}, last_error="x")
    services.update_provider(row, entered(api_key="", name="New name"))
    assert row.models == ["a"]
    services.update_provider(row, entered(api_key="sk-another-key-of-it"))
    assert (row.models, row.capabilities, row.last_error) == ([], {}, "")


def test_a_deleted_provider_leaves_the_choices_of_models(account: Account) -> None:
    a, b = make_provider(account, "A"), make_provider(account, "B")
    make_route(account, (a, "x"), (b, "y"))
    make_route(account, (a, "x"), operation="ideas")
    services.delete_provider(a)
    db.session.commit()
    assert {name: route.targets for name, route in routes_of(account.id).items()} == {
        "": [{"provider_id": b.id, "model": "y"}]
    }
    assert db.session.query(AiProvider).count() == 1
