"""Addresses of routes: what `url_for` builds, with its numbers filled into a form that is built once."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, request

FORMS = 4096
PLACE = 7_370_000_000_000_000_000  # while a form is built, a number from here on stands where others go
_PLACES = re.compile(rf"{PLACE // 100}(\d\d)")
Part = tuple[str, str | None]
_request = request._get_current_object  # type: ignore[attr-defined]  # what `request` asks each time, without asking how


class RouteAddresses:
    """The addresses of an application's routes. A page of a list asks for hundreds that differ in a number alone."""

    def __init__(self, build: Callable[..., str]) -> None:
        """`build` is Flask's own `url_for`."""
        self._build = build
        self._form_of = lru_cache(FORMS)(self._build_form)

    def url_for(self, endpoint: str, /, **values: Any) -> str:
        """As Flask's, which builds it outside of requests and of other values than texts and numbers."""
        try:
            current = _request()
        except RuntimeError:  # outside of requests
            return self._build(endpoint, **values)
        if endpoint[0] == ".":
            return self._build(endpoint, **values)
        numbers: list[str] = []
        parts: list[Part] = []
        for name, value in values.items():
            kind = type(value)
            if kind is int and value >= 0:
                numbers.append(str(value))
                parts.append((name, None))
            elif kind is str and (name == "_anchor" or not name.startswith("_")):
                parts.append((name, value))
            elif value is not None:
                return self._build(endpoint, **values)
        pieces, order = self._form_of(endpoint, tuple(parts), current.root_path, current.method)
        if len(order) == 1:
            return numbers[0].join(pieces)
        return "".join([pieces[0], *(numbers[place] + piece for place, piece in zip(order, pieces[1:], strict=True))])

    def _build_form(
        self, endpoint: str, parts: tuple[Part, ...], _root: str, _method: str
    ) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """The texts around the numbers, and which of the numbers stand between them, by their place in the call.

        Flask reads root and method from the request.
        """
        values: dict[str, Any] = {}
        count = 0
        for name, text in parts:
            values[name] = text if text is not None else PLACE + count
            count += text is None
        pieces = _PLACES.split(self._build(endpoint, **values))
        return tuple(pieces[::2]), tuple(int(place) for place in pieces[1::2])


def init_app(app: Flask) -> None:
    """Have Python and templates build addresses of routes by their forms."""
    app.url_for = RouteAddresses(app.url_for).url_for  # type: ignore[assignment, method-assign]
    app.jinja_env.globals["url_for"] = app.url_for
