"""Each request is timed by its route, and its answer counted."""

import time

from flask import Flask, Response, g, request

from app.core.process_metrics import REQUESTS, SECONDS, watch_pool

NO_ROUTE = "none"


def init_app(app: Flask) -> None:
    """Count every request of the application."""
    app.before_request(_begin_request)
    app.after_request(_count)
    watch_pool(app)


def _begin_request() -> None:
    g.began_at = time.perf_counter()


def _count(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else NO_ROUTE
    method = request.method if request.url_rule else NO_ROUTE
    if (began_at := g.get("began_at")) is not None:
        SECONDS.labels(method, route).observe(time.perf_counter() - began_at)
    REQUESTS.labels(method, route, f"{response.status_code // 100}xx").inc()
    return response
