"""How endpoints stream an answer, well and badly."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Any, BinaryIO

USAGE = {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33}


@dataclass
class Stream:
    """`trouble`: ``break``, ``stall``, ``429``, ``error event``, ``keep-alive`` or ``garbage``, in the middle, or
    ``stall after the role``.

    `breaks` is how many streams have the trouble; later ones are whole. `piece` is the letters of an event, and
    `says` what it holds: ``content``, ``reasoning_content`` or ``tool_calls``. Before the bracket
    that ends the answer, spaces come until `may_end` is set.
    """

    is_supported: bool = True
    gives_usage: bool = True
    is_ignored: bool = False
    trouble: str = ""
    breaks: int = 1
    piece: int = 20
    says: str = "content"
    pause: float = 0.0
    stall_seconds: float = 3.0
    closed_by_reader: Event | None = None
    may_end: Event | None = None

    def objection(self, body: dict[str, Any]) -> str:
        """Why such an endpoint refuses the request; empty when it does not."""
        if not self.is_supported:
            return "This model does not support streaming."
        if "stream_options" in body and not self.gives_usage:
            return "Unrecognized request argument supplied: stream_options"
        return ""

    def write(self, out: BinaryIO, content: str, body: dict[str, Any]) -> None:
        """Write the events of one answer."""
        try:
            for event in self._events(content, "stream_options" in body):
                out.write(event.encode())
                out.flush()
                time.sleep(self.pause)
        except OSError:
            if self.closed_by_reader is not None:
                self.closed_by_reader.set()

    def _events(self, content: str, with_usage: bool) -> Iterator[str]:
        trouble = self.trouble if self.breaks > 0 else ""
        self.breaks -= 1
        yield ": OPENROUTER PROCESSING\n\n"
        yield _data({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]})
        if trouble == "stall after the role":
            time.sleep(self.stall_seconds)
            return
        last = content[-1:] if self.may_end is not None else ""
        content = content.removesuffix(last)
        pieces = [content[at : at + self.piece] for at in range(0, len(content), self.piece)]
        for number, piece in enumerate(pieces):
            if trouble and number == len(pieces) // 2:
                yield from self._trouble(trouble)
                return
            yield self._delta(piece)
        if self.may_end is not None:
            while not self.may_end.wait(0.3):
                yield self._delta(" ")
            yield self._delta(last)
        yield _data({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None})
        if with_usage:
            yield _data({"choices": [], "usage": USAGE})
        yield "data: [DONE]\n\n"

    def _delta(self, piece: str) -> str:
        said = [{"function": {"arguments": piece}}] if self.says == "tool_calls" else piece
        return _data({"choices": [{"index": 0, "delta": {self.says: said}, "finish_reason": None}]})

    def _trouble(self, trouble: str) -> Iterator[str]:
        if trouble == "429":
            yield _data({"error": {"message": "Rate limit reached.", "code": 429}})
        elif trouble == "error event":
            yield 'event: error\ndata: {"message": "Overloaded", "code": 503}\n\n'
        elif trouble == "garbage":
            yield "data: <html>502</html>\n\n"
        elif trouble == "stall":
            time.sleep(self.stall_seconds)
        elif trouble == "keep-alive":
            until = time.monotonic() + self.stall_seconds
            while time.monotonic() < until:
                yield ": keep-alive\n\n"
                time.sleep(0.02)


def _data(event: dict[str, Any]) -> str:
    return f"data: {json.dumps(event)}\n\n"
