"""Fixtures of the attacks: the limits switched on, and a server of the attacker's own."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask

from app.core.extensions import limiter
from app.core.limits import _Counter


@pytest.fixture
def limits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app as it is served: requests are counted. Every other test goes without."""
    monkeypatch.setattr(limiter, "enabled", True)
    monkeypatch.setitem(app.extensions, "igny8_limits", _Counter())
    return app


Answering = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Answering], int]]:
    """Start a server on loopback that answers GET as the test says; gives its port."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answering) -> int:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    answer(self)
                except OSError:
                    self.close_connection = True

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Be quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return int(server.server_address[1])

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
