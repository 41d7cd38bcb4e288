"""Sentry and OpenTelemetry get what they are told, and nothing else."""

import gzip
import http.server
import json
import threading
from collections.abc import Iterator

import brotli
import pytest
import structlog
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.config import ConfigError, from_environment, secrets_of
from app.core import error_reports, logs, tracing, web_tracing
from tests.factories.live import wait_for

log = logs.get_logger(__name__)
SECRET = "sk-live-0123456789abcdef"


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.got: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Taking(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers.get("Content-Encoding", ""), bytes)
        body = unpack(body)
        self.server.got.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def small(app: Flask, receiver: Receiver) -> Iterator[Flask]:
    """An application that tells both, beside ours, whose log it has; nobody is told afterwards."""
    structlog.contextvars.clear_contextvars()  # of the last request that another test made
    telling = Flask(__name__)
    dsn = receiver.url.replace("http://", "http://key@") + "/7"
    telling.config.update(SENTRY_DSN=dsn, OTEL_ENDPOINT=receiver.url, OTEL_RATIO=1.0)
    error_reports.init_app(telling)
    tracing.init_app(telling)
    web_tracing.init_app(telling)
    telling.get("/content/<int:content_id>/")(lambda content_id: str(content_id))
    yield telling
    telling.config.update(SENTRY_DSN="", OTEL_ENDPOINT="")
    error_reports.init_app(telling)
    tracing.init_app(telling)


def test_a_crash_is_told_without_addresses_and_secrets(small: Flask, receiver: Receiver) -> None:
    try:
        password = "hunter2-in-a-variable"
        raise ValueError(f"ada@example.com may not use {SECRET}, said 203.0.113.9 {len(password)}")
    except ValueError:
        log.exception("run_crashed", run_id="r-1")
    wait_for(lambda: receiver.got)
    [(path, body)] = receiver.got
    assert path == "/api/7/envelope/"
    event = json.loads(body.splitlines()[2])
    assert event["tags"] == {"event": "run_crashed", "run_id": "r-1"}
    assert event["exception"]["values"][0]["type"] == "ValueError"
    for hidden in (b"ada@", SECRET.encode(), b"203.0.113.9", b"hunter2-in-a-variable'"):
        assert hidden not in body.replace(b'password = \\"hunter2-in-a-variable\\"', b"")
    assert "server_name" not in event
    assert "modules" not in event
    log.warning("nothing_of_this")
    assert len(receiver.got) == 1


def test_requests_and_runs_are_traced_by_our_names(small: Flask, receiver: Receiver) -> None:
    client = small.test_client()
    forged = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    client.get("/content/7/?q=ada@example.com", headers=forged)
    client.get("/nowhere/secret/")
    with tracing.traced_run("publish", "r-1"):
        pass
    wait_for(lambda: sum(len(spans_of(body)) for _path, body in receiver.got) == 3)
    assert {path for path, _body in receiver.got} == {"/v1/traces"}
    spans = [span for _path, body in receiver.got for span in spans_of(body)]
    assert [span.name for span in spans] == ["GET /content/<int:content_id>/", "GET none", "run publish"]
    facts = {pair.key: pair.value for pair in spans[0].attributes}
    assert facts["http.response.status_code"].int_value == 200
    assert all(span.trace_id.hex() != "0af7651916cd43dd8448eb211c80319c" for span in spans)
    assert all(b"ada@" not in body and b"secret" not in body for _path, body in receiver.got)


def spans_of(body: bytes) -> list[object]:
    exported = ExportTraceServiceRequest.FromString(body)
    return [span for of in exported.resource_spans for scope in of.scope_spans for span in scope.spans]


def test_who_is_told_may_be_away(small: Flask, receiver: Receiver) -> None:
    receiver.shutdown()
    receiver.server_close()
    try:
        raise ValueError("boom")
    except ValueError:
        log.exception("run_crashed", run_id="r-1")
    assert small.test_client().get("/content/7/").status_code == 200


@pytest.mark.parametrize(
    "settings",
    [
        {"SENTRY_DSN": "https://sentry.example.com/1"},
        {"SENTRY_DSN": "key"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:4318"},
        {"OTEL_TRACES_SAMPLER_ARG": "2"},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        from_environment({"IGNY8_EMBEDDED": "1", "SECRET_KEY": "x" * 40, **settings})


def test_the_address_of_sentry_is_a_secret() -> None:
    dsn = "https://key@sentry.example.com/1"
    assert dsn in secrets_of({**dict.fromkeys(("ENCRYPTION_KEYS",), ""), "SENTRY_DSN": dsn})
