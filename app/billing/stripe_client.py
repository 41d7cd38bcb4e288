"""The one file that speaks the `stripe` SDK. Never called with a transaction open.

Every POST carries an idempotency key: a request that is sent again has its effect once.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe
from stripe import StripeClient

from app.billing.facts import InvoiceFacts, PackFacts, ReturnFacts, StripeSnapshot, SubscriptionFacts
from app.billing.plans import CUSTOM, PACKS, PLANS, Pack, Plan
from app.billing.stripe_transport import GuardedClient
from app.core import own_hosts
from app.core.errors import DomainError, Unavailable
from app.core.languages import gettext

logging.getLogger("stripe").setLevel(logging.WARNING)  # each request would be logged, with the customer's id
TIMEOUT_SECONDS = 20.0
TOLERANCE_SECONDS = 300
INVOICES, SESSIONS, CHARGES = 24, 50, 100
CURRENCY = "usd"


class BadSignature(DomainError):
    """What arrived is not a fresh event signed by Stripe."""

    status = 400


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event whose signature held. Disputes name a charge, and no customer."""

    id: str
    type: str
    customer_id: str | None
    charge_id: str | None = None


@dataclass(frozen=True, slots=True)
class PlanChangePreview:
    """What a change of plan costs now, in cents; negative is a credit for the next invoice."""

    cents: int


