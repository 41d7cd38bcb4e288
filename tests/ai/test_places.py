"""Errors name the settings of whoever's endpoint it is, and no account's endpoint leads into a private network."""

import re
from collections.abc import Iterator

import pytest

from app.ai.client import openai_client
from app.ai.endpoints import Endpoint
from tests.factories.models import error_at
from tests.fakes.openai_server import FakeOpenAI

KEY = "sk-of-an-account-1234"


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    openai_client.forget_dialects()
    with FakeOpenAI() as fake:
        yield fake


def own(url: str, key: str = KEY) -> Endpoint:
    return Endpoint("Our Groq", "small", url, key, provider_id=3)


KINDS = ["401", "403", "404", "429", "503", "quota", "html", "drop"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_an_accounts_provider_names_it_and_its_page(server: FakeOpenAI, kind: str) -> None:
    server.fail_next(kind, times=5)
    error = error_at(own(server.url), AI_PRIVATE_HOSTS=["127.0.0.1"])
    said = f"{error.message} {error.cure}"
    assert "“Our Groq”" in said
    assert "OPENAI_" not in said
    assert KEY not in str(error.as_dict())
    if kind not in ("429", "503", "quota"):
        assert "Settings → AI" in error.cure


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_the_installations_endpoint_names_the_environment(server: FakeOpenAI, kind: str) -> None:
    server.fail_next(kind, times=5)
    error = error_at(Endpoint("IGNY8", "small", server.url, KEY))
    assert "Settings" not in error.cure
    assert re.match(r"[A-Z]", error.message)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/v1", "http://localhost:{port}/v1", "http://[::1]:{port}/v1"])
def test_an_accounts_provider_never_leads_into_a_private_network(server: FakeOpenAI, url: str) -> None:
    port = server.url.split(":")[2].removesuffix("/v1")
    error = error_at(own(url.format(port=port)), ALLOWED_PRIVATE_HOSTS=["127.0.0.1", "localhost", "::1"])
    assert error.code == "AI_BLOCKED"
    assert "on the internet alone" in error.cure
    assert "ALLOWED_PRIVATE_HOSTS" not in error.cure
    assert server.requests == []
