"""The webhook: Stripe posts its events here."""

from flask import Blueprint, Response, current_app, jsonify, request

from app.billing.stripe_client import read_event
from app.billing.sync import apply_event
from app.core import tallies
from app.core.access import public
from app.core.errors import DomainError, NotFound
from app.core.extensions import csrf, limiter

MAX_BODY = 512 * 1024
bp = Blueprint("stripe", __name__, url_prefix="/billing/stripe")
public("stripe.webhook", impersonal=True)
csrf.exempt(bp)


@bp.post("/webhook/")
@limiter.exempt
def webhook() -> Response:
    """200 once the event has had its effect, or has none; 400 for what Stripe did not sign, 413 for what is too large.

    503 when Stripe cannot be asked what holds now: nothing is kept, and the event comes again.
    """
    secret = current_app.config["STRIPE_WEBHOOK_SECRET"]
    if not secret or not current_app.config["STRIPE_SECRET_KEY"]:
        raise NotFound()
    request.max_content_length = MAX_BODY
    event = read_event(request.get_data(), request.headers.get("Stripe-Signature"), secret)
    try:
        applied = apply_event(event)
    except DomainError:
        tallies.tally("stripe_failures")
        raise
    return jsonify(ok=True, applied=applied)
