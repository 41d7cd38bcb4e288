"""What every answer of the API gets on its way out: how the rate stands, its number, and a line in the log of calls."""

import time
from typing import Any

from flask import Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from app.api import calls
from app.api.blueprint import api
from app.api.idempotency import SentAnswer
from app.core.extensions import db
from app.core.logs import get_logger

KEPT_REFUSALS = (404, 409, 422)
log = get_logger(__name__)


@api.before_request
def _begin() -> None:
    g.api_began = time.monotonic()


@api.after_request
def _finish(response: Response) -> Response:
    if "api_spent" in g:
        response.headers.extend(g.api_spent.headers)
    response.headers["Cache-Control"] = "no-store"
    if "token" in g:
        _note(response)
    return response


def _note(response: Response) -> None:
    """Keep a refusal for its Idempotency-Key, and a line of the log. The answer goes out whatever becomes of them."""
    try:
        once = g.get("api_once")
        if once is not None and response.status_code in KEPT_REFUSALS:
            once.keep(SentAnswer(response.status_code, response.get_data()))
        calls.note_call(g.account_id, g.token.id, **_facts(response))
        db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        log.warning("api_call_not_noted", error=type(error).__name__)


def _facts(response: Response) -> dict[str, Any]:
    error = response.get_json(silent=True) if response.status_code >= 400 else None
    return {
        "method": request.method,
        "endpoint": (request.endpoint or "").rpartition(".")[2],
        "status": response.status_code,
        "error_code": str((error or {}).get("error", {}).get("code", "")),
        "milliseconds": round((time.monotonic() - g.api_began) * 1000) if "api_began" in g else 0,
        "request_id": str(g.get("request_id", "")),
        "address": (request.remote_addr or "")[:45],
    }
