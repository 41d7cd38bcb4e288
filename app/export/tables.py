"""Which rows belong to an account, table by table, read some thousand at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, literal, select, tuple_

from app.core.clock import iso
from app.core.db import Base
from app.core.extensions import db

AT_ONCE = 1000
# What lets somebody in, what only the machinery needs, and people: they come as `members`.
LEFT_OUT = frozenset(
    {
        "users",
        "user_sessions",
        "mail_tokens",
        "recovery_codes",
        "outgoing_mails",
        "inbound_nonces",
        "body_bands",
        "periodic_ticks",
        "stripe_events",
        "memberships",
        "site_access",
    }
)
HIDDEN_COLUMNS = frozenset({"secret", "token_hash", "key_hash", "lease_token", "rq_job_id", "search", "lane"})


def tables() -> list[Table]:
    """The tables of an account's data, those that others refer to first."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.name not in LEFT_OUT and account_condition(table, 0) is not None
    ]


def account_condition(table: Table, account_id: int) -> ColumnElement[bool] | None:
    """The condition on rows of this account; None when the table's rows belong to none."""
    if table.name == "accounts":
        return table.c.id == account_id
    if "account_id" in table.c:
        return table.c.account_id == account_id
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        above = key.column.table
        if (
            above is not table
            and not key.parent.nullable
            and (inside := account_condition(above, account_id)) is not None
        ):
            return key.parent.in_(select(key.column).where(inside).correlate(None))
    return None


def exported_columns(table: Table) -> list[Column[Any]]:
    """The columns that are exported."""
    return [c for c in table.columns if c.name not in HIDDEN_COLUMNS and not c.info.get("encrypted")]


def rows(table: Table, account_id: int) -> Iterator[dict[str, Any]]:
    """The account's rows in the order of their keys. Commits after each thousand: no long transaction."""
    condition, selected_columns, keys = (
        account_condition(table, account_id),
        exported_columns(table),
        list(table.primary_key.columns),
    )
    assert condition is not None
    marks = [key.label(f"_key_{number}") for number, key in enumerate(keys)]
    stmt = select(*selected_columns, *marks).where(condition).order_by(*keys).limit(AT_ONCE)
    last: tuple[Any, ...] | None = None
    while True:
        page = stmt
        if last is not None:
            page = stmt.where(tuple_(*keys) > tuple_(*(_bound(*pair) for pair in zip(keys, last, strict=True))))
        page_rows = db.session.execute(page).all()
        db.session.commit()
        for row in page_rows:
            yield {column.name: json_value(value) for column, value in zip(selected_columns, row, strict=False)}
        if len(page_rows) < AT_ONCE:
            return
        last = tuple(page_rows[-1])[len(selected_columns) :]


def _bound(column: Column[Any], value: Any) -> Any:
    return literal(value, type_=column.type)


def json_value(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, datetime):
        return iso(value)
    return value if value is None or isinstance(value, (bool, int, float, str, list, dict)) else str(value)
