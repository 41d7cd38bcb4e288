"""Figures of clusters that are kept, not counted: triggers note what changed, and each commit adds it up

A statement notes its differences in `cluster_figure_changes`, which only its own transaction ever sees. They are added
to `cluster_figures` when it commits, in the order of the rows: locks are held for a moment, never across each other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
TYPES = {"Article": "articles", "Page": "pages", "Product": "products", "Taxonomy": "term_pages"}
MEASURES = {
    "keywords": {"keywords": "1", "volume": "coalesce(volume, 0)"},
    "ideas": {"ideas": "1", "open_ideas": "(task_id is null)::int"},
    "tasks": {"queued_tasks": "(status = 'queued')::int"},
    "contents": {
        "drafts": "(status = 'draft' and remote_status <> 'publish')::int",
        "live": "(status = 'draft' and remote_status = 'publish')::int",
        **{
            f"published_{name}": f"(status = 'published' and content_type = '{kind}')::int"
            for kind, name in TYPES.items()
        },
    },
}
FIGURES = [figure for measures in MEASURES.values() for figure in measures]
ROWS = ("INSERT", "referencing new table as after"), ("DELETE", "referencing old table as before")
BOTH = ("UPDATE", "referencing old table as before new table as after")
DEFINER = "returns trigger language plpgsql security definer set search_path = {schema}, pg_temp as"

NOTE = """
create function note_{table}() {definer} $body$
begin
  if tg_op = 'INSERT' then
    insert into cluster_figure_changes (account_id, site_id, cluster_id, {figures})
      select account_id, site_id, coalesce(cluster_id, 0), {added} from after group by 1, 2, 3;
  elsif tg_op = 'DELETE' then
    insert into cluster_figure_changes (account_id, site_id, cluster_id, {figures})
      select account_id, site_id, coalesce(cluster_id, 0), {taken} from before group by 1, 2, 3;
  else
    insert into cluster_figure_changes (account_id, site_id, cluster_id, {figures})
      select account_id, site_id, cluster_id, {sums} from (
        select account_id, site_id, coalesce(cluster_id, 0) as cluster_id, {plus} from after
        union all select account_id, site_id, coalesce(cluster_id, 0), {minus} from before
      ) both_sides group by 1, 2, 3 having {differs};
  end if;
  if found then perform set_config('igny8.figures', 'changed', true); end if;
  return null;
end $body$
"""
ADD_UP = """
create function add_up_cluster_figures() {definer} $body$
begin
  if current_setting('igny8.figures', true) is distinct from 'changed' then return null; end if;
  perform set_config('igny8.figures', '', true);
  perform from cluster_figures kept
    where exists (select from cluster_figure_changes made
      where made.site_id = kept.site_id and made.cluster_id = kept.cluster_id)
    order by kept.site_id, kept.cluster_id for no key update;
  delete from cluster_figures kept using cluster_figure_changes made
    where made.gone and made.cluster_id = kept.cluster_id and made.site_id = kept.site_id
    and not exists (select from clusters where id = kept.cluster_id);
  with made as (delete from cluster_figure_changes returning *),
    sums as (select site_id, cluster_id, {sums} from made group by site_id, cluster_id)
  update cluster_figures kept set {sets}, updated_at = now() from sums
    where sums.site_id = kept.site_id and sums.cluster_id = kept.cluster_id;
  return null;
end $body$
"""
OF_CLUSTERS = """
create function keep_figures_of_clusters() {definer} $body$
begin
  if tg_op = 'INSERT' then
    insert into cluster_figures (account_id, site_id, cluster_id, created_at, updated_at)
      select account_id, site_id, id, now(), now() from after on conflict do nothing;
  else
    insert into cluster_figure_changes (account_id, site_id, cluster_id, gone)
      select account_id, site_id, id, true from before;
    if found then perform set_config('igny8.figures', 'changed', true); end if;
  end if;
  return null;
end $body$
"""
OF_SITES = """
create function keep_figures_of_sites() {definer} $body$
begin
  insert into cluster_figures (account_id, site_id, cluster_id, created_at, updated_at)
    select account_id, id, 0, now(), now() from after;
  return null;
end $body$
"""

COUNT = """
update cluster_figures kept set {sets}
  from (select site_id, coalesce(cluster_id, 0) as cluster_id, {sums} from {table} group by 1, 2) made
  where made.site_id = kept.site_id and made.cluster_id = kept.cluster_id
