"""The base of every event. `subjects` are the ids of what it is about, all of one site.

A domain has its events in its own `events.py`: it publishes them, those above it subscribe.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to rows of one site of an account.

    `name` is stored in the database: it must never change.
    """

    name: ClassVar[str]
    may_be_empty: ClassVar[bool] = False
    account_id: int
    site_id: int
    subjects: tuple[int, ...]

    def with_subjects(self, subjects: Iterable[int]) -> Self:
        """The same event of these subjects, each once, in order."""
        return replace(self, subjects=tuple(sorted(set(subjects))))
