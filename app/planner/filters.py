"""What a list shows: filters and sorting read from a query string, as SQL conditions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_

from app.core.listing.search import Search
from app.core.request_ids import id_of
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES, INTENTS, Cluster, Idea, Keyword

_RANGE = re.compile(r"(\d{0,9})-(\d{0,9})")
Range = tuple[int | None, int | None]


def _range(text: str | None) -> Range | None:
    """`100-1000`, `100-` and `-100`; None for anything else."""
    match = _RANGE.fullmatch(text or "")
    if match is None or match.group(0) == "-":
        return None
    low, high = match.groups()
    return (int(low) if low else None, int(high) if high else None)


def _choice(text: str | None, known: tuple[str, ...]) -> str | None:
    return text if text in known else None


def _within(column: Any, limits: Range) -> list[ColumnElement[bool]]:
    low, high = limits
    lower = [column >= low] if low is not None else []
    return lower + ([column <= high] if high is not None else [])


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Case-insensitive substring; `%` and `_` mean themselves."""
    found: ColumnElement[bool] = column.icontains(text.replace("\0", ""), autoescape=True)
    return found


@dataclass(frozen=True)
class KeywordFilter:
    """Filters of the keyword list. `cluster` is an id, or 0 for keywords without a cluster."""

    q: str = ""
    sector: int | None = None
    cluster: int | None = None
    intent: str | None = None
    country: str | None = None
    volume: Range | None = None
    difficulty: Range | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "KeywordFilter":
        """Parameters `q sector cluster intent country volume difficulty`; what cannot be read is ignored."""
        cluster = 0 if args.get("cluster") == "none" or args.get("unclustered") == "1" else id_of(args.get("cluster"))
        country = args.get("country", "").upper()
        return cls(
            q=" ".join(args.get("q", "").replace("\0", "").split())[:200],
            sector=id_of(args.get("sector")),
            cluster=cluster,
            intent=_choice(args.get("intent"), INTENTS),
            country=country if re.fullmatch(r"[A-Z]{2}", country) else None,
            volume=_range(args.get("volume")),
            difficulty=_range(args.get("difficulty")),
        )

    def where(self) -> list[ColumnElement[bool]]:
        """Conditions on Keyword."""
        found = Search(Keyword.search, Keyword.keyword).where(self.q) if self.q else []
        found += [] if self.sector is None else [Keyword.sector_id == self.sector]
        if self.cluster is not None:
            found.append(Keyword.cluster_id == self.cluster if self.cluster else Keyword.cluster_id.is_(None))
        found += [] if self.intent is None else [Keyword.intent == self.intent]
        found += [] if self.country is None else [Keyword.country == self.country]
        found += [] if self.volume is None else _within(Keyword.volume, self.volume)
        found += [] if self.difficulty is None else _within(Keyword.difficulty, self.difficulty)
        return found

    @property
    def is_active(self) -> bool:
        """Whether anything is filtered."""
        return self != KeywordFilter()


@dataclass(frozen=True)
class IdeaFilter:
    """Filters of the idea list. `state` is ``open`` (no task yet) or ``used``."""

    q: str = ""
    cluster: int | None = None
    content_type: str | None = None
    structure: str | None = None
    state: str | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "IdeaFilter":
        """Parameters `q cluster type structure state`; what cannot be read is ignored."""
        return cls(
            q=" ".join(args.get("q", "").split())[:200],
            cluster=id_of(args.get("cluster")),
            content_type=_choice(args.get("type"), CONTENT_TYPES),
            structure=_choice(args.get("structure"), CONTENT_STRUCTURES),
            state=_choice(args.get("state"), ("open", "used")),
        )

    def where(self) -> list[ColumnElement[bool]]:
        """Conditions on Idea."""
        found = [or_(contains(Idea.title, self.q), contains(Idea.primary_keyword, self.q))] if self.q else []
        found += [] if self.cluster is None else [Idea.cluster_id == self.cluster]
        found += [] if self.content_type is None else [Idea.content_type == self.content_type]
        found += [] if self.structure is None else [Idea.content_structure == self.structure]
        found += {"open": [Idea.task_id.is_(None)], "used": [Idea.task_id.is_not(None)]}.get(self.state or "", [])
        return found

    @property
    def is_active(self) -> bool:
        """Whether anything is filtered."""
        return self != IdeaFilter()


KEYWORD_SORTS: dict[str, Any] = {
    "keyword": Keyword.normalised,
    "volume": Keyword.volume,
    "difficulty": Keyword.difficulty,
    "cpc": Keyword.cpc,
    "intent": Keyword.intent,
    "country": Keyword.country,
    "cluster": func.lower(Cluster.name),
    "added": Keyword.created_at,
}
IDEA_SORTS: dict[str, Any] = {
    "title": func.lower(Idea.title),
    "type": Idea.content_type,
    "structure": Idea.content_structure,
    "keyword": Idea.primary_keyword,
    "cluster": func.lower(Cluster.name),
    "added": Idea.created_at,
}


def sorted_by(stmt: Select[Any], sorts: dict[str, Any], sort: str | None, default: str, tie: Any) -> Select[Any]:
    """`sort` is a key of `sorts`, with a leading minus for descending; empty values come last."""
    chosen = sort if (sort or "").removeprefix("-") in sorts else default
    column = sorts[(chosen or default).removeprefix("-")]
    order = column.desc() if (chosen or default).startswith("-") else column.asc()
    if getattr(column, "nullable", True):
        order = order.nulls_last()  # said only where it means something: indexes of other columns lack it
    return stmt.order_by(order, tie)
