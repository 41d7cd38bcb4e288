"""A stand-in for one compatible endpoint, made of its answers by path: what it is asked and misses is a 404."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.local_server import LocalServer

KEY = "sk-of-an-account-1234"


@dataclass(frozen=True)
class Said:
    """An answer: JSON, or text with its type."""

    status: int = 200
    body: Any = None
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


Answerer = Callable[[dict[str, Any]], Said]


def chat(text: str, **more: Any) -> Said:
    """A whole answer of a model."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}} | more
    return Said(200, {"choices": [choice], "usage": {"prompt_tokens": 5, "completion_tokens": 2}})


def streamed(*texts: str) -> Said:
    """An answer in events."""
    events = [json.dumps({"choices": [{"delta": {"content": text}}]}) for text in texts]
    return Said(200, "".join(f"data: {event}\n\n" for event in (*events, "[DONE]")), "text/event-stream")


def error(status: int, message: str, code: str = "") -> Said:
    """A refusal."""
    return Said(status, {"error": {"message": message, "type": code, "code": code}})


def models(*names: str) -> Said:
    """The list of models."""
    return Said(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


def good_chat(body: dict[str, Any]) -> Said:
    """A model that can do all that is asked."""
    if body.get("stream"):
        return streamed("Bl", "ue")
    return chat('{"word": "blue"}') if "response_format" in body else chat("Blue")


def good_embeddings(body: dict[str, Any]) -> Said:
    """Vectors of three numbers."""
    rows = [{"index": at, "embedding": [len(text), 1.0, 0.5]} for at, text in enumerate(body["input"])]
    return Said(200, {"data": rows, "usage": {"prompt_tokens": len(rows)}})


def good_images(body: dict[str, Any]) -> Said:
    """No picture without a description."""
    return error(400, "Missing required parameter: 'prompt'.", "missing_required_parameter")


@dataclass
class FakeEndpoint(LocalServer):
    """Start with `with FakeEndpoint() as endpoint`; `endpoint.url` ends in /v1. `answers` are by path below it."""

    answers: dict[str, Answerer] = field(
        default_factory=lambda: {
            "/models": lambda body: models("small", "text-embedding-x", "image-x"),
            "/chat/completions": good_chat,
            "/embeddings": good_embeddings,
            "/images/generations": good_images,
        }
    )
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    base: str = "/v1"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}"

    def answer(self, path: str, key: str, body: dict[str, Any]) -> Said:
        self.seen.append((path, body))
        answerer = self.answers.get(path.removeprefix(self.base)) if path.startswith(self.base) else None
        if answerer is None:
            return error(404, "Not found")
        if key != KEY:
            return error(401, f"Incorrect API key provided: {key}", "invalid_api_key")
        return answerer(body)


class _Handler(BaseHTTPRequestHandler):
    fake: FakeEndpoint
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        said = self.fake.answer(self.path, key, body)
        if said.seconds:
            time.sleep(said.seconds)
        content = (
            said.body
            if isinstance(said.body, bytes)
            else (json.dumps(said.body) if said.kind == "application/json" else str(said.body)).encode()
        )
        with suppress(BrokenPipeError, ConnectionResetError):  # who asked has had enough
            self._write(said, content)

    def _write(self, said: Said, content: bytes) -> None:
        self.send_response(said.status)
        for name, value in {"Content-Type": said.kind, "Content-Length": str(len(content)), **said.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


FakeEndpoint.handler = _Handler
