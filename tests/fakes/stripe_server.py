"""A stateful stand-in for Stripe that the real SDK talks to over HTTP.

It keeps customers, prices, checkout sessions (paid by a test or by pressing Pay on its page), subscriptions with
proration and a clock that a test advances, invoices, the customer portal, refunds, and events. Events are signed and
kept in `events`; with `webhook` set they are also delivered, as they happen. Cards are ``good`` or ``declined``.
"""

import hashlib
import hmac
import json
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.fakes.stripe_state import Refused, State

KEY = "sk_test_stand_in"
SECRET = "whsec_stand_in"


@dataclass
class FakeStripe:
    """Start with `with FakeStripe() as stripe`; give `url`, `KEY` and `SECRET` to the app."""

    webhook: str = ""
    state: State = field(default_factory=State)
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, idempotency key
    failures: deque[int] = field(default_factory=deque)
    undelivered: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"fake": self})
        self._lock = threading.RLock()
        self._answers: dict[str, tuple[str, int, Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.state.base = self.url
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event that happened, oldest first."""
        return self.state.events

    def fail_next(self, status: int, times: int = 1) -> None:
        """Answer the next calls with this status; 0 drops the connection."""
        self.failures.extend([status] * times)

    def begin_anew(self) -> None:
        """Forget everything but which ids were given out."""
        self.state = State(base=self.url, numbers=self.state.numbers)
        self._answers.clear()
        self.requests.clear()

    # What people do at Stripe ---------------------------------------------------------------------------
    def pay(self, session_url: str) -> None:
        """Pay an open checkout, as the person would on Stripe's page."""
        self._happen(lambda: self.state.pay(session_url.rstrip("/").rsplit("/", 1)[-1]))

    def use_card(self, customer_id: str, card: str) -> None:
        """Put in a card: ``good`` pays what is open, ``declined`` fails from now on."""
        self._happen(lambda: self.state.use_card(customer_id, card))

    def advance(self, days: float) -> None:
        """Let time go by: periods end, invoices are made and tried, subscriptions end."""
        self._happen(lambda: self.state.advance(round(days * 86400)))

    def refund(self, session_id: str, cents: int) -> None:
        """Pay back a part of a pack's payment."""
        self._happen(lambda: self.state.refund_charge(self.charge_of_pack(session_id), cents))

    def refund_month(self, customer_id: str, cents: int) -> None:
        """Pay back a part of the newest month's payment."""
        self._happen(lambda: self.state.refund_charge(self.charge_of_month(customer_id), cents))

    def charge_of_month(self, customer_id: str) -> dict[str, Any]:
        """The newest payment of a month."""
        paid = [one for one in self.state.invoices.values() if one["customer"] == customer_id and one.get("_charge")]
        return self.state.charges[paid[-1]["_charge"]]

    def charge_of_pack(self, session_id: str) -> dict[str, Any]:
        """The payment of a pack."""
        return self.state.charges[self.state.sessions[session_id]["payment_intent"]]

    def dispute(self, charge: dict[str, Any], status: str = "needs_response") -> str:
        """Have the payer dispute a payment at the bank; the dispute's id."""
        return str(self._happen(lambda: self.state.dispute(charge, status)))

    def decide(self, dispute_id: str, status: str) -> None:
        """Let the bank go on: ``under_review``, ``won`` by us, ``lost``, ``warning_closed``."""
        self._happen(lambda: self.state.decide(dispute_id, status))

    def end_subscription(self, subscription_id: str, reason: str = "cancellation_requested") -> None:
        """End it now, as from Stripe's dashboard."""
        self._happen(lambda: self.state.end(self.state.subscriptions[subscription_id], reason))

    def subscription_of(self, customer_id: str) -> dict[str, Any]:
        """The customer's newest subscription."""
        found = [one for one in self.state.subscriptions.values() if one["customer"] == customer_id]
        return found[-1]

    def _happen(self, action: Any) -> Any:
        with self._lock:
            known = len(self.events)
            result = action()
            fresh = self.events[known:]
        if self.webhook:
            for event in fresh:
                self.deliver(event)
        return result

    # Events -----------------------------------------------------------------------------------------------
    def deliver(self, event: dict[str, Any]) -> int:
        """Send an event to `webhook`; the status of the answer, 0 when nobody answered."""
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body)}
        try:
            with requests.Session() as session:
                session.trust_env = False
                status = session.post(self.webhook, data=body, headers=headers, timeout=20).status_code
        except requests.RequestException:
            status = 0
        if status != 200:
            self.undelivered.append(status)
        return status

    # Requests ---------------------------------------------------------------------------------------------
    def answer(self, method: str, path: str, body: str, key: str) -> tuple[int, Any]:
        """Status and JSON for an API call; the same idempotency key gives the same answer."""
        with self._lock:
            self.requests.append((method, path, key))
            if method == "POST" and key in self._answers:
                before, status, answer = self._answers[key]
                if before != f"{path}?{body}":
                    return 400, {"error": {"type": "idempotency_error", "message": "Keys may not be used twice."}}
                return status, answer
        try:
            status, answer = 200, self._happen(lambda: self.state.call(method, path, nested(body)))
        except Refused as error:
            status, answer = error.status, {"error": error.body}
        if method == "POST" and key:
            self._answers[key] = (f"{path}?{body}", status, answer)
        return status, answer