def read_event(payload: bytes, signature: str | None, secret: str) -> EventFacts:
    """The event in a webhook's body; raises BadSignature when it is not signed by Stripe within five minutes."""
    try:
        event = stripe.Webhook.construct_event(payload, signature or "", secret, TOLERANCE_SECONDS, api_key="none")
        thing = event.data.object
        kind = _get(thing, "object")
        customer = _id(_get(thing, "id") if kind == "customer" else _get(thing, "customer"))
        return EventFacts(str(event.id), str(event.type), customer, _id(_get(thing, "charge")))
    except (stripe.SignatureVerificationError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise BadSignature("This is not an event signed by Stripe.", code="STRIPE_SIGNATURE") from error


def gateway(config: Mapping[str, Any]) -> "Gateway":
    """Stripe as configured; raises DomainError when payments are not set up."""
    key = config.get("STRIPE_SECRET_KEY")
    if not key:
        raise DomainError(
            gettext("Payments are not set up on this installation."),
            code="STRIPE_OFF",
            cure=gettext("Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, then start the app again."),
        )
    base = str(config.get("STRIPE_API_BASE") or "")
    return Gateway(str(key), base, own_hosts.private_hosts_for_url(base, config.get("ALLOWED_PRIVATE_HOSTS") or ()))


class Gateway:
    """One Stripe account. Methods raise Unavailable when trying later may work, else DomainError."""

    def __init__(self, key: str, base: str, allowed_private_hosts: Iterable[str] = ()) -> None:
        self._key = key
        self._base = base
        self._allowed = tuple(allowed_private_hosts)

    @contextmanager
    def _client(self) -> Iterator[StripeClient]:
        with closing(GuardedClient(self._allowed, TIMEOUT_SECONDS)) as http, _errors_in_words():
            address: Any = {"base_addresses": {"api": self._base}} if self._base else {}
            yield StripeClient(self._key, http_client=http, max_network_retries=2, **address)

    def create_customer(self, account_id: int, name: str, email: str) -> str:
        """The customer of an account, made once. Returns its id."""
        params: Any = {"name": name, "email": email, "metadata": {"account_id": str(account_id)}}
        with self._client() as client:
            return client.v1.customers.create(params, _idempotency(f"customer-{account_id}-{email}")).id

    def _price(self, client: StripeClient, plan: Plan) -> str:
        """The plan's monthly price, created when Stripe has no price of this amount."""
        prices = client.v1.prices.list({"lookup_keys": [plan.lookup_key], "active": True, "limit": 1}).data
        if prices and prices[0].unit_amount == plan.cents:
            return prices[0].id
        params: Any = {
            "currency": CURRENCY,
            "unit_amount": plan.cents,
            "recurring": {"interval": "month"},
            "lookup_key": plan.lookup_key,
            "transfer_lookup_key": True,
            "metadata": {"plan": plan.key},
            "product_data": {"name": f"IGNY8 {plan.name}"},
        }
        return client.v1.prices.create(params, _idempotency(f"price-{plan.key}-{plan.cents}")).id

    def checkout_plan(self, customer_id: str, account_id: int, plan: Plan, back: str, once: str) -> str:
        """The address where the customer pays for a plan; other open checkouts of theirs end."""
        with self._client() as client:
            price = self._price(client, plan)
            open_sessions = client.v1.checkout.sessions.list(
                {"customer": customer_id, "status": "open", "limit": 20}
            ).data
            for session in open_sessions:
                if session.mode == "subscription" and _get(session.metadata, "once") != once:
                    client.v1.checkout.sessions.expire(session.id, None, _idempotency(f"expire-{session.id}"))
            params: Any = {
                "mode": "subscription",
                "customer": customer_id,
                "client_reference_id": str(account_id),
                "line_items": [{"price": price, "quantity": 1}],
                "metadata": {"once": once, "plan": plan.key},
                "subscription_data": {"metadata": {"account_id": str(account_id)}},
                "success_url": f"{back}?paid=1",
                "cancel_url": back,
            }
            return client.v1.checkout.sessions.create(params, _idempotency(f"checkout-{once}")).url or back

    def checkout_pack(self, customer_id: str, account_id: int, pack: Pack, back: str, once: str) -> str:
        """The address where the customer pays for a pack."""
        item = {
            "quantity": 1,
            "price_data": {
                "currency": CURRENCY,
                "unit_amount": pack.cents,
                "product_data": {"name": f"IGNY8 {pack.name}"},
            },
        }
        params: Any = {
            "mode": "payment",
            "customer": customer_id,
            "client_reference_id": str(account_id),
            "line_items": [item],
            "metadata": {"pack": pack.key, "credits": str(pack.credits), "once": once},
            "invoice_creation": {"enabled": True},
            "success_url": f"{back}?paid=1",
            "cancel_url": back,
        }
        with self._client() as client:
            return client.v1.checkout.sessions.create(params, _idempotency(f"pack-{once}")).url or back

    def portal(self, customer_id: str, back: str, once: str) -> str:
        """The address of the customer's own pages at Stripe: cards, addresses, invoices."""
        params: Any = {"customer": customer_id, "return_url": back}
        with self._client() as client:
            return client.v1.billing_portal.sessions.create(params, _idempotency(f"portal-{once}")).url

    def preview(self, customer_id: str, subscription_id: str, plan: Plan, proration: str) -> PlanChangePreview:
        """What changing to `plan` now would cost."""
        with self._client() as client:
            items = [{"id": self._item(client, subscription_id), "price": self._price(client, plan)}]
            params: Any = {
                "customer": customer_id,
                "subscription": subscription_id,
                "subscription_details": {"items": items, "proration_behavior": proration},
            }
            lines = client.v1.invoices.create_preview(params).lines.data
            return PlanChangePreview(sum(line.amount for line in lines if _is_proration(line)))

    def change_plan(self, subscription_id: str, plan: Plan, proration: str, once: str) -> None:
        """Change the plan now. With `always_invoice` the difference is paid at once or nothing changes."""
        with self._client() as client:
            params: Any = {
                "items": [{"id": self._item(client, subscription_id), "price": self._price(client, plan)}],
                "proration_behavior": proration,
                "cancel_at_period_end": False,
                "metadata": {"credits": "keep" if proration == "none" else "prorate"},
            }
            if proration == "always_invoice":
                params["payment_behavior"] = "error_if_incomplete"
            client.v1.subscriptions.update(subscription_id, params, _idempotency(f"change-{once}"))

    @staticmethod
    def _item(client: StripeClient, subscription_id: str) -> str:
        items = client.v1.subscriptions.retrieve(subscription_id)["items"]  # the attribute is dict.items
        return str(items.data[0].id)

    def cancel_at_end(self, subscription_id: str, cancel: bool, once: str) -> None:
        """Let the subscription end with its period, or go on."""
        params: Any = {"cancel_at_period_end": cancel}
        with self._client() as client:
            client.v1.subscriptions.update(subscription_id, params, _idempotency(f"cancel-{once}"))

    def snapshot(self, customer_id: str) -> StripeSnapshot:
        """The customer's present state."""
        with self._client() as client:
            subscriptions = client.v1.subscriptions.list({"customer": customer_id, "status": "all", "limit": 20}).data
            invoices = client.v1.invoices.list({"customer": customer_id, "limit": INVOICES}).data
            sessions = client.v1.checkout.sessions.list(
                {
                    "customer": customer_id,
                    "status": "complete",
                    "limit": SESSIONS,
                    "expand": ["data.payment_intent.latest_charge"],
                }
            ).data
            charges = client.v1.charges.list({"customer": customer_id, "limit": CHARGES}).data
            touched = [item for item in charges if item.disputed or item.amount_refunded]
            returned = {item.id: _returned(item, _newest_dispute(client, item)) for item in touched}
        packs = [pack for item in sessions if (pack := _pack(item, returned)) is not None]
        return StripeSnapshot(
            customer_id,
            [_subscription(item) for item in subscriptions],
            [_invoice(i) for i in invoices],
            packs,
            list(returned.values()),
        )

    def customer_of_charge(self, charge_id: str) -> str | None:
        """Whose payment it was; None when it was nobody's or is not there."""
        try:
            with self._client() as client:
                return _id(client.v1.charges.retrieve(charge_id).customer)
        except DomainError as error:
            if error.code == "STRIPE_REFUSED":
                return None
            raise


def _idempotency(key: str) -> Any:
    return {"idempotency_key": f"igny8-{key}"}


@contextmanager
def _errors_in_words() -> Iterator[None]:
    """Give the SDK's errors a sentence and a cure."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unavailable(
            gettext("Stripe does not answer now."),
            code="STRIPE_UNREACHABLE",
            cure=gettext("Nothing was changed. Try again in a minute."),
        ) from error
    except stripe.CardError as error:
        raise DomainError(
            gettext(
                "The payment was declined: %(user_message)s",
                user_message=error.user_message or gettext("the bank gave no reason."),
            ),
            code="CARD_DECLINED",
            cure=gettext("Nothing was changed. Put in another card under Payment details, then try again."),
            status=402,
        ) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise DomainError(
            gettext("Stripe does not accept this installation's key."),
            code="STRIPE_KEY",
            cure=gettext("Check STRIPE_SECRET_KEY."),
            status=503,
        ) from error
    except stripe.StripeError as error:
        if (error.http_status or 0) >= 500:
            raise Unavailable(
                gettext("Stripe has a fault."), code="STRIPE_FAULT", cure=gettext("Try again in a minute.")
            ) from error
        raise DomainError(
            gettext("Stripe refused the request."),
            code="STRIPE_REFUSED",
            cure=gettext("Reload the page and try again."),
            details={"answer": str(error.user_message or error)[:300]},
            status=502,
        ) from error


def _get(thing: Any, name: str) -> Any:
    return None if thing is None else thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _id(thing: Any) -> str | None:
    """The id of what may have come expanded."""
    return thing if isinstance(thing, str) else _get(thing, "id")


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _number(metadata: Any, name: str) -> int:
    value = str(_get(metadata, name) or "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 0


def _subscription(subscription: Any) -> SubscriptionFacts:
    item = subscription["items"].data[0]
    price = item.price
    plan = _get(price.metadata, "plan") or str(price.lookup_key or "").removeprefix("igny8_").removesuffix("_monthly")
    custom = tuple(_number(price.metadata, name) for name in ("credits", "seats", "sites")) if plan == CUSTOM else None
    start, end = item.current_period_start, item.current_period_end
    ends = subscription.cancel_at or (end if subscription.cancel_at_period_end else None)
    return SubscriptionFacts(
        id=subscription.id,
        status=subscription.status,
        plan=plan if plan in PLANS else None,
        created=datetime.fromtimestamp(subscription.created, UTC),
        period_start=datetime.fromtimestamp(start, UTC),
        period_end=datetime.fromtimestamp(end, UTC),
        cancel_at=_instant(ends),
        ended_because=_get(subscription.cancellation_details, "reason"),
        custom=custom,  # type: ignore[arg-type]
        keeps_credits=_get(subscription.metadata, "credits") == "keep",
    )


def _invoice(invoice: Any) -> InvoiceFacts:
    details = _get(_get(invoice, "parent"), "subscription_details")
    return InvoiceFacts(
        id=invoice.id,
        number=invoice.number,
        status=invoice.status or "draft",
        total=invoice.total,
        paid=invoice.amount_paid,
        currency=invoice.currency,
        issued_at=datetime.fromtimestamp(invoice.created, UTC),
        reason=invoice.billing_reason,
        subscription_id=_id(_get(details, "subscription")),
        page_url=invoice.hosted_invoice_url,
        pdf_url=invoice.invoice_pdf,
    )


def _newest_dispute(client: StripeClient, charge: Any) -> Any:
    disputes = client.v1.disputes.list({"charge": charge.id, "limit": 10}).data if charge.disputed else []
    return max(disputes, key=lambda dispute: dispute.created, default=None)


def _returned(charge: Any, dispute: Any) -> ReturnFacts:
    return ReturnFacts(
        charge_id=charge.id,
        cents=charge.amount,
        currency=charge.currency,
        paid_at=datetime.fromtimestamp(charge.created, UTC),
        refunded_cents=charge.amount_refunded or 0,
        dispute_id=_get(dispute, "id"),
        dispute_status=_get(dispute, "status"),
        dispute_reason=_get(dispute, "reason"),
        disputed_cents=_get(dispute, "amount") or 0,
        disputed_at=_instant(_get(dispute, "created")),
    )


def _pack(session: Any, returned: Mapping[str, ReturnFacts]) -> PackFacts | None:
    """The pack of a paid checkout, None for other checkouts. What was sold then counts, not what is sold now."""
    key, pack_credits = _get(session.metadata, "pack"), _number(session.metadata, "credits")
    if not key or session.payment_status != "paid":
        return None
    charge = _get(_get(session, "payment_intent"), "latest_charge")
    returned_payment, cents = returned.get(_id(charge) or ""), session.amount_total or 0
    returned_cents = (_get(charge, "amount_refunded") or 0) + (returned_payment.held_cents if returned_payment else 0)
    return PackFacts(
        session_id=session.id,
        pack=key,
        credits=pack_credits or (PACKS[key].credits if key in PACKS else 0),
        cents=cents,
        refunded_cents=min(cents, returned_cents),
        charge_id=_id(charge),
    )


def _is_proration(line: Any) -> bool:
    """True for lines of a change; the line of the next whole month stands on the same preview."""
    parent = _get(line, "parent")
    details = _get(parent, "subscription_item_details") or _get(parent, "invoice_item_details")
    return bool(_get(details, "proration"))
