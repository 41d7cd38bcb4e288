"""The sections of a brief's outline, and moving them about. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

MOST_SECTIONS = 60


def new_id() -> str:
    """An id for a section, which stays with it wherever it is moved."""
    return token_hex(4)


@dataclass(frozen=True, slots=True)
class Section:
    """One section as it is planned."""

    id: str
    heading: str = ""
    notes: str = ""
    keywords: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Section":
        """From how it is stored."""
        return cls(str(row["id"]), str(row["heading"]), str(row["notes"]), tuple(map(str, row["keywords"])))

    def stored(self) -> dict[str, Any]:
        """As it is stored."""
        return {"id": self.id, "heading": self.heading, "notes": self.notes, "keywords": list(self.keywords)}

    @property
    def is_blank(self) -> bool:
        """Whether the section is empty."""
        return not (self.heading or self.notes or self.keywords)


def rearranged(sections: Sequence[Section], wish: str) -> list[Section]:
    """The sections after a button: ``up:<id>``, ``down:<id>``, ``remove:<id>`` or ``add``, also ``add:<id>`` for one
    after that section. What is not understood changes nothing."""
    verb, _, section_id = wish.partition(":")
    places = [place for place, section in enumerate(sections) if section.id == section_id]
    result = list(sections)
    if verb == "add" and len(result) < MOST_SECTIONS:
        result.insert(places[0] + 1 if places else len(result), Section(new_id()))
    elif places and verb == "remove":
        del result[places[0]]
    elif places and verb in ("up", "down"):
        target = places[0] + (1 if verb == "down" else -1)
        if 0 <= target < len(result):
            result.insert(target, result.pop(places[0]))
    return result


def without_blank(sections: Sequence[Section]) -> list[Section]:
    """The sections in which something was written, each with an id of its own."""
    filled: list[Section] = []
    ids: set[str] = set()
    for section in sections:
        if not section.is_blank:
            filled.append(replace(section, id=new_id()) if section.id in ids or not section.id else section)
            ids.add(filled[-1].id)
    return filled
