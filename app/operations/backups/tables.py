"""What is in the tables of a database, the same before a dump and after a restore: how many rows, a hash of some."""

import psycopg
from psycopg import sql

from app.operations.backups.manifest import TableFacts

SAMPLED = 100
TABLES = """
select c.relname as name, array(
  select a.attname from pg_index i
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
  where i.indrelid = c.oid and i.indisprimary order by array_position(i.indkey::int[], a.attnum::int)
) as keys
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not exists (
  select from pg_depend d where d.objid = c.oid and d.deptype = 'e'
) order by c.relname
"""


def read_tables(connection: psycopg.Connection) -> dict[str, TableFacts]:
    """The facts of each table, in the connection's transaction."""
    connection.execute("set local timezone to 'UTC'")
    connection.execute("set local datestyle to 'ISO'")
    connection.execute("set local statement_timeout to 0")
    return {name: _facts(connection, name, keys) for name, keys in connection.execute(TABLES).fetchall()}


def _facts(connection: psycopg.Connection, name: str, keys: list[str]) -> TableFacts:
    table = sql.Identifier(name)
    row = connection.execute(sql.SQL("select count(*) from {}").format(table)).fetchone()
    assert row is not None
    return TableFacts(rows=row[0], sample=_sample(connection, table, keys))


def _sample(connection: psycopg.Connection, table: sql.Identifier, keys: list[str]) -> str:
    if not keys:
        return ""
    up = sql.SQL(", ").join(sql.Identifier(key) for key in keys)
    down = sql.SQL(", ").join(sql.SQL("{} desc").format(sql.Identifier(key)) for key in keys)
    statement = sql.SQL(
        "select md5(string_agg(line, '|' order by line)) from ("
        "(select t::text as line from {table} t order by {up} limit {most}) union all "
        "(select t::text from {table} t order by {down} limit {most})) lines"
    )
    row = connection.execute(statement.format(table=table, up=up, down=down, most=sql.Literal(SAMPLED))).fetchone()
    return str(row[0] or "") if row else ""


def compare_tables(expected: dict[str, TableFacts], present: dict[str, TableFacts]) -> list[str]:
    """What differs between what was saved and what is there, in words."""
    lines = [f"the table {name} is missing" for name in expected if name not in present]
    for name, facts in expected.items():
        now = present.get(name, facts)
        if now.rows != facts.rows:
            lines.append(f"{name} has {now.rows} rows in place of {facts.rows}")
        elif now.sample != facts.sample:
            lines.append(f"rows of {name} are not those that were saved")
    return lines
