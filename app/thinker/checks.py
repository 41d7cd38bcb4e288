"""The checks that an answer has to pass in a test: simple assertions on its text. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from app.ai.answer_readings import values_meant
from app.ai.markup.answer_parts import plain_name
from app.core.errors import DomainError
from app.core.languages import N_, gettext, local_number

KINDS: Mapping[str, str] = {
    "contains": N_("Contains"),
    "lacks": N_("Does not contain"),
    "at_least": N_("Is at least so many characters long"),
    "at_most": N_("Is at most so many characters long"),
    "field": N_("Has this field in its JSON"),
}
MOST, VALUE_LENGTH = 20, 300
MAX_CHARACTERS = 1_000_000


def checks_of_form(kinds: Sequence[str], values: Sequence[str]) -> list[dict[str, str]]:
    """The checks of a form; rows without a value are left out. Raises DomainError."""
    checks = []
    for kind, value in zip(kinds, values, strict=False):
        value = value.strip()
        if not value:
            continue
        if kind not in KINDS or len(value) > VALUE_LENGTH:
            raise DomainError(
                gettext("“%(value)s” cannot be checked.", value=value[:60]),
                code="CHECK_INVALID",
                cure=gettext(
                    "Choose a kind of check; its text has at most %(value_length)s characters.",
                    value_length=VALUE_LENGTH,
                ),
            )
        if kind in ("at_least", "at_most") and not (value.isascii() and value.isdigit() and len(value) <= 7):
            raise DomainError(
                gettext("“%(value)s” is no number of characters.", value=value[:60]),
                code="CHECK_INVALID",
                cure=gettext("Write a whole number."),
            )
        checks.append({"kind": kind, "value": value})
    if len(checks) > MOST:
        raise DomainError(
            gettext("%(most)s checks are the most.", most=MOST), code="TOO_MANY_CHECKS", cure=gettext("Take some out.")
        )
    return checks


def failed_checks(checks: Sequence[Mapping[str, str]], answer: str, form: type[BaseModel]) -> list[str]:
    """What is wrong with an answer, in sentences; empty when it passes. Case makes no difference.

    Fields are those of `form`, the type of the answer, however the model has wrapped it.
    """
    return [words for check in checks if (words := _problem(check["kind"], check["value"], answer, form))]


def _problem(kind: str, value: str, answer: str, form: type[BaseModel]) -> str:
    has = value.casefold() in answer.casefold()
    if kind == "contains":
        return "" if has else gettext("It does not contain “%(value)s”.", value=value)
    if kind == "lacks":
        return gettext("It contains “%(value)s”.", value=value) if has else ""
    if kind == "field":
        has_field = any(_at(path_value, value) not in (None, "", [], {}) for path_value in values_meant(answer, form))
        return "" if has_field else gettext("The field “%(value)s” is missing or empty.", value=value)
    enough = len(answer) >= int(value) if kind == "at_least" else len(answer) <= int(value)
    if enough:
        return ""
    values = {"length": local_number(len(answer)), "wanted": local_number(int(value))}
    if kind == "at_least":
        return gettext("It has %(length)s characters, less than %(wanted)s.", **values)
    return gettext("It has %(length)s characters, more than %(wanted)s.", **values)


def _at(value: Any, path: str) -> Any:
    """The value at a path like `ideas.0.title`, however names are spelt; None when there is nothing."""
    for part in path.split("."):
        if isinstance(value, dict):
            value = next((inner for name, inner in value.items() if plain_name(name) == plain_name(part)), None)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
