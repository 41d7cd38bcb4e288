"""The templates' environment: what all see is one dict, and what a page does thousands of times is quick."""

from collections import ChainMap
from collections.abc import Callable, MutableMapping
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import flask.templating
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

try:
    from markupsafe._speedups import _escape_inner as escape_text
except ImportError:  # built without its C part
    from markupsafe._native import _escape_inner as escape_text


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
            if kwargs:
                kwargs.pop("_block_vars", None)
                kwargs.pop("_loop_vars", None)
            if not self.eval_ctx.autoescape or callee.caller or callee.catch_kwargs or callee.catch_varargs:
                return callee(self.eval_ctx, *args, **kwargs)
            return _html_of_macro(callee, args, kwargs)
        if kind is BuiltinFunctionType:  # also a method of a text or a date
            if kwargs:
                kwargs.pop("_block_vars", None)
                kwargs.pop("_loop_vars", None)
            return callee(*args, **kwargs)
        if (kind is FunctionType or kind is MethodType) and not hasattr(callee, "jinja_pass_arg"):
            if kwargs:
                kwargs.pop("_block_vars", None)
                kwargs.pop("_loop_vars", None)
            if hasattr(callee, "takes_escaping"):
                return callee(self.eval_ctx.autoescape, *args, **kwargs)
            return callee(*args, **kwargs)
        return super().call(callee, *args, **kwargs)


def _html_of_macro(macro: Macro, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a macro makes of these arguments; Jinja says so itself where it takes others."""
    arguments = args
    if len(args) != len(macro.arguments):
        arguments = (*args, *[kwargs.pop(name, missing) for name in macro.arguments[len(args) :]])
    if kwargs or len(arguments) != len(macro.arguments):
        return macro(*args, **kwargs)
    return str.__new__(Markup, macro._func(*arguments))  # it is a text, which Markup() would look into first


def as_html(value: Any) -> str:
    """The value as a page shows it: HTML as it is, everything else escaped."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    return escape_text(value) if kind is str else escape(value)


class QuickCode(CodeGenerator):
    """Jinja's, in which what is shown goes through `as_html`: `escape` makes a Markup of each part of a page."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.as_html(")


class Environment(flask.templating.Environment):
    """Flask's, quicker where a template calls, imports or includes another one, as rows of a list do."""

    code_generator_class = QuickCode
    context_class = QuickContext
    as_html = staticmethod(as_html)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template sees besides what it is rendered with: mostly what all see, with nothing before it.

        Jinja compares and copies it with every import, which takes a ChainMap many times as long.
        """
        return ChainMap(dict(d), self.globals) if d else self.globals


def takes_escaping(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: templates hand the function, before its arguments, whether what they show is escaped."""
    function.takes_escaping = True  # type: ignore[attr-defined]
    return function
