"""Who runs this installation: callers with METRICS_TOKEN, callers on this machine, and people of OPERATOR_EMAILS."""

import hmac

from flask import current_app, request

from app.core import hosts
from app.identity.models import User


def is_operators_machine() -> bool:
    """Whether a program of the operator calls: by METRICS_TOKEN or, if none is set, by being on this machine."""
    token = current_app.config["METRICS_TOKEN"]
    if token:
        sent_token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent_token.encode(), token.encode())
    return hosts.is_this_machine()


def is_operator(person: User) -> bool:
    """Whether this person runs the installation: their address is listed, and a link sent there was followed."""
    return person.email_confirmed_at is not None and person.email.lower() in current_app.config["OPERATOR_EMAILS"]
