"""A request on its way in: kept until it is whole, with h11 to tell where it ends."""

import tempfile
import time

import h11

IN_MEMORY = 64 * 1024  # bytes; what is longer is kept in a temporary file
MAX_HEADERS = 64 * 1024
MAX_BODY = 32 * 1024 * 1024  # more than MAX_CONTENT_LENGTH: the application refuses what is between them in words
HEADER_SECONDS = 10.0
BODY_SECONDS = 20.0
SLOWEST = 4_000  # bytes a second, on the whole
AT_ONCE = 256 * 1024  # bytes taken in before others have their turn
CHUNKED_AT_ONCE = 32 * 1024  # the same of a body in chunks, each of which is work
TINY = 256  # bytes: clients that have much to say fill larger chunks
MAX_TINY_CHUNKS = 500
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class BadRequest(Exception):
    """What has arrived is not a request that we take; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class IncomingRequest:
    """One request. `feed` it until `is_ready`, then `read` it; what belongs to the next one is in `rest`."""

    def __init__(self, idle_seconds: float) -> None:
        self.size = 0
        self.is_ready = False
        self.is_whole = False
        self.rest = b""
        self.body_begun = False
        self.at_once = AT_ONCE
        self._chunk_size = self._tiny_chunks = 0
        self._kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed with the request)
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEADERS)
        self._deadline = time.monotonic() + idle_seconds

    @property
    def on_disk(self) -> int:
        """Bytes that lie in a temporary file."""
        return self.size if self.size > IN_MEMORY else 0

    @property
    def deadline(self) -> float:
        """The deadline for the request, on the monotonic clock: each byte of a body extends it a little."""
        return self._deadline + (self.size / SLOWEST if self.body_begun else 0.0)

    @property
    def wants_continue(self) -> bool:
        """True when the client waits for “100 Continue” before its body."""
        return self.body_begun and not self.is_ready and bool(self._parser.they_are_waiting_for_100_continue)

    def feed(self, data: bytes) -> None:
        """Take in what has arrived. Raises BadRequest when it is not a request, OSError when it cannot be kept."""
        if not self.size:
            self._deadline = time.monotonic() + HEADER_SECONDS
        self.size += len(data)
        self._kept.write(data)
        try:
            self._parser.receive_data(data)
            self._follow()
        except h11.RemoteProtocolError as error:
            raise BadRequest(error.error_status_hint) from error

    def read(self, size: int) -> bytes:
        """The next bytes of the request; empty at its end, also when the client has not sent all of it."""
        return self._kept.read(size)

    def close(self) -> None:
        """Forget the request and its file."""
        self._kept.close()

    def _follow(self) -> None:
        while not self.is_ready:
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                break
            if isinstance(event, h11.Request):
                self._begin_body(event)
            elif isinstance(event, h11.Data):
                self._count_chunk(event)
            elif isinstance(event, h11.EndOfMessage):
                self._end()
        if self.size > MAX_BODY + MAX_HEADERS and not self.is_ready:
            raise BadRequest(413)

    def _begin_body(self, request: h11.Request) -> None:
        self.body_begun = True
        self._deadline = time.monotonic() + BODY_SECONDS
        length = next((int(value) for name, value in request.headers if name == b"content-length"), 0)
        if length > MAX_BODY:
            self._make_ready()  # the application says so in words, without its body
        if any(name == b"transfer-encoding" for name, _value in request.headers):
            self.at_once = CHUNKED_AT_ONCE

    def _count_chunk(self, data: h11.Data) -> None:
        """Count a chunk: each costs the main loop as much as thousands of bytes do, so only so many may be tiny."""
        self._chunk_size += len(data.data)
        if not data.chunk_end:
            return
        self._tiny_chunks += self._chunk_size < TINY
        self._chunk_size = 0
        if self._tiny_chunks > MAX_TINY_CHUNKS:
            raise BadRequest(400)

    def _end(self) -> None:
        self.rest, _closed = self._parser.trailing_data
        self.size -= len(self.rest)
        self._kept.seek(self.size)
        self._kept.truncate()
        self.is_whole = True
        self._make_ready()

    def _make_ready(self) -> None:
        self.is_ready = True
        self._kept.seek(0)
