"""Pages of a list, also past its end and on long lists."""

import pytest
from sqlalchemy import func, select

from app.core import paging
from app.sites.models import Site


def numbers(count: int) -> object:
    series = func.generate_series(1, count).table_valued("n").render_derived()
    return select(series.c.n).order_by(series.c.n)


@pytest.mark.parametrize(
    ("count", "number", "items", "first", "last", "has_next"),
    [
        (0, 1, [], 0, 0, False),
        (1, 1, [1], 1, 1, False),
        (5, 1, [1, 2], 1, 2, True),
        (5, 3, [5], 5, 5, False),
        (5, 99, [5], 5, 5, False),
        (5, -3, [1, 2], 1, 2, True),
        (4, 2, [3, 4], 3, 4, False),
    ],
)
def test_pages(site: Site, count: int, number: int, items: list[int], first: int, last: int, has_next: bool) -> None:
    got = paging.paginate(numbers(count), page=number, per_page=2)
    assert (got.items, got.first, got.last, got.has_next, got.total) == (items, first, last, has_next, count)
    assert got.total_is_exact


def test_long_lists_are_counted_to_a_bound_and_paged_beyond_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNT_CAP", 10)
    got = paging.paginate(numbers(50), page=9, per_page=5)
    assert (got.items, got.total, got.total_is_exact, got.has_next) == ([41, 42, 43, 44, 45], 10, False, True)
    assert got.pages == 10
