"""Some people see only the sites granted to them. In their requests, rows of other sites do not exist for any code.

`limit_to` narrows every statement of the present application context: a listener adds the condition to each SELECT,
UPDATE and DELETE over mapped classes, in subqueries, joins and relationship loads too. What belongs to a site is read
from the tables: a column `site_id`, or a foreign key that leads to a table with one. A class whose rows belong to sites
in another way says so itself by `__site_scope__(scope)`.

Bare tables (`Model.__table__`) that a statement itself reads or changes are narrowed too; those in its subqueries and
in raw SQL are not: they go by ids that were read before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import g, has_app_context
from sqlalchemy import ColumnElement, Insert, Join, Select, Table, event, or_, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from app.core.db import Base

MANY_STATEMENTS = 2_000
_TABLES: dict[Any, frozenset[Table]] = {}  # by statement


@dataclass(frozen=True)
class SiteScope:
    """The sites that a person may see."""

    site_ids: frozenset[int]
    user_id: int | None


def limit_to(site_ids: frozenset[int], user_id: int | None) -> None:
    """Show only these sites for the rest of this application context."""
    g.site_scope = SiteScope(site_ids, user_id)


@contextmanager
def limited_to(scope: SiteScope | None) -> Iterator[None]:
    """Within this block, show only the sites of `scope`; without one, every site of the account."""
    before = current_scope()
    g.site_scope = scope
    try:
        yield
    finally:
        g.site_scope = before


def current_scope() -> SiteScope | None:
    """The scope of this application context; None when all sites of the account may be seen."""
    return g.get("site_scope") if has_app_context() else None


@contextmanager
def every_site() -> Iterator[None]:
    """Within this block, ignore the scope: for what has to be known about other sites and is not shown."""
    if current_scope() is None:
        yield
        return
    with limited_to(None):
        yield


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    scope = current_scope()
    if scope is None or state.is_column_load:
        return
    copies = state.is_insert and getattr(state.statement, "select", None) is not None
    if state.is_select or state.is_update or state.is_delete or copies:
        state.statement = _narrow_bare(state.statement, scope).options(*_options(scope))


def _narrow_bare(statement: Any, scope: SiteScope) -> Any:
    """The statement with conditions on the bare tables that it reads or changes."""
    if isinstance(statement, Select):
        tables = _bare_tables(statement)
    else:
        changed: Any = getattr(statement, "table", None)
        tables = frozenset((changed,) if _is_bare(changed) else ())
    for table in tables:
        condition = in_sites(table, scope)
        if condition is not None and not isinstance(statement, Insert):
            missing = next(iter(table.primary_key.columns)).is_(None)  # on the far side of an outer join
            statement = statement.where(or_(condition, missing))
    return statement


def _bare_tables(statement: Select[Any]) -> frozenset[Table]:
    """The bare tables that a SELECT itself reads; cached for statements that differ only in their values."""
    key = statement._generate_cache_key()  # what SQLAlchemy keeps compiled statements by
    if key is None:
        return _bare_tables_of(statement)
    tables = _TABLES.get(key.key)
    if tables is None:  # other threads may put it in or clear it meanwhile
        tables = _bare_tables_of(statement)
        if len(_TABLES) >= MANY_STATEMENTS:
            _TABLES.clear()
        _TABLES[key.key] = tables
    return tables


def _bare_tables_of(statement: Select[Any]) -> frozenset[Table]:
    return frozenset(part for source in statement.get_final_froms() for part in _parts(source) if _is_bare(part))


def _parts(source: Any) -> Iterator[Any]:
    if isinstance(source, Join):
        yield from _parts(source.left)
        yield from _parts(source.right)
    else:
        yield source


def _is_bare(part: Any) -> bool:
    return isinstance(part, Table) and "parententity" not in part._annotations


@lru_cache(maxsize=256)
def _options(scope: SiteScope) -> tuple[Any, ...]:
    options = []
    for mapper in Base.registry.mappers:
        condition = _condition(mapper.class_, scope)
        if condition is not None:
            options.append(
                with_loader_criteria(mapper.class_, condition, include_aliases=True, propagate_to_loaders=False)
            )
    return tuple(options)


def _condition(model: Any, scope: SiteScope) -> ColumnElement[bool] | None:
    own = getattr(model, "__site_scope__", None)
    if own is not None:
        condition: ColumnElement[bool] = own(scope)
        return condition
    return in_sites(model.__table__, scope)


def in_sites(table: Table, scope: SiteScope) -> ColumnElement[bool] | None:
    """The condition on rows of `table`; None when they belong to no site."""
    ids = sorted(scope.site_ids)
    if table.name == "sites":
        return table.c.id.in_(ids)
    if "site_id" in table.c:
        inside = table.c.site_id.in_(ids)
        return or_(inside, table.c.site_id.is_(None)) if table.c.site_id.nullable else inside
    for key in table.foreign_keys:
        above = key.column.table
        if above is not table and not key.parent.nullable and (condition := in_sites(above, scope)) is not None:
            return key.parent.in_(select(key.column).where(condition).correlate(None))
    return None
