"""Spans of requests and runs for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT says so: names of ours and times.

A request is named by its route and a run by its kind; no address, text or account is told. Traces that callers bring
along are not gone on with. `requirements-observe.txt` has the client.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, g, request

from app.config import ConfigError

SECONDS = 5  # for sending
_state: dict[str, Any] = {}


def init_app(app: Flask) -> None:
    """Begin to tell, if an address is set. Raises ConfigError when the client is not installed."""
    if "provider" in _state:
        _state["provider"].shutdown()
    _state.clear()
    if not app.config["OTEL_ENDPOINT"]:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
    except ImportError:
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set: install its client with pip install -r requirements-observe.txt."
        ) from None
    exporter = OTLPSpanExporter(endpoint=f"{app.config['OTEL_ENDPOINT']}/v1/traces", timeout=SECONDS)
    resource = Resource.create({"service.name": "igny8"})
    provider = TracerProvider(sampler=TraceIdRatioBased(app.config["OTEL_RATIO"]), resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _state.update(provider=provider, tracer=provider.get_tracer("igny8"))
    app.before_request(_begin_span)
    app.after_request(_note_answer)
    app.teardown_request(_end_span)


def _begin_span() -> None:
    route = request.url_rule.rule if request.url_rule else "none"
    facts = {"http.request.method": request.method, "http.route": route}
    g.span = _state["tracer"].start_span(f"{request.method} {route}", attributes=facts)


def _note_answer(response: Response) -> Response:
    if "span" in g:
        g.span.set_attribute("http.response.status_code", response.status_code)
        g.span.set_attribute("request_id", str(g.get("request_id", "")))
    return response


def _end_span(_error: BaseException | None) -> None:
    span = g.pop("span", None)
    if span is not None:
        span.end()


@contextmanager
def traced_run(kind: str, run_id: str) -> Iterator[None]:
    """A span around the work of a run, sent at its end: its process may end without a word."""
    if not _state:
        yield
        return
    span = _state["tracer"].start_span(f"run {kind}", attributes={"run.kind": kind, "run.id": run_id})
    try:
        yield
    finally:
        span.end()
        _state["provider"].force_flush(SECONDS * 1000)
