"""Asking a stand-in for a model without an account: no database, no Redis."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from pydantic import BaseModel

from app.ai.attempts import FallbackCall
from app.ai.call_context import CallContext
from app.ai.endpoints import Endpoint
from app.ai.operations import Operation
from app.ai.tasks.cluster_names import NamesRequest, UnnamedCluster
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.ai.values import KeywordInput
from app.core.errors import DomainError
from tests.fakes.openai_server import KEY, MODEL, FakeOpenAI


class OpenGate:
    """Lets everybody through."""

    def passed(self, endpoint: Endpoint, until: float) -> AbstractContextManager[None]:
        return nullcontext()


def endpoint_at(url: str, *, key: str = KEY, model: str = MODEL) -> Endpoint:
    return Endpoint("Stand-in", model, url, key)


def asking(
    operation: Operation[Any, Any, Any],
    request: BaseModel,
    *,
    timeout: float = 5,
    tries: int = 3,
    gate: Any = None,
    is_capped: bool = False,
    config: dict[str, Any] | None = None,
    **call: Any,
) -> FallbackCall[Any, Any, Any]:
    """A question by the shipped template; `call` are the fields of the CallContext."""
    instructions, question = operation.template.rendered(operation.values(request))
    context = CallContext(**call)
    gate, config = gate or OpenGate(), config or {}
    options: dict[str, Any] = {"timeout": timeout, "tries": tries, "is_capped": is_capped}
    return FallbackCall(operation, request, instructions, question, context, gate, config, **options)


def ask(server: FakeOpenAI, operation: Operation[Any, Any, Any], request: BaseModel, **options: Any) -> Any:
    """The result of the operation at the stand-in."""
    key = options.pop("key", KEY)
    return asking(operation, request, **options).answer([endpoint_at(server.url, key=key)])[0]


def error_at(endpoint: Endpoint, *, tries: int = 1, timeout: float = 5, **config: Any) -> DomainError:
    """What a person is told when this endpoint is asked for ideas."""
    with pytest.raises(DomainError) as told:
        asking(IDEAS, IdeasRequest(cluster_name="c"), timeout=timeout, tries=tries, config=config).answer([endpoint])
    return told.value


def names_request(*clusters: Sequence[str], taken: Sequence[str] = ()) -> NamesRequest:
    """Clusters of these keywords, each with its first keyword as its own name."""
    unnamed = [
        UnnamedCluster(keywords=[KeywordInput(text=text) for text in texts], name=texts[0].capitalize())
        for texts in clusters
    ]
    return NamesRequest(clusters=unnamed, taken=list(taken))


def recorded_waits(monkeypatch: Any) -> list[float]:
    """How long, in seconds, each try from now on would have waited; none waits."""
    waits: list[float] = []

    def pause(self: FallbackCall[Any, Any, Any], due: float) -> None:
        if due:
            waits.append(round(due - time.monotonic(), 1))

    monkeypatch.setattr(FallbackCall, "_pause", pause)
    return waits
