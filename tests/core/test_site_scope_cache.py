"""What is put together once for people who see some sites only: many threads, more statements than are kept."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core import site_scope
from app.sites.models import Sector, Site

SECTORS = Sector.__table__
COLUMNS = list(Site.__table__.columns)


def bare_tables_of_many(number: int) -> list[set[str]]:
    """The tables of statements that differ in their columns, again and again."""
    names = []
    for place in range(200):
        column = COLUMNS[(number + place) % len(COLUMNS)]
        statement = select(column).join_from(Site.__table__, SECTORS)
        names.append({table.name for table in site_scope._bare_tables(statement)})
    return names


def test_threads_that_clear_it_for_each_other_get_the_right_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_scope, "MANY_STATEMENTS", 1)
    with ThreadPoolExecutor(8) as threads:
        for names in threads.map(bare_tables_of_many, range(8)):
            assert names == [{"sites", "sectors"}] * 200
