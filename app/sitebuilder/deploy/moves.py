"""Pages that get the addresses of each other in one deploy. Pure.

WordPress puts a number behind a slug that another page has. So the page that has it is published with a slug of its own
first, stands aside, and gets the one that it is to have once the others have theirs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PagePlace:
    """Where a page is in WordPress: below which page (0: none), and its slug."""

    parent: int
    slug: str


def holders(present: Mapping[int, PagePlace], wanted: Mapping[int, PagePlace]) -> dict[int, int]:
    """By page that is to get a place: the page that has it now, and is to get another. Keys are those of the caller."""
    leaving = {place: key for key, place in present.items() if key in wanted and wanted[key] != place}
    return {key: leaving[place] for key, place in wanted.items() if leaving.get(place, key) != key}


def without_place(taken: Collection[int], held: Mapping[int, int]) -> set[int]:
    """Those of the pages with a taken place that cannot have it: who has it is no page that gives it up.

    A page gives its place up only while it can have its own.
    """
    stuck = {key for key in taken if key not in held}
    while more := {key for key in taken if key not in stuck and held.get(key) in stuck}:
        stuck |= more
    return stuck


def aside_slug(deploy_id: int, row_id: int) -> str:
    """The slug of a page that stands aside; no other page has it."""
    return f"moving-{deploy_id}-{row_id}"
