"""Figures of rules that are kept day by day, contents that links were looked for, and what else rules keep

A statement notes its differences in `rule_day_changes`, which only its own transaction ever sees; they are added to
`rule_days` when it commits, in the order of the rows, as those of clusters are (0042).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
DAYS, CHANGES, EXECUTIONS, SEARCHES, MAILS = (
    "rule_days",
    "rule_day_changes",
    "rule_executions",
    "link_searches",
    "rule_mails",
)
BIG, INSTANT, JSON = sa.BigInteger(), sa.DateTime(timezone=True), postgresql.JSONB()
WHEN = ["created_at", "id"]
LISTED = {
    "site_when": (["site_id", *WHEN], ["account_id", "state", "credits"], ["account_id", "state", "cause"]),
    "site_state": (["site_id", "state", *WHEN], ["account_id"], ["account_id", "cause"]),
    "site_cause": (["site_id", "cause", *WHEN], ["account_id"], ["account_id", "state"]),
    "rule_when": (["rule_id", *WHEN], ["account_id", "site_id"], ["account_id", "site_id", "state", "cause"]),
}
FIGURES = {
    "executions": "1",
    "succeeded": "(state = 'succeeded')::int",
    "failed": "(state = 'failed')::int",
    "credits": "credits",
}
OF_ROW = "account_id, site_id, coalesce(rule_id, 0) as rule_id, (created_at at time zone 'utc')::date as day"
DEFINER = "returns trigger language plpgsql security definer set search_path = {schema}, pg_temp as"
NOTE = """
create function note_rule_executions() {definer} $body$
begin
  if tg_op = 'INSERT' then
    insert into rule_day_changes ({place}, {names})
      select {place}, {sums} from (select {of_row}, {plus} from after) made group by 1, 2, 3, 4;
  elsif tg_op = 'DELETE' then
    insert into rule_day_changes ({place}, {names})
      select {place}, {sums} from (select {of_row}, {minus} from before) gone group by 1, 2, 3, 4;
  else
    insert into rule_day_changes ({place}, {names})
      select {place}, {sums} from (
        select {of_row}, {plus} from after union all select {of_row}, {minus} from before
      ) both_sides group by 1, 2, 3, 4 having {differs};
  end if;
  if found then perform set_config('igny8.rule_days', 'changed', true); end if;
  return null;
end $body$
"""
ADD_UP = """
create function add_up_rule_days() {definer} $body$
begin
  if current_setting('igny8.rule_days', true) is distinct from 'changed' then return null; end if;
  perform set_config('igny8.rule_days', '', true);
  with made as (delete from rule_day_changes returning *)
  insert into rule_days as kept ({place}, {names}, created_at, updated_at)
    select {place}, {sums}, now(), now() from made
    where exists (select from sites where sites.id = made.site_id)
    group by {place} order by site_id, rule_id, day
  on conflict (site_id, rule_id, day) do update set {sets}, updated_at = now();
  return null;
end $body$
"""
COUNT = """
insert into rule_days ({place}, {names}, created_at, updated_at)
  select {place}, {sums}, now(), now() from (select {of_row}, {plus} from rule_executions) made
  group by {place}
"""
LOOKED = """
insert into link_searches (account_id, site_id, content_id, run_id, searched_at, created_at, updated_at)
  select distinct on (contents.id) contents.account_id, contents.site_id, contents.id, runs.id,
    case when runs.state in ('succeeded', 'failed', 'cancelled') then coalesce(runs.ended_at, runs.updated_at) end,
    now(), now()
  from runs cross join lateral jsonb_array_elements_text(runs.params -> 'content_ids') chosen
  join contents on contents.id = chosen::bigint and contents.account_id = runs.account_id
  where runs.kind = 'link_content' order by contents.id, runs.created_at desc
