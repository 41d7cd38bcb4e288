"""Many new rows at once, as one statement: a fraction of what the ORM's INSERTs cost in this process. Callers commit.

COPY would be faster still, but PostgreSQL refuses it under row-level security.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Column, FromClause, String, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from app.extensions import db

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def new_ids(table: FromClause, count: int) -> list[int]:
    """So many fresh values of the table's `id`, ascending."""
    stmt = text("select nextval((select pg_get_serial_sequence(:name, 'id'))) from generate_series(1, :count)")
    return list(db.session.scalars(stmt, {"name": str(table), "count": count}))


def copy_rows(table: FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert these rows, which have the same columns; the table's scalar defaults fill what they leave out.

    In the session's transaction. Raises what an INSERT would.
    """
    if not rows:
        return
    assert isinstance(table, Table)
    defaults = {
        column.name: getattr(column.default, "arg", None)
        for column in table.columns
        if column.default is not None and column.default.is_scalar and column.name not in rows[0]
    }
    values, parameters = [], []
    for number, name in enumerate(rows[0]):
        found = [row[name] for row in rows]
        # Most columns have one value in all rows; the first one says how many rows there are.
        is_one = number > 0 and all(value == found[0] for value in found)
        value, parameter = _value(table.columns[name], found[0] if is_one else found, is_list=not is_one)
        values.append(value)
        parameters.append(parameter)
    for name, default in defaults.items():
        value, parameter = _value(table.columns[name], default, is_list=False)
        values.append(value)
        parameters.append(parameter)
    names = ", ".join(f'"{name}"' for name in [*rows[0], *defaults])
    db.session.flush()
    db.session.connection().exec_driver_sql(
        f'insert into "{table.name}" ({names}) select {", ".join(values)}',
        tuple(parameters),
    )


def _value(column: Column[Any], given: Any, *, is_list: bool) -> tuple[str, Any]:
    """A value, or one for each row, of a column: as SQL, and as the driver takes it.

    Texts go as binary arrays: they are neither escaped nor read again.
    """
    if isinstance(column.type, JSONB):
        coded = [_coded(one) for one in given] if is_list else _coded(given)
        return ("unnest(%b::text[])::jsonb" if is_list else "%s::jsonb"), coded
    # Without its length: a cast would cut off what is too long, where an INSERT refuses it.
    kind = "text" if isinstance(column.type, String) else column.type.compile(_DIALECT)
    return (f"unnest(%b::{kind}[])" if is_list else f"%s::{kind}"), given


def _coded(value: Any) -> str | None:
    return None if value is None else to_json(value).decode()