def signature(body: bytes, secret: str = SECRET, at: int | None = None) -> str:
    """The Stripe-Signature header of a body."""
    stamp = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def nested(body: str) -> dict[str, Any]:
    """Form fields like ``items[0][price]=x`` as nested dicts; lists become dicts by their number."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        path = re.findall(r"[^\[\]]+", name)
        if name.endswith("[]"):
            path.append(str(len(value)))
        place = found
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value
    return found


def day(stamp: int) -> str:
    """A stamp in words."""
    return datetime.fromtimestamp(stamp, UTC).strftime("%-d %B %Y")


class _Handler(BaseHTTPRequestHandler):
    fake: FakeStripe
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""

    def do_GET(self) -> None:
        self._serve("GET", urlsplit(self.path).query)

    def do_DELETE(self) -> None:
        self._serve("DELETE", urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._serve("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def _serve(self, method: str, body: str) -> None:
        path = urlsplit(self.path).path
        if not path.startswith("/v1/"):
            return self._page(method, path, body)
        failure = self.fake.failures.popleft() if self.fake.failures else None
        if failure == 0:
            self.close_connection = True
            return None
        if failure is not None:
            return self._json(failure, {"error": {"type": "api_error", "message": "A fault on purpose."}})
        if self.headers.get("Authorization", "").removeprefix("Bearer ") != KEY:
            return self._json(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key."}})
        key = self.headers.get("Idempotency-Key", "")
        return self._json(*self.fake.answer(method, path, body, key))

    def _page(self, method: str, path: str, body: str) -> None:
        """Stripe's own pages: pay a checkout, change the card."""
        kind, _, name = path.strip("/").partition("/")
        state = self.fake.state
        if kind == "pay" and name in state.sessions:
            session = state.sessions[name]
            if method == "POST":
                card = nested(body).get("card", "good")
                state.cards[session["customer"]] = card
                if card == "good":
                    self.fake.pay(name)
                    return self._redirect(session["success_url"])
            return self._html("Pay", f"{session['amount_total'] / 100:.2f} dollars", session["cancel_url"])
        if kind == "portal" and name in state.portals:
            portal = state.portals[name]
            if method == "POST":
                self.fake.use_card(portal["customer"], nested(body).get("card", "good"))
                return self._redirect(portal["return_url"])
            return self._html("Use this card", "Payment details", portal["return_url"])
        if kind == "invoice":
            return self._html("Pay", f"Invoice {name}", "/")
        return self._json(404, {"error": {"type": "invalid_request_error", "message": "Unknown page."}})

    def _html(self, button: str, words: str, back: str) -> None:
        form = '<form method="post"><label>Card <select name="card"><option>good<option>declined</select></label>'
        page = f'<!doctype html><html lang="en"><title>Stand-in</title><link rel="icon" href="data:,"><h1>{words}</h1>'
        self._send(200, f"{page}{form}<button>{button}</button></form><a href='{back}'>Back</a>".encode(), "text/html")

    def _redirect(self, url: str) -> None:
        self.send_response(303)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, status: int, data: Any) -> None:
        self._send(status, json.dumps(data).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
