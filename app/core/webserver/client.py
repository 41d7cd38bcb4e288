"""A client's socket as gunicorn's threads see it: reading gives what is there already, writing never waits."""

import os
import socket
import tempfile
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from app.core.webserver import incoming

AT_ONCE = 256 * 1024  # bytes sent or thrown away for one client before others have their turn


@dataclass
class _Unsent:
    """Bytes of a file that are still to go out."""

    file: IO[bytes]
    offset: int
    left: int
    is_ours: bool  # written by us, so that more can be put behind


class Client:
    """Wraps a socket, which stays non-blocking. Used by one thread at a time."""

    def __init__(self, sock: socket.socket, idle_seconds: float) -> None:
        sock.setblocking(False)
        self.request = incoming.IncomingRequest(idle_seconds)
        self._sock = sock
        self._unsent: deque[_Unsent] = deque()
        self._send_deadline = 0.0

    def receive(self) -> bool:
        """Read what has arrived; False when the client has closed the connection. Raises BadRequest and OSError."""
        data = self._sock.recv(self.request.at_once)
        if data:
            self.request.feed(data)
            if self.request.wants_continue:
                self._sock.send(incoming.CONTINUE)
        return bool(data)

    def discard(self) -> bool:
        """Discard what arrives after the answer; False when the client has closed the connection."""
        return bool(self._sock.recv(AT_ONCE))

    def next_request(self, idle_seconds: float) -> None:
        """Forget the answered request and begin with what came behind it. Raises BadRequest and OSError."""
        rest = self.request.rest
        self.request.close()
        self.request = incoming.IncomingRequest(idle_seconds)
        if rest:
            self.request.feed(rest)

    # What gunicorn calls, in a thread.

    def recv(self, size: int) -> bytes:
        """The next bytes of the request."""
        return self.request.read(size)

    def sendall(self, data: bytes) -> None:
        """Send what goes at once, keep the rest for `flush`."""
        if not self._unsent:
            with suppress(BlockingIOError):
                data = data[self._sock.send(data) :]
        if data:
            self._keep(data)

    def send(self, data: bytes) -> int:
        """Drop the data: gunicorn calls this only for `100 Continue`, and the body is here already."""
        return len(data)

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int = 0) -> int:
        """Have `count` bytes of a file follow; the caller may close it."""
        duplicate = os.fdopen(os.dup(file.fileno()), "rb", buffering=0)
        self._unsent.append(_Unsent(duplicate, offset, count, is_ours=False))
        self._start_clock()
        return count

    def flush(self) -> bool:
        """Send on, up to AT_ONCE bytes; True when nothing is left. Raises OSError when the client is gone."""
        budget = AT_ONCE
        while self._unsent and budget > 0:
            part = self._unsent[0]
            try:
                sent = os.sendfile(self._sock.fileno(), part.file.fileno(), part.offset, min(part.left, budget))
            except BlockingIOError:
                return False
            if not sent and part.left:
                raise OSError("The file became shorter while it was sent.")
            part.offset += sent
            part.left -= sent
            budget -= sent
            self._send_deadline += sent / incoming.SLOWEST
            if not part.left:
                self._unsent.popleft().file.close()
        return not self._unsent

    @property
    def send_deadline(self) -> float:
        """The deadline for the client to read its answer, on the monotonic clock."""
        return self._send_deadline

    def _keep(self, data: bytes) -> None:
        if not self._unsent or not self._unsent[-1].is_ours:
            spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed when it is sent)
            self._unsent.append(_Unsent(spool, 0, 0, is_ours=True))
            self._start_clock()
        part = self._unsent[-1]
        os.pwrite(part.file.fileno(), data, part.offset + part.left)
        part.left += len(data)

    def _start_clock(self) -> None:
        self._send_deadline = max(self._send_deadline, time.monotonic() + incoming.BODY_SECONDS)

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._sock.fileno()

    def getsockname(self) -> Any:
        """The server's address."""
        return self._sock.getsockname()

    def getpeername(self) -> Any:
        """The client's address."""
        return self._sock.getpeername()

    def setblocking(self, _flag: bool) -> None:
        """Nothing here ever blocks."""

    def settimeout(self, _seconds: float | None) -> None:
        """Nothing here ever blocks."""

    def gettimeout(self) -> float:
        """The timeout of a socket that does not block."""
        return 0.0

    def refuse(self, status: int, reason: str) -> None:
        """Answer without the application, if the client takes it at once. Raises OSError."""
        head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self._sock.send(head.encode("ascii"))

    def shutdown(self, how: int) -> None:
        """As of a socket."""
        self._sock.shutdown(how)

    def close(self) -> None:
        """Close the socket and forget what was kept for it."""
        self._sock.close()
        self.request.close()
        while self._unsent:
            self._unsent.popleft().file.close()
