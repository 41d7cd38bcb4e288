"""What both kinds of source give: which tables there are, and rows of them as texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.core.errors import DomainError
from app.core.languages import gettext
from app.legacy_import.schema import Installation

Raw = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of the table `key`, by the names of its columns there."""

    key: str
    raw: Raw


@dataclass
class ReadProgress:
    """How far a source is read: bytes of a file, or rows of a server."""

    done: int = 0
    total: int | None = None
    notes: list[str] = field(default_factory=list)


class OldSource(Protocol):
    """An old installation that is read."""

    progress: ReadProgress

    def tables(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """All tables as (database, name), with their columns."""

    def rows(self, installation: Installation) -> Iterator[SourceRow]:
        """The rows of its tables. May have rows of WordPress that are not the plugin's."""


def chosen_installation(candidates: Sequence[Installation], database: str, prefix: str) -> Installation:
    """The installation that is meant; raises DomainError when there is none, or several."""
    fitting = [
        one for one in candidates if (not database or one.database == database) and (not prefix or one.prefix == prefix)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and candidates:
        raise DomainError(
            gettext("No tables of the old plugin have the prefix “%(prefix)s”.", prefix=prefix),
            code="NO_INSTALLATION",
            cure=gettext("Begin again with one of these: %(names)s.", names=_names(candidates)),
            field="prefix",
        )
    if not fitting:
        raise DomainError(
            gettext("No tables of the old plugin were found."),
            code="NO_INSTALLATION",
            cure=gettext("Dump the whole database of WordPress: its tables are called like wp_igny8_keywords."),
            field="prefix",
        )
    raise DomainError(
        gettext("There are several installations: %(names)s.", names=_names(fitting)),
        code="SEVERAL_INSTALLATIONS",
        cure=gettext("Begin again, and name the prefix of the one that is meant."),
        field="prefix",
    )


def _names(installations: Sequence[Installation]) -> str:
    """The prefixes of these, with their databases where these are named."""
    names = {f"{one.database}.{one.prefix}" if one.database else one.prefix for one in installations}
    return ", ".join(sorted(names))[:500]
