"""Pages of a SELECT, with a count that stays cheap on millions of rows."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, literal, select

from app.core.extensions import db

T = TypeVar("T")
COUNT_CAP = 10_000
MAX_PAGE = 1_000_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows. `total` is exact up to COUNT_CAP and a lower bound above it."""

    items: list[T]
    page: int
    per_page: int
    total: int
    total_is_exact: bool
    has_next: bool
    before: str = ""
    after: str = ""

    @property
    def pages(self) -> int:
        """Number of pages, as far as counted."""
        return max(self.page + (1 if self.has_next else 0), -(-self.total // self.per_page), 1)

    @property
    def counted(self) -> str:
        """The total in words: ``120`` or ``10,000+``."""
        return f"{self.total:,}{'' if self.total_is_exact else '+'}"

    @property
    def has_prev(self) -> bool:
        return self.page > 1

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 when there is none."""
        return (self.page - 1) * self.per_page + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Number of the last row shown; 0 when there is none."""
        return self.first + len(self.items) - 1 if self.items else 0


def paginate(stmt: Select[Any], *, page: int = 1, per_page: int = 50) -> Page[Any]:
    """Run `stmt` for one page, counting at most COUNT_CAP rows. A page past the end gives the last."""
    narrow = stmt.with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    capped = narrow.limit(COUNT_CAP + 1).subquery()
    counted = db.session.scalar(select(func.count()).select_from(capped)) or 0
    exact = counted <= COUNT_CAP
    page = min(max(1, page), MAX_PAGE)
    if exact:
        page = min(page, max(1, -(-counted // per_page)))
    result = db.session.execute(stmt.limit(per_page + 1).offset((page - 1) * per_page))
    rows = list(result.unique().scalars()) if len(stmt.column_descriptions) == 1 else list(result)
    return Page(rows[:per_page], page, per_page, min(counted, COUNT_CAP), exact, len(rows) > per_page)
