"""Which endpoints are asked for an operation, and in which order."""

import importlib

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from app.accounts.models import Account
from app.ai import charging
from app.ai.calls.models import AiAttempt, AiCall
from app.ai.endpoints import Endpoint
from app.ai.providers import installation as installed
from app.ai.providers import route_services, routing
from app.ai.providers.models import AiRoute
from app.config import from_environment
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from tests.factories.people import make_account
from tests.factories.providers import KEY, make_provider, make_route

routes_of_drafts = importlib.import_module("migrations.versions.0063_routes_of_drafts")


@pytest.fixture
def installation(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OPENAI_API_KEY": "sk-installation", "OPENAI_MODEL": "house"}.items():
        monkeypatch.setitem(app.config, name, value)


def models(account: Account, operation: str = "draft") -> list[str]:
    return [f"{one.provider_name}: {one.model}" for one in routing.endpoints_for(account.id, operation)]


def test_without_a_key_anywhere_there_is_no_model(account: Account) -> None:
    assert routing.endpoints_for(account.id, "draft") == ()


def test_the_installations_endpoint_serves_who_has_none(account: Account, installation: None) -> None:
    assert routing.endpoints_for(account.id, "draft") == (Endpoint("IGNY8", "house", None, "sk-installation"),)


def test_an_address_without_a_key_is_an_endpoint_too(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "OPENAI_BASE_URL", "http://ollama:11434/v1")
    assert models(account) == ["IGNY8: gpt-5-mini"]


def test_providers_of_the_account_come_in_place_of_the_installations(account: Account, installation: None) -> None:
    row = make_provider(account, "A", model="one", requests_per_minute=7)
    make_provider(account, "B", model="two")
    make_provider(account, "Off", model="three", is_enabled=False)
    make_provider(make_account("Others"), "C", model="four")
    assert models(account) == ["A: one", "B: two"]
    first = routing.endpoints_for(account.id, "draft")[0]
    assert (first.api_key, first.provider_id, first.base_url) == (KEY, row.id, "https://models.example.com/v1")
    assert first.requests_per_minute == 7
    assert KEY not in repr(first)


def test_an_operations_route_comes_before_the_route_for_all(account: Account, installation: None) -> None:
    a, b = make_provider(account, "A", model="one"), make_provider(account, "B", model="two")
    make_route(account, (b, "big"), (a, "one"), (b, "big"))
    make_route(account, (None, "house"), (a, "small"), operation="ideas")
    assert models(account) == ["B: big", "A: one"]
    assert models(account, "ideas") == ["IGNY8: house", "A: small"]


def test_what_is_off_or_gone_is_left_out_and_the_next_route_serves(account: Account) -> None:
    a, b = make_provider(account, "A", model="one"), make_provider(account, "B", model="two")
    make_route(account, (a, "x"), operation="draft")
    make_route(account, (b, "y"), (a, "z"), (None, "house"))
    a.is_enabled = False
    db.session.commit()
    assert models(account) == ["B: y"]
    db.session.delete(b)
    db.session.commit()
    assert models(account) == []


@pytest.mark.usefixtures("installation")
def test_who_was_chosen_for_whole_drafts_is_asked_for_their_parts(account: Account) -> None:
    own, other = make_provider(account, "A"), make_account("Other")
    make_route(account, (None, ""))
    make_route(account, (own, "writes"), operation="draft")
    make_route(account, (own, "ends"), operation="finishing")
    make_route(other, (None, ""), operation="ideas")
    assert charging.is_charged(account.id, "content")
    db.session.connection().exec_driver_sql(routes_of_drafts.SPREAD)
    db.session.connection().exec_driver_sql(routes_of_drafts.CLEAR)
    db.session.commit()
    assert [models(account, part) for part in ("outline", "section", "finishing", "ideas")] == [
        ["A: writes"],
        ["A: writes"],
        ["A: ends"],
        ["IGNY8: house"],
    ]
    assert not charging.is_charged(account.id, "content")
    assert charging.is_charged(account.id, "ideas")
    assert db.session.query(AiRoute).filter_by(account_id=other.id).one().operation == "ideas"
    assert "draft" not in route_services.route_titles()


@pytest.mark.parametrize("operation", ["embed", "image"])
def test_models_that_embed_or_draw_are_those_of_their_own_route(
    app: Flask, account: Account, installation: None, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    a = make_provider(account, "A")
    make_route(account, (a, "chat"))
    assert models(account, operation) == []
    name = {"embed": "OPENAI_EMBEDDING_MODEL", "image": "OPENAI_IMAGE_MODEL"}[operation]
    monkeypatch.setitem(app.config, name, "special")
    assert models(account, operation) == ["IGNY8: special"]
    make_route(account, (a, "own-special"), operation=operation)
    assert models(account, operation) == ["A: own-special"]


def test_the_cheapest_comes_first_and_an_unknown_price_last(account: Account) -> None:
    a = make_provider(account, "A")
    make_route(account, (a, "mine"), (a, "gpt-5"), (a, "gpt-5-nano"), mode="price")
    assert models(account) == ["A: gpt-5-nano", "A: gpt-5", "A: mine"]


def test_the_quickest_comes_first_and_who_has_not_answered_last(account: Account) -> None:
    a = make_provider(account, "A")
    make_route(account, (a, "new"), (a, "slow"), (a, "quick"), (a, "failing"), mode="speed")
    call = AiCall(account_id=account.id, operation="draft", deadline_at=utcnow(), model="x", provider="A")
    db.session.add(call)
    db.session.flush()
    answers = {"slow": [900, 800, 10], "quick": [80, 5000, 70], "failing": [1]}
    for number, (model, ms) in enumerate((model, ms) for model, times in answers.items() for ms in times):
        db.session.add(
            AiAttempt(
                account_id=account.id,
                call_id=call.id,
                number=number,
                endpoint=f"provider:{a.id}:{model}",
                model=model,
                ms=ms,
                error_code="AI_TIMEOUT" if model == "failing" else None,
            )
        )
    db.session.commit()
    assert models(account) == ["A: quick", "A: slow", "A: new", "A: failing"]


def test_a_key_that_cannot_be_read_leaves_the_others_working(account: Account) -> None:
    make_provider(account, "A", model="one")
    broken = make_provider(account, "B", model="two")
    broken.api_key_encrypted = "gAAAAAbroken"
    db.session.commit()
    assert models(account) == ["A: one"]
    make_route(account, (broken, "two"), operation="draft")
    with pytest.raises(DomainError) as caught:
        models(account)
    assert caught.value.code == "SECRET_UNREADABLE"
    assert "“B”" in caught.value.message
    assert "Settings → AI" in caught.value.cure


@pytest.mark.parametrize(("setting", "rate"), [("", 60), ("600", 600)])
@pytest.mark.parametrize("operation", ["ideas", "embed", "image"])
def test_the_installations_models_are_asked_as_often_as_its_setting_says(
    setting: str, rate: int, operation: str
) -> None:
    environment = {
        **{"DATABASE_URL": "postgres://u@h/d", "REDIS_URL": "redis://h", "SECRET_KEY": "s" * 20},
        **{"ENCRYPTION_KEYS": Fernet.generate_key().decode(), "OPENAI_API_KEY": "sk-1"},
        **{"OPENAI_EMBEDDING_MODEL": "e", "OPENAI_IMAGE_MODEL": "i", "OPENAI_REQUESTS_PER_MINUTE": setting},
    }
    endpoint = installed.endpoint(from_environment(environment), operation)
    assert endpoint is not None
    assert endpoint.requests_per_minute == rate
