"""What the stand-in for Stripe keeps and how it changes: the rules of subscriptions, invoices and their clock."""

import calendar
import copy
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.fakes.stripe_charges import Charges, Refused, Thing, as_list, missing

RETRY_SECONDS, MAX_TRIES = 5 * 86400, 3


def add_month(start: int, anchor: int) -> int:
    """One month after `start`, on the anchor's day or the last of a shorter month."""
    at, day = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(anchor, UTC).day
    year, month = (at.year + 1, 1) if at.month == 12 else (at.year, at.month + 1)
    last = calendar.monthrange(year, month)[1]
    return int(at.replace(year=year, month=month, day=min(day, last)).timestamp())


@dataclass
class State(Charges):
    """All objects by id. Money in cents, times in seconds."""

    base: str = ""
    shift: int = 0
    customers: dict[str, Thing] = field(default_factory=dict)
    prices: dict[str, Thing] = field(default_factory=dict)
    sessions: dict[str, Thing] = field(default_factory=dict)
    subscriptions: dict[str, Thing] = field(default_factory=dict)
    invoices: dict[str, Thing] = field(default_factory=dict)
    portals: dict[str, Thing] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    credit: dict[str, int] = field(default_factory=dict)  # what a customer has over, in cents
    events: list[Thing] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def now(self) -> int:
        return int(time.time()) + self.shift

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers):06d}"

    @staticmethod
    def public(thing: Thing) -> Thing:
        """As it is now, for others to see."""
        return copy.deepcopy({key: value for key, value in thing.items() if not key.startswith("_")})

    def happened(self, kind: str, thing: Thing) -> None:
        """Write an event down."""
        self.events.append(
            {
                "id": self.new_id("evt"),
                "object": "event",
                "type": kind,
                "created": self.now,
                "livemode": False,
                "api_version": "2026-10-28.endive",
                "data": {"object": self.public(thing)},
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
            }
        )

    # The API ------------------------------------------------------------------------------------------------
    def call(self, method: str, path: str, given: Thing) -> Any:
        parts = path.strip("/").split("/")[1:]
        action = {
            ("POST", "customers"): self.make_customer,
            ("GET", "prices"): self.list_prices,
            ("POST", "prices"): self.make_price,
            ("POST", "checkout/sessions"): self.make_session,
            ("GET", "checkout/sessions"): self.list_sessions,
            ("GET", "subscriptions"): self.list_subscriptions,
            ("GET", "invoices"): self.list_invoices,
            ("POST", "invoices/create_preview"): self.preview,
            ("POST", "billing_portal/sessions"): self.make_portal,
            ("GET", "charges"): self.list_charges,
            ("GET", "disputes"): self.list_disputes,
        }.get((method, "/".join(parts)))
        if action is not None:
            return action(given)
        if parts[0] == "subscriptions" and len(parts) == 2:
            found = self.subscriptions.get(parts[1])
            if found is None:
                raise missing("subscription")
            return self.shown(found) if method == "GET" else self.update_subscription(found, given)
        if (method, parts[0], len(parts)) == ("GET", "charges", 2):
            return self.get_charge(parts[1])
        if parts[:2] == ["checkout", "sessions"] and parts[3:] == ["expire"]:
            session = self.sessions[parts[2]]
            if session["status"] != "open":
                raise Refused(400, "invalid_request_error", "Only open sessions can be expired.")
            session["status"] = "expired"
            return session
        raise Refused(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")

    def customer(self, given: Thing) -> str:
        if given.get("customer") not in self.customers:
            raise missing("customer")
        return str(given["customer"])

    def make_customer(self, given: Thing) -> Thing:
        made = {
            "id": self.new_id("cus"),
            "object": "customer",
            "created": self.now,
            "name": given.get("name"),
            "email": given.get("email"),
            "metadata": given.get("metadata", {}),
        }
        self.customers[made["id"]] = made
        self.cards[made["id"]] = "good"
        self.happened("customer.created", made)
        return made

    def make_price(self, given: Thing) -> Thing:
        if given.get("transfer_lookup_key") == "true":
            for other in self.prices.values():
                if other["lookup_key"] == given["lookup_key"]:
                    other["lookup_key"] = None
        made = {
            "id": self.new_id("price"),
            "object": "price",
            "active": True,
            "currency": given["currency"],
            "unit_amount": int(given["unit_amount"]),
            "lookup_key": given.get("lookup_key"),
            "metadata": given.get("metadata", {}),
            "recurring": given.get("recurring"),
            "type": "recurring",
            "product": self.new_id("prod"),
        }
        self.prices[made["id"]] = made
        return made

    def list_prices(self, given: Thing) -> Thing:
        keys = list(given.get("lookup_keys", {}).values())
        return as_list([one for one in self.prices.values() if one["lookup_key"] in keys], "/v1/prices")

    def make_session(self, given: Thing) -> Thing:
        line = next(iter(given["line_items"].values()))
        price = self.prices.get(line.get("price", ""))
        amount = price["unit_amount"] if price else int(line["price_data"]["unit_amount"])
        name = self.new_id("cs_test")
        made = {
            "id": name,
            "object": "checkout.session",
            "created": self.now,
            "mode": given["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "customer": self.customer(given),
            "amount_total": amount,
            "currency": "usd",
            "client_reference_id": given.get("client_reference_id"),
            "metadata": given.get("metadata", {}),
            "success_url": given["success_url"],
            "cancel_url": given["cancel_url"],
            "url": f"{self.base}/pay/{name}",
            "payment_intent": None,
            "subscription": None,
        }
        made["_price"] = price["id"] if price else None
        made["_metadata"] = given.get("subscription_data", {}).get("metadata", {})
        self.sessions[name] = made
        return made

    def list_sessions(self, given: Thing) -> Thing:
        found = [one for one in self.sessions.values() if one["customer"] == given["customer"]]
        found = [one for one in found if one["status"] == given.get("status", one["status"])]
        return as_list([self._expanded(one) for one in reversed(found)], "/v1/checkout/sessions")

    def _expanded(self, session: Thing) -> Thing:
        if session["payment_intent"] is None:
            return session
        charge = self.charges[session["payment_intent"]]
        intent = {"id": session["payment_intent"], "object": "payment_intent", "latest_charge": charge}
        return {**session, "payment_intent": intent}

    def make_portal(self, given: Thing) -> Thing:
        name = self.new_id("bps")
        made = {
            "id": name,
            "object": "billing_portal.session",
            "customer": self.customer(given),
            "created": self.now,
            "return_url": given["return_url"],
            "url": f"{self.base}/portal/{name}",
        }
        self.portals[name] = made
        return made

    def list_subscriptions(self, given: Thing) -> Thing:
        found = [self.shown(one) for one in self.subscriptions.values() if one["customer"] == given["customer"]]
        return as_list(list(reversed(found)), "/v1/subscriptions")

    def list_invoices(self, given: Thing) -> Thing:
        found = [one for one in self.invoices.values() if one["customer"] == given["customer"]]
        shown = [self.public(one) for one in reversed(found)]
        return as_list(shown[: int(given.get("limit", 10))], "/v1/invoices")

    # Checkout ------------------------------------------------------------------------------------------------
    def pay(self, name: str) -> None:
        """Pay an open checkout session."""
        session = self.sessions[name]
        if session["status"] != "open":
            raise Refused(400, "invalid_request_error", "This session is over.")
        session |= {"status": "complete", "payment_status": "paid"}
        if session["mode"] == "subscription":
            made = self.subscribe(session["customer"], session["_price"], session["_metadata"])
            session["subscription"] = made["id"]
        else:
            session["payment_intent"] = self.charge(session["customer"], session["amount_total"])
            self.invoice(session["customer"], session["amount_total"], "manual", None)
        self.happened("checkout.session.completed", session)

    # Subscriptions --------------------------------------------------------------------------------------------
    def subscribe(self, customer: str, price_id: str, metadata: Thing) -> Thing:
        now, name = self.now, self.new_id("sub")
        item = {
            "id": self.new_id("si"),
            "object": "subscription_item",
            "price": self.prices[price_id],
            "quantity": 1,
            "current_period_start": now,
            "current_period_end": add_month(now, now),
        }
        made = {
            "id": name,
            "object": "subscription",
            "customer": customer,
            "status": "active",
            "created": now,
            "billing_cycle_anchor": now,
            "cancel_at_period_end": False,
            "cancel_at": None,
            "metadata": metadata,
            "cancellation_details": {"reason": None},
            "ended_at": None,
            "_item": item,
            "_try_at": None,
            "_tries": 0,
        }
        self.subscriptions[name] = made
        self.happened("customer.subscription.created", self.shown(made))
        self.invoice(customer, item["price"]["unit_amount"], "subscription_create", name)
        return made

    def shown(self, one: Thing) -> Thing:
        """As the API gives it."""
        public = {key: value for key, value in one.items() if not key.startswith("_")}
        return {**public, "items": as_list([one["_item"]], "/v1/subscription_items")}

    def _rest(self, one: Thing) -> float:
        item = one["_item"]
        start, end = item["current_period_start"], item["current_period_end"]
        return max(0.0, min(1.0, (end - self.now) / (end - start)))

    def _difference(self, one: Thing, price: Thing) -> int:
        return round((price["unit_amount"] - one["_item"]["price"]["unit_amount"]) * self._rest(one))

    def preview(self, given: Thing) -> Thing:
        details = given["subscription_details"]
        one, price = self.subscriptions[given["subscription"]], self._new_price(details)
        cents = 0 if details["proration_behavior"] == "none" else self._difference(one, price)
        parent = {"type": "subscription_item_details", "subscription_item_details": {"proration": True}}
        whole = {"type": "subscription_item_details", "subscription_item_details": {"proration": False}}
        lines = [
            {"id": "il_1", "object": "line_item", "amount": cents, "parent": parent},
            {"id": "il_2", "object": "line_item", "amount": price["unit_amount"], "parent": whole},
        ]
        return {"id": "upcoming", "object": "invoice", "total": cents, "lines": as_list(lines, "/v1/lines")}

    def _new_price(self, given: Thing) -> Thing:
        return self.prices[next(iter(given["items"].values()))["price"]]

    def update_subscription(self, one: Thing, given: Thing) -> Thing:
        if one["status"] == "canceled":
            raise Refused(400, "invalid_request_error", "A canceled subscription can only update its metadata.")
        if "items" in given:
            self._change_price(one, self._new_price(given), given)
        if "cancel_at_period_end" in given:
            one["cancel_at_period_end"] = given["cancel_at_period_end"] == "true"
            one["cancel_at"] = one["_item"]["current_period_end"] if one["cancel_at_period_end"] else None
        one["metadata"] = {**one["metadata"], **given.get("metadata", {})}
        self.happened("customer.subscription.updated", self.shown(one))
        return self.shown(one)

    def _change_price(self, one: Thing, price: Thing, given: Thing) -> None:
        behaviour, cents = given.get("proration_behavior", "create_prorations"), self._difference(one, price)
        if behaviour == "always_invoice" and cents > 0:
            if self.cards[one["customer"]] != "good":
                raise Refused(402, "card_error", "Your card was declined.", code="card_declined")
            one["_item"]["price"] = price
            self.invoice(one["customer"], cents, "subscription_update", one["id"])
            return
        one["_item"]["price"] = price
        if behaviour != "none":
            self.credit[one["customer"]] = self.credit.get(one["customer"], 0) - cents

    def end(self, one: Thing, reason: str) -> None:
        one |= {"status": "canceled", "ended_at": self.now, "cancellation_details": {"reason": reason}, "_try_at": None}
        self.happened("customer.subscription.deleted", self.shown(one))

    # Invoices and the clock -----------------------------------------------------------------------------------
    def invoice(self, customer: str, cents: int, reason: str, subscription: str | None) -> Thing:
        over = self.credit.get(customer, 0) if reason == "subscription_cycle" else 0
        due = max(0, cents - over)
        if over:
            self.credit[customer] = over - (cents - due)
        name = self.new_id("in")
        parent = {"type": "subscription_details", "subscription_details": {"subscription": subscription}}
        made = {
            "id": name,
            "object": "invoice",
            "customer": customer,
            "created": self.now,
            "number": f"IGNY8-{name[3:]}",
            "status": "open",
            "total": due,
            "amount_due": due,
            "amount_paid": 0,
            "currency": "usd",
            "billing_reason": reason,
            "parent": parent if subscription else None,
            "hosted_invoice_url": f"{self.base}/invoice/{name}",
            "invoice_pdf": f"{self.base}/invoice/{name}.pdf",
        }
        self.invoices[name] = made
        self.happened("invoice.finalized", made)
        self.collect(made)
        return made

    def collect(self, invoice: Thing) -> bool:
        """Try to take the money."""
        if invoice["total"] and self.cards[invoice["customer"]] != "good":
            self.happened("invoice.payment_failed", invoice)
            return False
        invoice |= {"status": "paid", "amount_paid": invoice["total"]}
        if invoice["total"] and invoice["billing_reason"] != "manual":  # a pack's checkout has charged already
            invoice["_charge"] = self.charge(invoice["customer"], invoice["total"])
        self.happened("invoice.paid", invoice)
        return True

    def use_card(self, customer: str, card: str) -> None:
        self.cards[customer] = card
        if card != "good":
            return
        for one in [one for one in self.subscriptions.values() if one["customer"] == customer]:
            if one["status"] in ("past_due", "unpaid"):
                self._try(one)

    def _open_invoices(self, one: Thing) -> list[Thing]:
        def of_it(invoice: Thing) -> bool:
            details = (invoice["parent"] or {}).get("subscription_details", {})
            return invoice["status"] == "open" and details.get("subscription") == one["id"]

        return [invoice for invoice in self.invoices.values() if of_it(invoice)]

    def _try(self, one: Thing) -> None:
        """Collect what is open; too many failures leave the subscription unpaid."""
        before = one["status"]
        tried = [self.collect(invoice) for invoice in self._open_invoices(one)]
        if all(tried):
            one |= {"status": "active", "_try_at": None, "_tries": 0}
        else:
            one["_tries"] += 1
            one |= (
                {"status": "past_due", "_try_at": self.now + RETRY_SECONDS}
                if one["_tries"] < MAX_TRIES
                else {"status": "unpaid", "_try_at": None}
            )
        if one["status"] != before:
            self.happened("customer.subscription.updated", self.shown(one))

    def advance(self, seconds: int) -> None:
        """Move the clock, stopping at everything that is due on the way."""
        until = self.now + seconds
        while (due := self._next_due()) is not None and due[0] <= until:
            self.shift += max(0, due[0] - self.now)
            self._turn(due[1])
        self.shift += until - self.now

    def _next_due(self) -> tuple[int, Thing] | None:
        waiting = []
        for one in self.subscriptions.values():
            if one["status"] != "canceled":
                waiting.append((one["_item"]["current_period_end"], one["id"]))
                waiting += [(one["_try_at"], one["id"])] if one["_try_at"] else []
        if not waiting:
            return None
        at, name = min(waiting)
        return at, self.subscriptions[name]

    def _turn(self, one: Thing) -> None:
        item = one["_item"]
        if item["current_period_end"] > self.now:
            self._try(one)
        elif one["cancel_at_period_end"]:
            self.end(one, "cancellation_requested")
        else:
            start = item["current_period_end"]
            item |= {"current_period_start": start, "current_period_end": add_month(start, one["billing_cycle_anchor"])}
            self.happened("customer.subscription.updated", self.shown(one))
            self.invoice(one["customer"], item["price"]["unit_amount"], "subscription_cycle", one["id"])
            if self._open_invoices(one) and one["status"] != "unpaid":
                one["_tries"] = 1
                one |= {"status": "past_due", "_try_at": self.now + RETRY_SECONDS}
                self.happened("customer.subscription.updated", self.shown(one))
