"""A stand-in for the app: takes the plugin's signed calls, and fails in the ways that an app fails in."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from app.sites import signing


class StandIn(ThreadingHTTPServer):
    """Checks each signature, keeps what came, and answers as the test says.

    ``mood`` is one of friendly, silent (takes and never answers), lost (applies, then answers 500), or an HTTP status
    to answer with. ``refuse`` picks events that this app cannot take: a body that has one is answered with
    ``refuse_status``. ``keep``: no event is acknowledged; ``forging``: answers are signed wrongly.
    """

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.port = int(self.server_address[1])
        self.key, self.secret = signing.new_key_id(), signing.new_secret()
        self.mood: str | int = "friendly"
        self.delay = 0.0
        self.calls: list[tuple[float, str, Any]] = []
        self.sizes: list[int] = []
        self.problems: list[str] = []
        self.mind_hang_ups = True
        self.during: Callable[[], None] | None = None
        self.refuse: Callable[[dict[str, Any]], bool] = lambda event: False
        self.refuse_status = 400
        self.keep = False
        self.forging = False

    @property
    def connection_key(self) -> str:
        """What is pasted in the plugin."""
        url = f"http://127.0.0.1:{self.port}"
        return signing.encode_connection_key(app=url, site="7", key=self.key, secret=self.secret)

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events that came, in order."""
        return [event for _, path, body in self.calls if path.endswith("/events/") for event in body["events"]]

    def bodies(self, name: str) -> list[dict[str, Any]]:
        """Bodies that came to a route."""
        return [body for _, path, body in self.calls if path == f"/integrations/7/{name}/"]

    def clear(self) -> None:
        """Forget what came."""
        self.calls.clear()
        self.sizes.clear()


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        app = self.server
        try:
            fields = signing.verify_request(
                dict(self.headers),
                site="7",
                secrets={app.key: app.secret},
                method=self.command,
                route=urlsplit(self.path).path,
                body=body,
                now=int(time.time()),
                remember_nonce=lambda key, nonce: True,
            )
        except signing.SignatureError as problem:
            app.problems.append(problem.code)
            return self._send(401, {"ok": False, "error": {"code": problem.code}}, "")
        if app.mood == "silent":
            time.sleep(30)
            return None
        data = json.loads(body)
        if isinstance(app.mood, int):
            return self._send(app.mood, {"ok": False, "error": {"code": "NOT_FOUND"}}, "")
        events = data.get("events", [])
        if any(app.refuse(event) for event in events):
            return self._send(app.refuse_status, {"ok": False, "error": {"code": "BAD_BODY"}}, "")
        app.calls.append((time.time(), self.path, data))
        app.sizes.append(len(body))
        if app.during:
            app.during()
        time.sleep(app.delay)
        if app.mood == "lost":
            return self._send(500, {}, "")
        taken = [] if app.keep else [event["id"] for event in events]
        result = {"acknowledged": taken, "refused": []} if events else {"applied": True}
        answer = {"ok": True, "result": result}
        text = json.dumps(answer).encode()
        signature = signing.sign_response(app.secret, site="7", key=app.key, nonce=fields.nonce, status=200, body=text)
        return self._send(200, answer, "0" * 64 if app.forging else signature)

    def do_PUT(self) -> None:
        self.do_POST()

    def _send(self, status: int, answer: Any, signature: str) -> None:
        text = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.send_header(signing.RESPONSE_HEADER, signature)
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            unawaited = self.path.endswith(("/nudge/", "/publish-progress/"))
            if self.server.mind_hang_ups and not unawaited:
                self.server.problems.append("hung up")

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def running(port: int = 0) -> Iterator[StandIn]:
    """Run one until the end of the block; with a port, one that was there before and is back."""
    server = StandIn(port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
