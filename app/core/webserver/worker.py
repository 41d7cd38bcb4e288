"""gunicorn's threaded worker behind buffers: a thread has a request only while it works on it.

Waiting for clients happens in the main loop, where a place costs next to nothing, and ends at a deadline: 10 s for the
headers of a request, 20 s and a second for each 4,000 bytes for its body and for its answer. When all places are taken,
the client that has waited longest is dropped.
"""

import errno
import http
import selectors
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from app.core.webserver.client import Client
from app.core.webserver.incoming import BadRequest

LINGER_SECONDS = 2.0
MAX_ON_DISK = 512 * 1024 * 1024  # bytes of unfinished requests in temporary files, of one process
CLOSED_BY_CLIENT = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)
OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)


class BufferingWorker(ThreadWorker):
    """Clients that send, read or idle are in `waiting` with their deadline; the others are with a thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: dict[TConn, float] = {}
        self._looked_at = 0.0

    # Coming in

    def accept(self, listener: socket.socket) -> None:
        """Accept a new client, and drop another when there is no place left."""
        if self.nr_conns >= self.worker_connections - 1:
            self._make_room()
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno in OUT_OF_FILES:
                self._make_room()
            elif error.errno not in CLOSED_BY_CLIENT:
                raise
            return
        self.nr_conns += 1
        self._receive(TConn(self.cfg, Client(sock, self.cfg.keepalive), address, listener.getsockname()))

    def _receive(self, conn: TConn) -> None:
        if conn.sock.request.is_ready:
            self._hand_over(conn)
        else:
            self._wait(conn, selectors.EVENT_READ, self._on_data, conn.sock.request.deadline)

    def _on_data(self, conn: TConn, _client: Client) -> None:
        try:
            is_open = conn.sock.receive()
        except BlockingIOError:
            return
        except BadRequest as error:
            self._refuse(conn, error.status)
            return
        except OSError:
            is_open = False
        if not is_open:
            self._drop(conn)
        elif conn.sock.request.is_ready:
            self._resume(conn)
            self._hand_over(conn)
        elif conn.sock.request.on_disk and self._on_disk() > MAX_ON_DISK:
            self._refuse(conn, 503)
        else:
            self.waiting[conn] = conn.sock.request.deadline

    def _on_disk(self) -> int:
        return sum(conn.sock.request.on_disk for conn in self.waiting)

    def _hand_over(self, conn: TConn) -> None:
        conn.data_ready = True
        self.enqueue_req(conn)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """Whether another request may follow: after a whole one, read by the application or not."""
        return keepalive and bool(conn.sock.request.is_whole)

    # Going out

    def finish_request(self, conn: TConn, fs: "Future[bool]") -> None:
        """Send the rest of the answer after a thread has made it. Called in the main loop."""
        keep = not fs.cancelled() and fs.exception() is None and bool(fs.result())
        self._send(conn, keep)

    def _send(self, conn: TConn, keep: bool) -> None:
        try:
            if not conn.sock.flush():
                self._wait(conn, selectors.EVENT_WRITE, partial(self._on_room, keep), conn.sock.send_deadline)
                return
            if not keep:
                self._part(conn)
                return
            conn.sock.next_request(self.cfg.keepalive)
            conn.initialized, conn.parser = False, None  # what it has left of the old request is of no use
            self._receive(conn)
        except BadRequest as error:
            self._refuse(conn, error.status)
        except OSError:
            self._drop(conn)

    def _on_room(self, keep: bool, conn: TConn, _client: Client) -> None:
        self._resume(conn)
        self._send(conn, keep)

    def _part(self, conn: TConn) -> None:
        """Close the connection; a client that is still sending may read its answer first."""
        if conn.sock.request.is_whole:
            self._drop(conn)
            return
        conn.sock.shutdown(socket.SHUT_WR)
        self._wait(conn, selectors.EVENT_READ, self._on_late_data, time.monotonic() + LINGER_SECONDS)

    def _on_late_data(self, conn: TConn, _client: Client) -> None:
        try:
            is_open = conn.sock.discard()
        except BlockingIOError:
            return
        except OSError:
            is_open = False
        if not is_open:
            self._drop(conn)

    def _refuse(self, conn: TConn, status: int) -> None:
        self._resume(conn)
        try:
            conn.sock.refuse(status, http.HTTPStatus(status).phrase)
            self._part(conn)
        except OSError:
            self._drop(conn)

    # Places and deadlines

    def _wait(self, conn: TConn, event: int, then: Any, deadline: float) -> None:
        self.poller.register(conn.sock, event, partial(then, conn))
        self.waiting[conn] = deadline

    def _resume(self, conn: TConn) -> None:
        if self.waiting.pop(conn, None) is not None:
            self.poller.unregister(conn.sock)

    def _drop(self, conn: TConn) -> None:
        self._resume(conn)
        self.nr_conns -= 1
        with suppress(OSError):
            conn.sock.close()

    def _make_room(self) -> None:
        oldest = next(iter(self.waiting), None)
        if oldest is not None:
            self._drop(oldest)

    def murder_keepalived(self, force: bool = False) -> None:
        """Drop clients whose time is over (or all that wait). Called after each event, looks twice a second."""
        now = time.monotonic()
        if not force and now - self._looked_at < 0.5:
            return
        self._looked_at = now
        for conn in [conn for conn, deadline in self.waiting.items() if force or deadline <= now]:
            if force or not conn.sock.request.size or conn.sock.request.is_ready:
                self._drop(conn)  # it idled, or did not read: there is nothing to say
            else:
                self._refuse(conn, 408)

    def _cap_keepalive(self, deadline: float) -> None:
        """When the worker stops, let idle clients stay until `deadline`."""
        for conn in self.waiting:
            if not conn.sock.request.size:
                self.waiting[conn] = min(self.waiting[conn], deadline)