"""


def upgrade() -> None:
    _create_tables()
    connection = op.get_bind()
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    definer = DEFINER.format(schema=schema)
    sums = ", ".join(f"sum({figure}) as {figure}" for figure in FIGURES)
    sets = ", ".join(f"{figure} = kept.{figure} + sums.{figure}" for figure in FIGURES)
    for body in (ADD_UP, OF_CLUSTERS, OF_SITES):
        connection.exec_driver_sql(body.format(definer=definer, sums=sums, sets=sets))
    op.execute(
        "create constraint trigger add_up after insert on cluster_figure_changes deferrable initially deferred"
        " for each row execute function add_up_cluster_figures()"
    )
    for table, measures in MEASURES.items():
        connection.exec_driver_sql(_note(table, measures, definer))
        for event, rows in (*ROWS, BOTH):
            _trigger(table, event, rows, f"note_{table}")
    for event, rows in ROWS:
        _trigger("clusters", event, rows, "keep_figures_of_clusters")
    _trigger("sites", *ROWS[0], "keep_figures_of_sites")
    _count_what_is_there()


def _create_tables() -> None:
    for name in ("cluster_figures", "cluster_figure_changes"):
        op.create_table(
            name,
            sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
            sa.Column("account_id", sa.BigInteger(), nullable=False),
            sa.Column("site_id", sa.BigInteger(), nullable=False),
            sa.Column("cluster_id", sa.BigInteger(), nullable=False),
            *(_figure(figure) for figure in FIGURES),
            *(_of_kept() if name == "cluster_figures" else _of_changes()),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            prefixes=[] if name == "cluster_figures" else ["UNLOGGED"],
        )
        op.execute(f"create policy account on {name} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {name} enable row level security")
    op.create_index("ix_cluster_figures_account_id", "cluster_figures", ["account_id"])
    for figure in ("keywords", "volume", "ideas"):
        op.create_index(f"ix_cluster_figures_site_{figure}", "cluster_figures", ["site_id", figure, "cluster_id"])


def _figure(name: str) -> sa.Column[int]:
    kind = sa.BigInteger() if name == "volume" else sa.Integer()
    return sa.Column(name, kind, server_default="0", nullable=False)


def _of_kept() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"],
                [f"{name}s.id"],
                name=op.f(f"fk_cluster_figures_{name}_id_{name}s"),
                ondelete="CASCADE",
            )
            for name in ("account", "site")
        ),
        sa.UniqueConstraint("site_id", "cluster_id", name=op.f("uq_cluster_figures_site_id_cluster_id")),
    ]


def _of_changes() -> list[sa.schema.SchemaItem]:
    return [sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False)]


def _note(table: str, measures: dict[str, str], definer: str) -> str:
    def each(text: str) -> str:
        return ", ".join(text.format(name=name, value=value) for name, value in measures.items())

    return NOTE.format(
        table=table,
        definer=definer,
        figures=", ".join(measures),
        added=each("sum({value})"),
        taken=each("-sum({value})"),
        plus=each("{value} as {name}"),
        minus=each("-({value})"),
        sums=each("sum({name})"),
        differs=" or ".join(f"sum({name}) <> 0" for name in measures),
    )


def _trigger(table: str, event: str, rows: str, function: str) -> None:
    op.execute(
        f"create trigger {function}_{event.lower()} after {event.lower()} on {table} {rows}"
        f" for each statement execute function {function}()"
    )


def _count_what_is_there() -> None:
    """The triggers keep everybody from writing until this has committed: nothing is missed or counted twice."""
    op.execute(
        "insert into cluster_figures (account_id, site_id, cluster_id, created_at, updated_at)"
        " select account_id, id, 0, now(), now() from sites"
        " union all select account_id, site_id, id, now(), now() from clusters"
    )
    for table, measures in MEASURES.items():
        sums = ", ".join(f"sum({value}) as {name}" for name, value in measures.items())
        sets = ", ".join(f"{name} = made.{name}" for name in measures)
        op.execute(COUNT.format(table=table, sums=sums, sets=sets))


def downgrade() -> None:
    for table in MEASURES:
        op.execute(f"drop function note_{table} cascade")
    for function in ("keep_figures_of_clusters", "keep_figures_of_sites", "add_up_cluster_figures"):
        op.execute(f"drop function {function} cascade")
    op.drop_table("cluster_figure_changes")
    op.drop_table("cluster_figures")
