"""Prompt templates: text with `{{variables}}`, whose values arrive byte for byte. Pure.

A value is put in once and never read again for variables, so braces, quotes and HTML in it mean nothing.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from app.core.errors import DomainError
from app.core.languages import gettext

_PLACE = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
_BRACES = re.compile(r"\{\{([^{}\n]*)\}\}")
_OPENED = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)(?!\s*\}\}|[a-z0-9_])")


@dataclass(frozen=True, slots=True)
class Variable:
    """What a template may name. `kind` says how the value is written: text as it is, the others as JSON."""

    name: str
    description: str
    example: str
    kind: Literal["text", "json"] = "text"


@dataclass(frozen=True, slots=True)
class Template:
    """What is sent: `system` are the instructions, `user` the question. `version` is 0 for the shipped default."""

    system: str
    user: str
    version: int = 0

    @property
    def fingerprint(self) -> str:
        """Twelve letters that name this text: two templates with the same text have the same."""
        return hashlib.sha256(f"{self.system}\0{self.user}".encode()).hexdigest()[:12]

    def named(self) -> set[str]:
        """The variables that the template names."""
        return {*_PLACE.findall(self.system), *_PLACE.findall(self.user)}

    def check(self, variables: Collection[Variable]) -> None:
        """Raise DomainError for a variable that this operation does not have, or whose braces do not close."""
        names_known = {variable.name for variable in variables}
        texts = f"{self.system}\n{self.user}"
        if opened := sorted(set(_OPENED.findall(_BRACES.sub("", texts))) & names_known):
            raise DomainError(
                gettext("The braces after %(opened)s do not close.", opened=", ".join(opened)),
                code="PROMPT_VARIABLE_UNCLOSED",
                cure=gettext("Write {{%(opened)s}}.", opened=opened[0]),
                details={"unclosed": opened},
            )
        unknown = sorted(({inner.strip() for inner in _BRACES.findall(texts)} | self.named()) - names_known)
        if unknown:
            names = ", ".join(f"{{{{{name[:60]}}}}}" for name in unknown[:10])
            variable_names = ", ".join(f"{{{{{variable.name}}}}}" for variable in variables)
            raise DomainError(
                gettext("The prompt names %(names)s, which this operation does not have.", names=names),
                code="PROMPT_VARIABLE_UNKNOWN",
                cure=gettext(
                    "Use one of %(variable_names)s. Braces that are no variable take a space between them.",
                    variable_names=variable_names,
                ),
                details={"unknown": unknown},
            )

    def rendered(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Instructions and question with the values in their places; raises DomainError when one is missing."""
        missing = sorted(self.named() - values.keys())
        if missing:
            raise DomainError(
                gettext("The prompt needs %(missing)s, for which there is no value.", missing=", ".join(missing)),
                code="PROMPT_VARIABLE_MISSING",
                cure=gettext("Take the variable out of the prompt under Thinker, or give it a value."),
                details={"missing": missing},
            )
        return _filled(self.system, values), _filled(self.user, values)

    @staticmethod
    def parts(text: str, values: Mapping[str, str]) -> list[tuple[str, bool]]:
        """One of its texts with the values in their places, cut into (piece, whether it is a value)."""
        pieces = _PLACE.split(text)
        parts = [(values[piece], True) if number % 2 else (piece, False) for number, piece in enumerate(pieces)]
        return [part for part in parts if part[0]]


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values[place[1]], text)
