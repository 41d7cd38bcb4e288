"""The figures of clusters count contents by their state, and what visitors see by its type"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

TYPES = {"Article": "articles", "Page": "pages", "Product": "products", "Taxonomy": "term_pages"}
IS_LIVE = (
    "(state in ('live','live_changed') or state = 'conflict' and (status = 'published' or remote_status = 'publish'))"
)
OLD = {
    "drafts": "(status = 'draft' and remote_status <> 'publish')::int",
    "live": "(status = 'draft' and remote_status = 'publish')::int",
    **{f"published_{name}": f"(status = 'published' and content_type = '{kind}')::int" for kind, name in TYPES.items()},
}
NEW = {
    "contents": "1",
    "drafts": "(state = 'draft')::int",
    "scheduled": "(state = 'scheduled')::int",
    **{f"live_{name}": f"({IS_LIVE} and content_type = '{kind}')::int" for kind, name in TYPES.items()},
    "live_changed": "(state = 'live_changed')::int",
    "conflicts": "(state = 'conflict')::int",
    "in_wp_trash": "(state = 'wp_trash')::int",
    "gone_contents": "(state = 'gone')::int",
}
OF_OTHERS = ("keywords", "volume", "ideas", "open_ideas", "queued_tasks")
TABLES = ("cluster_figures", "cluster_figure_changes")
DEFINER = "returns trigger language plpgsql security definer set search_path = {schema}, pg_temp as"
NOTE = """
create or replace function note_contents() {definer} $body$
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
create or replace function add_up_cluster_figures() {definer} $body$
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
COUNT = """
update cluster_figures kept set {sets}
  from (select site_id, coalesce(cluster_id, 0) as cluster_id, {sums} from contents group by 1, 2) made
  where made.site_id = kept.site_id and made.cluster_id = kept.cluster_id
"""


def upgrade() -> None:
    _change(OLD, NEW)


def downgrade() -> None:
    _change(NEW, OLD)


def _change(before: dict[str, str], after: dict[str, str]) -> None:
    """Nobody writes contents until this has committed: nothing is missed or counted twice."""
    op.execute("lock table contents, cluster_figures in share row exclusive mode")
    for table in TABLES:
        for name in before:
            op.drop_column(table, name)
        for name in after:
            op.add_column(table, sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    connection = op.get_bind()
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    definer = DEFINER.format(schema=schema)
    connection.exec_driver_sql(_note(after, definer))
    figures = (*OF_OTHERS, *after)
    sums = ", ".join(f"sum({figure}) as {figure}" for figure in figures)
    sets = ", ".join(f"{figure} = kept.{figure} + sums.{figure}" for figure in figures)
    connection.exec_driver_sql(ADD_UP.format(definer=definer, sums=sums, sets=sets))
    counted = ", ".join(f"sum({value}) as {name}" for name, value in after.items())
    op.execute(COUNT.format(sums=counted, sets=", ".join(f"{name} = made.{name}" for name in after)))


def _note(measures: dict[str, str], definer: str) -> str:
    def each(text: str) -> str:
        return ", ".join(text.format(name=name, value=value) for name, value in measures.items())

    return NOTE.format(
        definer=definer,
        figures=", ".join(measures),
        added=each("sum({value})"),
        taken=each("-sum({value})"),
        plus=each("{value} as {name}"),
        minus=each("-({value})"),
        sums=each("sum({name})"),
        differs=" or ".join(f"sum({name}) <> 0" for name in measures),
    )
