"""Pictures through an account's endpoint: as text or at an address, checked, bounded and recorded."""

import base64
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Account
from app.ai import gateway
from app.ai.call_context import CallCancelled, CallContext
from app.ai.calls.models import AiCall, AiSettings, AiSpend
from app.ai.client import other_calls
from app.ai.providers.models import AiProvider
from app.ai.tasks import image as images
from app.ai.tasks.image import IMAGE, ImageRequest
from app.core.errors import DomainError
from app.core.extensions import db
from tests.factories.providers import make_provider, make_route
from tests.fakes.endpoint_server import FakeEndpoint, Said, error

PNG = b"\x89PNG\r\n\x1a\nand so on"
AS_TEXT = base64.b64encode(PNG).decode()
USAGE = {"input_tokens": 10, "output_tokens": 1000}


@pytest.fixture
def fake(app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """The endpoint that the account has chosen for pictures."""
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    monkeypatch.setattr(other_calls, "_WAITS", (0.0, 0.0))
    with FakeEndpoint() as endpoint:
        make_route(account, (make_provider(account, base_url=endpoint.url), "gpt-image-1"), operation="image")
        yield endpoint


def generate(account_id: int, request: ImageRequest) -> bytes:
    return gateway.run(account_id, IMAGE, request).result


def answer(fake: FakeEndpoint, data: Any) -> None:
    fake.answers["/images/generations"] = lambda body: Said(200, data)


@pytest.mark.parametrize(
    "data",
    [
        {"data": [{"b64_json": AS_TEXT}], "usage": USAGE},
        {"data": [{"b64_json": f"data:image/png;base64,{AS_TEXT}"}]},
        {"data": [{"url": f"data:image/png;base64,{AS_TEXT}"}]},
        {"images": [{"image": AS_TEXT}]},
    ],
)
def test_a_picture_comes_as_text(account: Account, fake: FakeEndpoint, data: Any) -> None:
    answer(fake, data)
    assert generate(account.id, ImageRequest(prompt=" A moka pot ", size="1024x1024")) == PNG
    assert fake.seen[0][1] == {"model": "gpt-image-1", "prompt": "A moka pot", "n": 1, "size": "1024x1024"}


@pytest.mark.parametrize("wrap", [lambda url: {"data": [{"url": url}]}, lambda url: {"images": [url]}])
def test_a_picture_is_fetched_from_its_address_without_the_key(account: Account, fake: FakeEndpoint, wrap: Any) -> None:
    keys: list[str] = []
    with FakeEndpoint() as store:
        store.answer = lambda path, key, body: keys.append(key) or Said(200, PNG, "image/png")  # type: ignore[method-assign, func-returns-value]
        answer(fake, wrap(f"{store.url}/a.png"))
        assert generate(account.id, ImageRequest(prompt="A moka pot")) == PNG
    assert keys == [""]


def test_an_address_in_a_private_network_is_not_fetched(
    app: Flask, account: Account, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeEndpoint() as inside:
        monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", [f"127.0.0.1:{fake.port}"])
        answer(fake, {"data": [{"url": inside.url}]})
        with pytest.raises(DomainError) as caught:
            generate(account.id, ImageRequest(prompt="A moka pot"))
        assert (caught.value.code, inside.seen) == ("AI_ANSWER_INVALID", [])
        assert "leads to a private network address" in caught.value.message
        answer(fake, {"data": [{"b64_json": AS_TEXT}]})
        assert generate(account.id, ImageRequest(prompt="A moka pot")) == PNG  # the endpoint itself is asked again


def test_a_call_is_recorded_with_its_tokens(account: Account, fake: FakeEndpoint) -> None:
    answer(fake, {"data": [{"b64_json": AS_TEXT}], "usage": USAGE})
    generate(account.id, ImageRequest(prompt="A moka pot"))
    call = db.session.query(AiCall).one()
    assert (call.operation, call.state, call.tokens_in, call.tokens_out) == ("image", "succeeded", 10, 1000)
    assert call.cost_micros == 40_050


def test_a_picture_that_does_not_serve_has_been_paid_for_all_the_same(account: Account, fake: FakeEndpoint) -> None:
    answer(fake, {"data": [{"b64_json": "%%%"}], "usage": USAGE})
    with pytest.raises(DomainError):
        generate(account.id, ImageRequest(prompt="A moka pot"))
    call = db.session.query(AiCall).one()
    assert (call.state, call.tokens_out, call.cost_micros) == ("failed", 1000, 40_050)


@pytest.mark.parametrize("name", ["size", "quality"])
def test_what_the_model_does_not_have_is_left_to_it(account: Account, fake: FakeEndpoint, name: str) -> None:
    fake.answers["/images/generations"] = lambda body: (
        error(400, f"Invalid {name}") if name in body else Said(200, {"data": [{"b64_json": AS_TEXT}]})
    )
    assert generate(account.id, ImageRequest(prompt="A moka pot", size="1792x1024", quality="high")) == PNG


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "no image in the answer"),
        ({"data": []}, "no image in the answer"),
        ({"data": [{"b64_json": "%%%"}]}, "is cut off"),
        ({"data": [{"b64_json": base64.b64encode(b"<svg onload=alert(1)>").decode()}]}, "no PNG, JPEG, GIF or WebP"),
    ],
)
def test_what_is_no_picture_is_refused(account: Account, fake: FakeEndpoint, data: Any, words: str) -> None:
    answer(fake, data)
    with pytest.raises(DomainError) as caught:
        generate(account.id, ImageRequest(prompt="A moka pot"))
    assert words in caught.value.message


