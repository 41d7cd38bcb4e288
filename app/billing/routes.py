"""Plan, credits, invoices and usage in the browser."""

import uuid
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.billing import actions, limits, statements, subscriptions, usage
from app.billing.costs import costs
from app.billing.entitlements import entitlements_of, stripe_is_on
from app.billing.plans import CUSTOM, LOCAL, PACKS, PLANS, SOLD
from app.billing.sync import sync_account
from app.core import security
from app.core.access import current_account_id, current_actor, current_user_id, requires
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.hosts import public_base
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import gettext, local_date
from app.core.logs import get_logger
from app.core.permissions import Permission
from app.core.wording import sentences
from app.identity.people import zone_of

bp = Blueprint("billing", __name__, url_prefix="/account/billing")
STRIPE_PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com")
log = get_logger(__name__)


def billing_url() -> str:
    """Where Stripe's pages lead back to."""
    return f"{public_base()}{url_for('billing.index')}"


def _let_forms_lead_to_stripe() -> None:
    """Allow forms to lead to Stripe: browsers check where a form ends up, redirects included."""
    stand_in = urlsplit(current_app.config["STRIPE_API_BASE"])
    security.allow_forms_to(*STRIPE_PAGES, *([f"{stand_in.scheme}://{stand_in.netloc}"] if stand_in.netloc else []))


def _idempotency_key() -> str:
    """The form's own number: the same for a form that is sent twice."""
    key = request.form.get("once", "")
    return key if key.isascii() and key.isalnum() and 8 <= len(key) <= 40 else uuid.uuid4().hex


@bp.get("/")
@requires(Permission.BILLING_READ)
def index() -> str:
    """Plan, balance, usage, invoices, packs. Coming back from a payment, what was paid is looked up at once."""
    account_id = current_account_id()
    if request.args.get("paid"):
        _sync_unless_fresh(account_id)
    return _page()


def _sync_unless_fresh(account_id: int) -> None:
    """Ask Stripe, unless that was done a moment ago; a Stripe that does not answer is no fault of this page."""
    if not stripe_is_on() or statements.is_synced_just_now(account_id):
        return
    try:
        sync_account(account_id)
    except DomainError as error:
        db.session.rollback()
        log.warning("payment_not_looked_up", code=error.code)
        toast(gettext("The payment is not confirmed yet. Reload this page in a minute."), "info")


def _page() -> str:
    account_id, filters = current_account_id(), usage.UsageFilter.read({}, zone_of(current_user_id()))
    entitlements = entitlements_of(account_id)
    _let_forms_lead_to_stripe()
    return render_template(
        "billing/index.html",
        entitlements=entitlements,
        stripe_on=stripe_is_on(),
        plans=SOLD,
        local=PLANS[LOCAL],
        custom=PLANS[CUSTOM],
        packs=PACKS.values(),
        daily=usage.usage_by_day(account_id, filters),
        costs=costs(),
        invoices=statements.newest_invoices(account_id),
        once=uuid.uuid4().hex,
        contact=current_app.config["BILLING_CONTACT"],
        entries=statements.newest_entries(account_id),
        seats=limits.seats_used(account_id),
        sites=limits.sites_used(account_id),
    )


@bp.get("/change/")
@requires(Permission.BILLING_MANAGE)
def confirm_change() -> str:
    """What changing to `?plan=` means: the money, the credits, the limits; nothing is changed yet."""
    account_id, key = current_account_id(), request.args.get("plan", "")
    change = subscriptions.preview_change(account_id, key)
    return render_template(
        "billing/change.html",
        change=change,
        entitlements=entitlements_of(account_id),
        plan_usage=subscriptions.usage_under(account_id, change.plan),
        once=uuid.uuid4().hex,
    )


@bp.post("/plan/")
@requires(Permission.BILLING_MANAGE)
@limiter.limit("20 per minute")
def choose_plan() -> BaseResponse:
    """Take a plan: redirect to the payment, or take it at once where a subscription runs or payments are off."""
    account_id, key = current_account_id(), request.form.get("plan", "")
    choice = actions.choose_plan(
        account_id, current_actor(), key, _payer(), home=billing_url(), once=_idempotency_key()
    )
    db.session.commit()
    if choice.page:
        return redirect_to(choice.page)
    words = gettext("This account is on %(plan)s now.", plan=choice.plan)
    toast(sentences(words, "" if stripe_is_on() else gettext("No payment was taken.")))
    return redirect_to(url_for("billing.index"))


def _payer() -> actions.Payer:
    return actions.Payer(str(g.account.name), str(current_user.email))


@bp.post("/pack/")
@requires(Permission.BILLING_MANAGE)
@limiter.limit("20 per minute")
def buy_pack() -> BaseResponse:
    """Redirect to the payment of a credit pack."""
    key = request.form.get("pack", "")
    page = actions.buy_pack(
        current_account_id(), current_actor(), key, _payer(), home=billing_url(), once=_idempotency_key()
    )
    db.session.commit()
    return redirect_to(page)


@bp.post("/portal/")
@requires(Permission.BILLING_MANAGE)
@limiter.limit("20 per minute")
def open_portal() -> BaseResponse:
    """Redirect to the customer's pages at Stripe."""
    page = actions.open_portal(
        current_account_id(), current_actor(), home=billing_url() + "?paid=1", once=_idempotency_key()
    )
    db.session.commit()
    return redirect_to(page)


@bp.post("/cancel/")
@requires(Permission.BILLING_MANAGE)
@limiter.limit("20 per minute")
def end_subscription() -> BaseResponse:
    """Let the subscription end with its month, or with `go_on=1` let it go on."""
    stop = request.form.get("go_on") != "1"
    entitlements = actions.end_subscription(current_account_id(), current_actor(), stop=stop, once=_idempotency_key())
    db.session.commit()
    ends = entitlements.cancel_at or entitlements.period_end
    if stop and ends:
        toast(
            gettext("The subscription ends on %(ends)s. Until then everything works as before.", ends=local_date(ends))
        )
    else:
        toast(gettext("The subscription goes on."))
    return redirect_to(url_for("billing.index"))


@bp.get("/usage/")
@requires(Permission.BILLING_READ)
def usage_log() -> str:
    """What was done for how many credits, with filters; the region alone for HTMX."""
    account_id, filters = current_account_id(), usage.UsageFilter.read(request.args, zone_of(current_user_id()))
    return page_or_partial(
        "billing/usage.html",
        "billing/_usage.html",
        page=usage.list_usage(account_id, filters),
        list_spec=usage.USAGE_LIST,
        filters=filters,
        daily=usage.usage_by_day(account_id, filters),
        totals=usage.usage_totals(account_id, filters),
        costs=costs(),
        people=usage.people(account_id),
        sites=usage.sites(account_id)[:500],
        entitlements=entitlements_of(account_id),
    )


@bp.get("/usage.csv")
@requires(Permission.BILLING_READ)
def usage_csv() -> Response:
    """The log under the same filters, as CSV."""
    filters = usage.UsageFilter.read(request.args, zone_of(current_user_id()))
    lines = usage.as_csv(current_account_id(), filters)
    name = f"usage-{filters.since.isoformat()}-to-{filters.until.isoformat()}.csv"
    return Response(
        "".join(lines), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
