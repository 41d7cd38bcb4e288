"""What tokens cost, by model and by who sells it."""

import socket
from dataclasses import replace

import pytest

from app.ai import prices
from app.ai.endpoints import Endpoint
from app.ai.prices import cost_at, cost_micros, has_price


@pytest.mark.parametrize(
    ("model", "base_url", "micros"),
    [
        ("gpt-5-mini-2025-08-07", None, 450_000),
        ("gpt-5-mini", "https://api.openai.com/v1", 450_000),
        ("text-embedding-3-small", None, 20_000),
        ("openai/gpt-4o", "https://openrouter.ai/api/v1", 3_500_000),
        ("gpt-4o", "https://mine.openai.azure.com/openai/v1", 3_500_000),
        ("gpt-5-mini", "https://proxy.example.com/v1", 450_000),
        ("gpt-5-mini", "http://litellm:4000/v1", 450_000),
    ],
)
def test_tokens_become_money_where_the_price_is_known(model: str, base_url: str | None, micros: int) -> None:
    assert cost_micros(model, 1_000_000, 100_000, base_url) == micros


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("llama-3", None),
        ("gpt-oss:20b", "http://ollama:11434/v1"),
        ("gpt-oss-20b", "http://127.0.0.1:11434/v1"),
        ("mistral-small", "http://localhost:1234/v1"),
        ("claude-sonnet-4-5", "https://api.openai.com/v1"),
        ("", "https://api.openai.com/v1"),
    ],
)
def test_no_price_is_made_up(model: str, base_url: str | None) -> None:
    assert cost_micros(model, 1_000_000, 100_000, base_url) is None


def test_nothing_costs_nothing() -> None:
    assert cost_micros("gpt-5", 0, 0) == 0


def test_a_price_of_ours_comes_first_and_the_longest_name_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "OVERRIDES", {"gpt-5": (1.0, 2.0), "gpt-5-mini": (0.5, 1.0)})
    assert cost_micros("gpt-5", 1000, 1000) == 3000
    assert cost_micros("gpt-5-mini-2025-08-07", 1000, 1000) == 1500
    assert cost_micros("gpt-50", 1000, 1000) is None


def test_images_have_prices_of_their_own_the_accounts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "IMAGE_MICROS", {"draws": 120_000})
    table = Endpoint("Own", "maker/draws-3", "https://proxy.example.com/v1", "sk-x", 1)
    assert (cost_at(table, 0, 0, images=1), cost_at(table, 5, 5)) == (120_000, None)
    entered = replace(table, prices={"maker/draws-3": [None, None, 40_000]})
    assert (cost_at(entered, 5, 5, images=1), has_price(entered, 1), has_price(entered)) == (40_000, True, False)


@pytest.mark.parametrize(
    ("model", "words", "picture"), [("gpt-image-1", 40_000, 40_000), ("gpt-image-1.5", 10_000, 32_000)]
)
def test_tokens_of_a_picture_cost_what_the_package_says_of_them(model: str, words: int, picture: int) -> None:
    endpoint = Endpoint("Own", model, None, "sk-x", 1)
    assert (cost_at(endpoint, 0, 1_000), cost_at(endpoint, 0, 1_000, images=1)) == (words, picture)


@pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3", "grok-2-image", "imagen-4.0-generate-001"])
def test_a_price_of_images_that_nobody_can_look_up_is_not_known(model: str) -> None:
    assert not has_price(Endpoint("Own", model, None, "sk-x", 1), images=1)


def test_prices_come_from_the_package_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    prices._provider_of.cache_clear()
    assert cost_micros("gpt-5", 1000, 1000, "https://api.openai.com/v1") == 11_250
