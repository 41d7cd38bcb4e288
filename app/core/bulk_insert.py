"""Many new rows at once, as one statement: a fraction of what the ORM's INSERTs cost in this process. Callers commit.

COPY would be faster still, but PostgreSQL refuses it under row-level security.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Column, Connection, FromClause, String, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from app.core.extensions import db

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def new_ids(table: FromClause, count: int) -> list[int]:
    """So many fresh values of the table's `id`, ascending."""
    stmt = text("select nextval((select pg_get_serial_sequence(:name, 'id'))) from generate_series(1, :count)")
    return list(db.session.scalars(stmt, {"name": str(table), "count": count}))


@contextmanager
def bulk_insert() -> Iterator[Callable[[FromClause, Sequence[Mapping[str, Any]]], None]]:
    """Insert rows, which have the same columns; the table's scalar defaults fill what they leave out.

    The database works while the caller makes the next rows ready: until the end of the block nothing else may use the
    session. In the session's transaction. Raises what an INSERT would, at the end.
    """
    db.session.flush()
    connection = db.session.connection()
    with ThreadPoolExecutor(1, "copying") as pool:
        running: list[Future[None]] = []

        def insert_rows(table: FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
            if rows:
                statement, values = _statement(table, rows)
                context = copy_context()  # the statement is within the caller's account
                running.append(pool.submit(context.run, _execute, connection, statement, values))

        yield insert_rows
        for statement in running:
            statement.result()


def insert_new(table: FromClause, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert, in this order, the rows that violate no unique key of the table. Returns the `id`s that they got.

    As `bulk_insert`, but in this thread.
    """
    if not rows:
        return []
    db.session.flush()
    statement, values = _statement(table, rows)
    added = db.session.connection().exec_driver_sql(f"{statement} on conflict do nothing returning id", values)
    return list(added.scalars())


def _execute(connection: Connection, statement: str, parameters: tuple[Any, ...]) -> None:
    connection.exec_driver_sql(statement, parameters)  # a result would keep the texts in memory


def _statement(table: FromClause, rows: Sequence[Mapping[str, Any]]) -> tuple[str, tuple[Any, ...]]:
    assert isinstance(table, Table)
    columns: dict[str, tuple[str, Any]] = {}
    for name in rows[0]:
        column_values = [row[name] for row in rows]
        # Most columns have one value in all rows; the first one says how many rows there are.
        is_one = bool(columns) and all(value == column_values[0] for value in column_values)
        columns[name] = _sql_value(
            table.columns[name], column_values[0] if is_one else column_values, is_list=not is_one
        )
    for column in table.columns:
        if column.default is not None and column.default.is_scalar and column.name not in columns:
            columns[column.name] = _sql_value(column, getattr(column.default, "arg", None), is_list=False)
    names = ", ".join(f'"{name}"' for name in columns)
    values, parameters = zip(*columns.values(), strict=True)
    return f'insert into "{table.name}" ({names}) select {", ".join(values)}', parameters


def _sql_value(column: Column[Any], value: Any, *, is_list: bool) -> tuple[str, Any]:
    """A column's value, or its value in each row: as SQL, and as the driver takes it.

    Texts go as binary arrays: they are neither escaped nor read again.
    """
    if isinstance(column.type, JSONB):
        coded = [_coded(item) for item in value] if is_list else _coded(value)
        return ("unnest(%b::text[])::jsonb" if is_list else "%s::jsonb"), coded
    # Without its length: a cast would cut off what is too long, where an INSERT refuses it.
    kind = "text" if isinstance(column.type, String) else column.type.compile(_DIALECT)
    return (f"unnest(%b::{kind}[])" if is_list else f"%s::{kind}"), value


def _coded(value: Any) -> str | None:
    return None if value is None else to_json(value).decode()
