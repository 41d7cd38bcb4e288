"""How many publishes ended, by quarter of an hour, kept by a trigger: dashboards add up days and weeks of any zone"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
ENDED = "kind = 'publish' and state in ('succeeded', 'failed') and ended_at is not null and site_id is not null"
PUBLISHED = "state = 'succeeded' and subject_kind is not null"
TYPES = {"Article": "articles", "Page": "pages", "Product": "products", "Taxonomy": "term_pages"}
MEASURES = {
    "succeeded": "(state = 'succeeded')::int",
    "failed": "(state = 'failed')::int",
    "seconds": f"case when {PUBLISHED} then coalesce(date_part('epoch', ended_at - started_at), 0) else 0 end",
    **{name: f"(state = 'succeeded' and coalesce(subject_kind, '') = '{kind}')::int" for kind, name in TYPES.items()},
}
QUARTER = "date_bin('15 minutes', ended_at, timestamptz '2000-01-01 00:00+00')"
ROWS = "select account_id, site_id, {quarter} as quarter, {values} from {source} where {ended}"
ADD = """insert into publish_tallies as kept (account_id, site_id, quarter, {names})
    select account_id, site_id, quarter, {sums} from ({rows}) made group by 1, 2, 3
    having {differs} order by site_id, quarter
    on conflict (site_id, quarter) do update set {added};"""
KEEP = """
create function tally_publishes() returns trigger language plpgsql security definer
set search_path = {schema}, pg_temp as $body$
begin
  if tg_op = 'INSERT' then
    if exists (select from after where {ended}) then {add} end if;
  elsif tg_op = 'DELETE' then
    update publish_tallies kept set {taken} from (
      select site_id, quarter, {sums} from ({gone}) gone group by 1, 2) taken
    where kept.site_id = taken.site_id and kept.quarter = taken.quarter;
  elsif exists (select from after where {ended}) or exists (select from before where {ended}) then
    {change}
  end if;
  return null;
end $body$
"""
EVENTS = {
    "insert": "new table as after",
    "update": "old table as before new table as after",
    "delete": "old table as before",
}


def upgrade() -> None:
    op.create_table(
        "publish_tallies",
        *(_owner(name) for name in ("account", "site")),
        sa.Column("quarter", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Float() if name == "seconds" else sa.Integer(), server_default="0", nullable=False)
            for name in MEASURES
        ),
        sa.PrimaryKeyConstraint("site_id", "quarter", name=op.f("pk_publish_tallies")),
    )
    op.create_index(op.f("ix_publish_tallies_account_id"), "publish_tallies", ["account_id"])
    op.execute(f"create policy account on publish_tallies using ({CONDITION}) with check ({CONDITION})")
    op.execute("alter table publish_tallies enable row level security")
    connection = op.get_bind()
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    parts = {
        "add": _add(_rows("after")),
        "change": _add(_rows("after") + " union all " + _rows("before", "-")),
        "gone": _rows("before"),
        "sums": _each("sum({name}) as {name}"),
        "taken": _each("{name} = kept.{name} - taken.{name}"),
    }
    connection.exec_driver_sql(KEEP.format(schema=schema, ended=ENDED, **parts))
    for event, rows in EVENTS.items():
        op.execute(
            f"create trigger tally_publishes_{event} after {event} on runs referencing {rows}"
            " for each statement execute function tally_publishes()"
        )
    connection.exec_driver_sql(
        _add(_rows("runs"))
    )  # nobody else writes until this has committed: the triggers see to it


def _each(text: str, separator: str = ", ") -> str:
    return separator.join(text.format(name=name, value=value) for name, value in MEASURES.items())


def _rows(source: str, sign: str = "") -> str:
    values = _each(sign + "({value}) as {name}")
    return ROWS.format(quarter=QUARTER, values=values, source=source, ended=ENDED)


def _add(rows: str) -> str:
    return ADD.format(
        names=_each("{name}"),
        sums=_each("sum({name})"),
        rows=rows,
        differs=_each("sum({name}) <> 0", " or "),
        added=_each("{name} = kept.{name} + excluded.{name}"),
    )


def _owner(name: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{name}s.id", ondelete="CASCADE", name=op.f(f"fk_publish_tallies_{name}_id_{name}s"))
    return sa.Column(f"{name}_id", sa.BigInteger(), key, nullable=False)


def downgrade() -> None:
    op.execute("drop function tally_publishes cascade")
    op.drop_table("publish_tallies")
