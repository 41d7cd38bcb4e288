"""Spans of requests and runs for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT says so: names of ours and times.

A request is named by its route and a run by its kind; no address, text or account is told. Traces that callers bring
along are not gone on with. `requirements-observe.txt` has the client.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

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


def tracer() -> Any | None:
    """What spans are begun with; None where nobody is told."""
    return _state.get("tracer")


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
