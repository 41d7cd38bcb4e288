"""Reading an answer that comes in pieces (server-sent events). Endpoints differ here too. Pure."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.ai.client.completions import (
    AnswerBroken,
    Completion,
    NotACompletion,
    arguments_of,
    error_in,
    finish_of,
    reasoning_in,
    refusal_in,
    text_in,
    tokens_in,
)
from app.ai.client.thoughts import without_thoughts

TOKEN_BYTES = 3  # that a token is taken for, rather too few
_BLANK = b" \t\r\n\xef\xbb\xbf"
_LINE_END = re.compile(r"\r\n|\n|\r(?=[^\n])")  # a CR at the end may be half of one


def first_signs(pieces: Iterator[bytes]) -> bytes:
    """What a body begins with, up to the first sign that is no white space."""
    start = b""
    for piece in pieces:
        start += piece
        if start.strip(_BLANK):
            break
    return start.lstrip(_BLANK)


def lines_of(pieces: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream, which end with CR, LF or both; other signs that part lines belong to the text."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest: list[str] = []  # of a line whose end has not come
    for text in map(decoder.decode, pieces):
        rest.append(text)
        if "\n" in text or "\r" in text or rest[0].endswith("\r"):
            *lines, last = _LINE_END.split("".join(rest))
            yield from lines
            rest = [last]
    if last := "".join(rest).rstrip("\r"):
        yield last


def read_events(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and data of each server-sent event; comments and keep-alives are passed over."""
    name, data = "", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line.strip():
            if data:
                yield name, "\n".join(data)
            name, data = "", []
        elif field == "data":
            data.append(value)
        elif field == "event":
            name = value.strip()
    if data:
        yield name, "\n".join(data)


class StreamedCompletion:
    """An answer that grows; `text` is what there is of it so far.

    `has_begun` once the model has said something, if only thoughts: many servers name its role long before.
    `tokens_so_far` is what it may have taken: most services send each token by itself, others some at once.
    """

    def __init__(self) -> None:
        self.text = ""
        self.has_begun = False
        self._is_open = False
        self._reasoning = ""
        self._arguments = ""
        self._refusal = ""
        self._finish = ""
        self._usage: Mapping[str, Any] = {}
        self._is_done = False
        self._pieces = self._bytes = 0

    @property
    def tokens_so_far(self) -> int:
        return max(self._pieces, self._bytes // TOKEN_BYTES)

    def add(self, name: str, data: str) -> bool:
        """Add one event; False once it was the last.

        Raises ErrorInside for an error, for what is no event NotACompletion, in the middle of an answer AnswerBroken.
        """
        if data.strip() == "[DONE]":
            self._is_done = True
            return False
        if not data.strip():
            return True
        event = self._event(name, data)
        if event.get("error") or name == "error":
            raise error_in(event.get("error") or event)
        if isinstance(event.get("usage"), Mapping):
            self._usage = event["usage"]
        self._add_choice(event.get("choices"))
        return True

    def _event(self, name: str, data: str) -> Mapping[str, Any]:
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            event = data
        if isinstance(event, Mapping):
            return event
        if name == "error":
            raise error_in(event)
        raise AnswerBroken("The answer broke off.") if self._is_open else NotACompletion("An event is no JSON.")

    def _add_choice(self, choices: object) -> None:
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, Mapping):
            return
        self._is_open = True
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, Mapping):
            text, refusal = text_in(delta.get("content")), refusal_in(delta)
            arguments, reasoning = arguments_of(delta), reasoning_in(delta)
            self.text += text
            self._refusal += refusal
            self._arguments += arguments
            self._reasoning += reasoning
            self._count(text + refusal + arguments + reasoning)
        elif isinstance(choice.get("text"), str):
            self.text += choice["text"]
            self._count(choice["text"])
        self.has_begun = any((self.text, self._refusal, self._arguments, self._reasoning))
        self._finish = finish_of(choice) or self._finish

    def _count(self, piece: str) -> None:
        self._pieces += bool(piece)
        self._bytes += len(piece.encode("utf-8", "replace"))

    def completion(self) -> Completion:
        """The whole answer; raises AnswerBroken when it was cut off."""
        if not self._is_done and not self._finish:
            raise AnswerBroken("The stream ended before the answer did.")
        return self._completion(self._finish)

    def cut_off(self, tokens: int) -> Completion:
        """What there is of an answer that nothing more is read of after so many tokens."""
        return replace(self._completion("length"), cut_at=tokens)

    def _completion(self, finish: str) -> Completion:
        sent, answered = tokens_in(self._usage)
        return Completion(
            text=without_thoughts(self.text or self._arguments or self._reasoning),
            refusal=self._refusal.strip(),
            finish=finish,
            sent=sent,
            answered=answered,
            is_stream=True,
        )
