"""How a person wants keywords read: in which encoding, what separates cells, whether there is a header. Pure."""

from dataclasses import astuple, dataclass, fields
from typing import Any

from app.core.errors import DomainError
from app.core.languages import N_, gettext
from app.planner.imports.text import ENCODINGS

DELIMITERS = "\t,;|"
OTHER_SIGNS = "^~:¦!\x1f\x01"
SEPARATORS: dict[str, tuple[str | None, str]] = {
    "comma": (",", N_("Comma")),
    "semicolon": (";", N_("Semicolon")),
    "tab": ("\t", N_("Tab")),
    "bar": ("|", N_("Vertical bar (pipe)")),
    "none": (None, N_("Nothing: one keyword a line")),
}
OTHER = "other"
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Choices:
    """Keys of ENCODINGS and SEPARATORS, and YES or NO; empty for what is to be recognised.

    When `separator` is OTHER, `sign` is the one character that separates cells.
    """

    encoding: str = ""
    separator: str = ""
    header: str = ""
    sign: str = ""

    @property
    def separates(self) -> str:
        """The sign that the person chose, empty when none was or cells are not separated."""
        return self.sign if self.separator == OTHER else SEPARATORS.get(self.separator, (None, ""))[0] or ""

    @property
    def delimiters(self) -> str:
        """The delimiters to try."""
        return self.separates or DELIMITERS

    @property
    def own(self) -> str:
        """The names of the options that were chosen."""
        return ",".join(field.name for field in fields(self) if getattr(self, field.name))

    @property
    def key(self) -> str:
        """The choices in one line, to tell whether they are those of an earlier request."""
        return "/".join(astuple(self))

    def checked(self) -> "Choices":
        """These choices if they are valid; raises DomainError with the field that is wrong."""
        if self.encoding and self.encoding not in ENCODINGS:
            raise _bad("encoding", gettext("This encoding is not known."), gettext("Choose one of the list."))
        if self.separator and self.separator not in SEPARATORS and self.separator != OTHER:
            raise _bad("separator", gettext("This separator is not known."), gettext("Choose one of the list."))
        if self.separator == OTHER and not _can_separate(self.sign):
            cure = gettext("Type one character, such as ^ or ~; no letter, digit or quote.")
            raise _bad("sign", gettext("It is not known which sign separates the cells."), cure)
        if self.header not in ("", YES, NO):
            raise _bad(
                "header", gettext("It is not known whether the first row is a header."), gettext("Choose yes or no.")
            )
        return self


RECOGNISED = Choices()


def _bad(field: str, message: str, cure: str) -> DomainError:
    return DomainError(message, code="BAD_CHOICE", cure=cure, field=field)


def _can_separate(sign: str) -> bool:
    return len(sign) == 1 and (sign == "\t" or sign.isprintable()) and not sign.isalnum() and sign not in "\"'"


def choices_in(values: Any) -> Choices:
    """The choices that a form or the parameters of a run hold."""
    return Choices(**{field.name: str(values.get(field.name) or "") for field in fields(Choices)})


def choices_by_key(key: str) -> Choices:
    """The choices with this `key`."""
    parts = key.split("/", 3)
    return Choices(*parts) if len(parts) == 4 else RECOGNISED
