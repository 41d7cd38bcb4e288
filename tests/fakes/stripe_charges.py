"""Payments in the stand-in for Stripe: charges, what is paid back, and disputes at the payer's bank."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

Thing = dict[str, Any]


class Refused(Exception):
    """A request that Stripe answers with an error."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        self.status = status
        self.body = {"type": kind, "message": message, **more}


def missing(what: str) -> Refused:
    return Refused(404, "invalid_request_error", f"No such {what}.", code="resource_missing")


def as_list(data: list[Thing], url: str) -> Thing:
    return {"object": "list", "data": data, "has_more": False, "url": url}


@dataclass
class Charges(ABC):
    """Charges by their payment's id, and disputes by their own."""

    charges: dict[str, Thing] = field(default_factory=dict)
    disputes: dict[str, Thing] = field(default_factory=dict)

    @property
    @abstractmethod
    def now(self) -> int:
        """The stand-in's present, as a stamp."""

    @abstractmethod
    def new_id(self, prefix: str) -> str:
        """A name that nothing has yet."""

    @abstractmethod
    def happened(self, kind: str, thing: Thing) -> None:
        """Tell of an event."""

    def get_charge(self, name: str) -> Thing:
        one = next((one for one in self.charges.values() if one["id"] == name), None)
        if one is None:
            raise missing("charge")
        return one

    def charge(self, customer: str, cents: int) -> str:
        name = self.new_id("pi")
        self.charges[name] = {
            "id": self.new_id("ch"),
            "object": "charge",
            "customer": customer,
            "amount": cents,
            "amount_refunded": 0,
            "payment_intent": name,
            "created": self.now,
            "currency": "usd",
            "disputed": False,
        }
        return name

    def list_charges(self, given: Thing) -> Thing:
        found = [one for one in self.charges.values() if one["customer"] == given["customer"]]
        return as_list(list(reversed(found))[: int(given.get("limit", 10))], "/v1/charges")

    def list_disputes(self, given: Thing) -> Thing:
        found = [one for one in self.disputes.values() if one["charge"] == given["charge"]]
        return as_list(list(reversed(found)), "/v1/disputes")

    def dispute(self, charge: Thing, status: str) -> str:
        """The payer goes to the bank; the dispute's id."""
        made = {
            "id": self.new_id("dp"),
            "object": "dispute",
            "amount": charge["amount"],
            "currency": charge["currency"],
            "charge": charge["id"],
            "payment_intent": charge["payment_intent"],
            "reason": "fraudulent",
            "status": status,
            "created": self.now,
        }
        self.disputes[made["id"]] = made
        charge["disputed"] = True
        self.happened("charge.dispute.created", made)
        if not status.startswith("warning_"):
            self.happened("charge.dispute.funds_withdrawn", made)
        return str(made["id"])

    def decide(self, dispute_id: str, status: str) -> None:
        """The bank goes on with a dispute, or ends it."""
        one = self.disputes[dispute_id]
        one["status"] = status
        self.happened("charge.dispute.closed" if status in ("won", "lost") else "charge.dispute.updated", one)
        if status == "won":
            self.happened("charge.dispute.funds_reinstated", one)

    def refund_charge(self, charge: Thing, cents: int) -> None:
        """Pay back a part of it."""
        charge["amount_refunded"] = min(charge["amount"], charge["amount_refunded"] + cents)
        self.happened("charge.refunded", charge)
