"""The templates' environment: what all see is one dict, and what a page does thousands of times is quick."""

from collections import ChainMap
from collections.abc import Callable, MutableMapping
from functools import cached_property
from types import FunctionType, MethodType
from typing import Any

import flask.templating
from jinja2.runtime import Context, Macro
from jinja2.utils import missing


class Later:
    """A value that every template could name and few do: made when the first one does."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def value(self) -> Any:
        """What `make` returns, which is called once."""
        return self._make()


class QuickContext(Context):
    """Jinja's, which calls macros and plain functions without looking for what they take, as it does for objects."""

    def resolve_or_missing(self, key: str) -> Any:
        """The value of a name, made now where it is `Later`."""
        if key in self.vars:
            return self.vars[key]
        value = self.parent.get(key, missing)
        return value.value if type(value) is Later else value

    def call(self, callee: Any, /, *args: Any, **kwargs: Any) -> Any:
        """What a template calls, handed what Jinja says that it takes."""
        kind = type(callee)
        if kind is Macro:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return callee(self.eval_ctx, *args, **kwargs)
        if (kind is FunctionType or kind is MethodType) and not hasattr(callee, "jinja_pass_arg"):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            if hasattr(callee, "takes_escaping"):
                return callee(self.eval_ctx.autoescape, *args, **kwargs)
            return callee(*args, **kwargs)
        return super().call(callee, *args, **kwargs)


class Environment(flask.templating.Environment):
    """Flask's, quicker where a template calls, imports or includes another one, as rows of a list do."""

    context_class = QuickContext

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template sees besides what it is rendered with: mostly what all see, with nothing before it.

        Jinja compares and copies it with every import, which takes a ChainMap many times as long.
        """
        return ChainMap(dict(d), self.globals) if d else self.globals


def takes_escaping(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: templates hand the function, before its arguments, whether what they show is escaped."""
    function.takes_escaping = True  # type: ignore[attr-defined]
    return function