def test_a_picture_has_its_bounds(account: Account, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 10)
    answer(fake, {"data": [{"b64_json": AS_TEXT}]})
    with pytest.raises(DomainError, match=r"."):
        generate(account.id, ImageRequest(prompt="A moka pot"))
    for prompt in (" ", "x" * 4001):
        with pytest.raises(DomainError) as caught:
            generate(account.id, ImageRequest(prompt=prompt))
        assert caught.value.code == "IMAGE_PROMPT"


def test_a_description_that_is_declined_says_so(account: Account, fake: FakeEndpoint) -> None:
    fake.answers["/images/generations"] = lambda body: error(400, "Rejected by our safety system", "content_policy")
    with pytest.raises(DomainError) as caught:
        generate(account.id, ImageRequest(prompt="A moka pot"))
    assert caught.value.code == "AI_REFUSED"


def test_a_model_that_is_named_comes_before_the_chosen_one(account: Account, fake: FakeEndpoint) -> None:
    answer(fake, {"data": [{"b64_json": AS_TEXT}]})
    generate(account.id, ImageRequest(prompt="A moka pot", model="flux"))
    assert fake.seen[0][1]["model"] == "flux"


def test_without_a_choice_there_is_nothing_to_ask(account: Account) -> None:
    with pytest.raises(DomainError) as caught:
        generate(account.id, ImageRequest(prompt="A moka pot"))
    assert "upload an image" in caught.value.cure


def capped(account: Account, micros: int = 10_000_000) -> None:
    db.session.add(AiSettings(account_id=account.id, cap_day_micros=micros))
    db.session.commit()


def booked() -> tuple[str, int | None, int]:
    """How the call ended, what it cost, and what the day has cost."""
    db.session.rollback()
    call = db.session.query(AiCall).one()
    spend = db.session.query(AiSpend).filter(AiSpend.period.startswith("day:")).one()
    assert spend.reserved_micros == 0
    return call.state, call.cost_micros, spend.spent_micros


WORST = 8_000 * 40 + 10 * 5 + 1  # of gpt-image-1 in full, for the ten letters of the description


@pytest.mark.parametrize("trouble", ["no usage", "no picture", "no JSON", "too slow", "cut off", "lost on the way"])
def test_under_a_cap_what_nobody_reports_is_booked_at_the_most_it_can_cost(
    account: Account, fake: FakeEndpoint, trouble: str
) -> None:
    capped(account)
    operation = replace(IMAGE, limits=replace(IMAGE.limits, answer_seconds=0.5))
    answers = {
        "no usage": Said(200, {"data": [{"b64_json": AS_TEXT}]}),
        "no picture": Said(200, {"data": []}),
        "no JSON": Said(200, b"<html>", "text/html"),
        "too slow": Said(200, {"data": [{"b64_json": AS_TEXT}]}, seconds=1.5),
        "cut off": Said(200, {"data": []}, headers={"Content-Length": "99"}),
        "lost on the way": Said(200, {"data": [{"url": f"{fake.url}/gone.png"}]}),
    }
    fake.answers["/images/generations"] = lambda body: answers[trouble]
    with suppress(DomainError):
        gateway.run(account.id, operation, ImageRequest(prompt="A moka pot"))
    state = "succeeded" if trouble == "no usage" else "failed"
    assert booked() == (state, WORST, WORST)


def test_under_a_cap_a_refusal_costs_nothing(account: Account, fake: FakeEndpoint) -> None:
    capped(account)
    fake.answers["/images/generations"] = lambda body: error(400, "Rejected by our safety system", "content_policy")
    with pytest.raises(DomainError):
        generate(account.id, ImageRequest(prompt="A moka pot"))
    assert booked() == ("failed", None, 0)


def test_a_price_for_an_image_holds_the_cap(account: Account, fake: FakeEndpoint) -> None:
    provider = db.session.query(AiProvider).one()
    provider.prices = {"flux": [None, None, 40_000]}
    capped(account, 100_000)
    answer(fake, {"data": [{"b64_json": AS_TEXT}]})
    flux = ImageRequest(prompt="A moka pot", model="flux")
    assert (generate(account.id, flux), generate(account.id, flux)) == (PNG, PNG)
    with pytest.raises(DomainError) as caught:
        generate(account.id, flux)
    assert caught.value.code == "AI_SPENDING_CAP"
    assert db.session.query(AiSpend).filter(AiSpend.period.startswith("day:")).one().spent_micros == 80_000


@pytest.mark.parametrize("while_it", ["waits", "draws"])
def test_an_image_is_cancelled_at_once(
    account: Account, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch, while_it: str
) -> None:
    monkeypatch.setattr(other_calls, "_WAITS", (15.0, 15.0))
    capped(account)
    asked = Event()

    def answer_late(body: dict[str, Any]) -> Said:
        asked.set()
        return error(503, "Overloaded") if while_it == "waits" else Said(200, {"data": []}, seconds=3)

    fake.answers["/images/generations"] = answer_late
    began = time.monotonic()
    with pytest.raises(CallCancelled):
        gateway.run(account.id, IMAGE, ImageRequest(prompt="A moka pot"), call=CallContext(cancelled=asked.is_set))
    assert time.monotonic() - began < 10
    assert booked() == ("cancelled", *((None, 0) if while_it == "waits" else (WORST, WORST)))