"""


def upgrade() -> None:
    _keep_figures()
    _make_lists_quick()
    _keep_searches()
    op.add_column("trigger_events", sa.Column("snapshot", JSON, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("automation_rules", sa.Column("owner_id", BIG, nullable=True))
    op.add_column("automation_rules", sa.Column("switched_at", INSTANT, nullable=True))
    op.create_table(
        MAILS,
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["memberships.account_id", "memberships.user_id"],
            name=op.f(f"fk_{MAILS}_account_id_memberships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "user_id", name=op.f(f"pk_{MAILS}")),
    )
    _guard(MAILS)


def _guard(table: str) -> None:
    op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {table} enable row level security")


def _keep_figures() -> None:
    for table in (DAYS, CHANGES):
        kept = table == DAYS
        op.create_table(
            table,
            sa.Column("id", BIG, sa.Identity(always=False), nullable=False),
            *(sa.Column(name, INSTANT, nullable=False) for name in ("created_at", "updated_at") if kept),
            *(sa.Column(name, BIG, nullable=False) for name in ("account_id", "site_id", "rule_id")),
            sa.Column("day", sa.Date(), nullable=False),
            *(sa.Column(name, _whole(name), server_default="0", nullable=False) for name in FIGURES),
            *(_of_kept() if kept else ()),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            prefixes=[] if kept else ["UNLOGGED"],
        )
        _guard(table)
    op.create_index(op.f(f"ix_{DAYS}_account_id"), DAYS, ["account_id"])
    op.create_index("ix_rule_days_recent", DAYS, ["site_id", "day"])
    _make_triggers()


def _whole(name: str) -> sa.types.TypeEngine:
    return BIG if name == "credits" else sa.Integer()


def _of_kept() -> list[sa.schema.SchemaItem]:
    return [
        *(_reference(DAYS, name) for name in ("account", "site")),
        sa.UniqueConstraint("site_id", "rule_id", "day", name=op.f(f"uq_{DAYS}_site_id_rule_id_day")),
    ]


def _reference(table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_{table}_{name}_id_{name}s"), ondelete="CASCADE"
    )


def _make_triggers() -> None:
    connection = op.get_bind()
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    words = {
        "definer": DEFINER.format(schema=schema),
        "names": ", ".join(FIGURES),
        "place": "account_id, site_id, rule_id, day",
        "of_row": OF_ROW,
        "sums": ", ".join(f"sum({name})" for name in FIGURES),
        "plus": ", ".join(f"{value} as {name}" for name, value in FIGURES.items()),
        "minus": ", ".join(f"-({value}) as {name}" for name, value in FIGURES.items()),
        "differs": " or ".join(f"sum({name}) <> 0" for name in FIGURES),
        "sets": ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in FIGURES),
    }
    for body in (NOTE, ADD_UP, COUNT):
        connection.exec_driver_sql(body.format(**words))
    op.execute(
        f"create constraint trigger add_up after insert on {CHANGES} deferrable initially deferred"
        " for each row execute function add_up_rule_days()"
    )
    for event, rows in (
        ("insert", "new table as after"),
        ("delete", "old table as before"),
        ("update", "old table as before new table as after"),
    ):
        op.execute(
            f"create trigger note_{event} after {event} on {EXECUTIONS} referencing {rows}"
            " for each statement execute function note_rule_executions()"
        )


def _make_lists_quick() -> None:
    """What is held, and filters of the history that are combined: answered from one index each."""
    op.create_index(
        "ix_rule_executions_held",
        EXECUTIONS,
        ["site_id", "rule_id"],
        postgresql_include=["account_id"],
        postgresql_where=sa.text("state = 'held'"),
    )
    _index_anew(new=1)


def _index_anew(*, new: int) -> None:
    """Make the indexes of the history with the columns that they carried before (0) or carry from now on (1)."""
    for name, (columns, *carried) in LISTED.items():
        op.drop_index(f"ix_rule_executions_{name}", EXECUTIONS)
        op.create_index(f"ix_rule_executions_{name}", EXECUTIONS, columns, postgresql_include=carried[new])


def _keep_searches() -> None:
    op.create_table(
        SEARCHES,
        sa.Column("id", BIG, sa.Identity(always=False), nullable=False),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("created_at", "updated_at")),
        *(sa.Column(name, BIG, nullable=False) for name in ("account_id", "site_id", "content_id")),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("searched_at", INSTANT, nullable=True),
        *(_reference(SEARCHES, name) for name in ("account", "site", "content")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f(f"fk_{SEARCHES}_run_id_runs"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SEARCHES}")),
        sa.UniqueConstraint("content_id", name=op.f(f"uq_{SEARCHES}_content_id")),
    )
    for column in ("account_id", "site_id", "run_id"):
        op.create_index(op.f(f"ix_{SEARCHES}_{column}"), SEARCHES, [column])
    _guard(SEARCHES)
    op.execute(LOOKED)


def downgrade() -> None:
    for table in (MAILS, SEARCHES):
        op.drop_table(table)
    for table, column in (
        ("trigger_events", "snapshot"),
        ("automation_rules", "owner_id"),
        ("automation_rules", "switched_at"),
    ):
        op.drop_column(table, column)
    op.drop_index("ix_rule_executions_held", EXECUTIONS)
    _index_anew(new=0)
    for function in ("note_rule_executions", "add_up_rule_days"):
        op.execute(f"drop function {function} cascade")
    for table in (CHANGES, DAYS):
        op.drop_table(table)
