"""A span for each request, where OpenTelemetry is told of them (`app.core.tracing`)."""

from flask import Flask, Response, g, request

from app.core.tracing import tracer


def init_app(app: Flask) -> None:
    """Begin a span with each request of the application, and end it with it."""
    if tracer() is not None:
        app.before_request(_begin_span)
        app.after_request(_note_answer)
        app.teardown_request(_end_span)


def _begin_span() -> None:
    route = request.url_rule.rule if request.url_rule else "none"
    facts = {"http.request.method": request.method, "http.route": route}
    current = tracer()
    if current is None:
        return
    g.span = current.start_span(f"{request.method} {route}", attributes=facts)


def _note_answer(response: Response) -> Response:
    if "span" in g:
        g.span.set_attribute("http.response.status_code", response.status_code)
        g.span.set_attribute("request_id", str(g.get("request_id", "")))
    return response


def _end_span(_error: BaseException | None) -> None:
    span = g.pop("span", None)
    if span is not None:
        span.end()
