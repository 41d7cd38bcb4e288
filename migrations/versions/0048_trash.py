"""A trash for contents: those in it are in no list and no figure

The indexes of the list leave them out, so that a page and a count are still read from an index alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

TYPES = {"Article": "articles", "Page": "pages", "Product": "products", "Taxonomy": "term_pages"}
IS_LIVE = (
    "(state in ('live','live_changed') or state = 'conflict' and (status = 'published' or remote_status = 'publish'))"
)
MEASURES = {
    "contents": "true",
    "drafts": "state = 'draft'",
    "scheduled": "state = 'scheduled'",
    **{f"live_{name}": f"{IS_LIVE} and content_type = '{kind}'" for kind, name in TYPES.items()},
    "live_changed": "state = 'live_changed'",
    "conflicts": "state = 'conflict'",
    "in_wp_trash": "state = 'wp_trash'",
    "gone_contents": "state = 'gone'",
}
SORTS = {
    "updated": ("updated_at",),
    "title": ("title_key",),
    **{name: (name,) for name in ("content_type", "content_structure", "status", "source", "state")},
    "state_updated": ("state", "updated_at"),
}
KINDS = ("cluster", "attach", "detach")
NOTE = """
create or replace function note_contents() returns trigger language plpgsql security definer
set search_path = {schema}, pg_temp as $body$
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


def upgrade() -> None:
    op.add_column("contents", sa.Column("trashed_at", sa.DateTime(timezone=True)))
    op.add_column("contents", sa.Column("trashed_by", sa.BigInteger()))
    _index_sorts("trashed_at is null")
    op.create_index(
        "ix_contents_trashed",
        "contents",
        ["site_id", "trashed_at", "id"],
        postgresql_where=sa.text("trashed_at is not null"),
    )
    _note_contents(" and trashed_at is null")
    _allow_kinds((*KINDS, "trash", "restore", "delete"))


def _index_sorts(where: str | None) -> None:
    for name, columns in SORTS.items():
        op.drop_index(f"ix_contents_site_{name}", "contents")
        op.create_index(
            f"ix_contents_site_{name}",
            "contents",
            ["site_id", *columns, "id"],
            postgresql_include=["account_id"],
            postgresql_where=sa.text(where) if where else None,
        )


def _note_contents(condition: str) -> None:
    connection = op.get_bind()
    measures = {name: f"({value}{condition})::int" for name, value in MEASURES.items()}

    def each(text: str) -> str:
        return ", ".join(text.format(name=name, value=value) for name, value in measures.items())

    connection.exec_driver_sql(
        NOTE.format(
            schema=connection.scalar(sa.text("select quote_ident(current_schema())")),
            figures=", ".join(measures),
            added=each("sum({value})"),
            taken=each("-sum({value})"),
            plus=each("{value} as {name}"),
            minus=each("-({value})"),
            sums=each("sum({name})"),
            differs=" or ".join(f"sum({name}) <> 0" for name in measures),
        )
    )


def _allow_kinds(kinds: tuple[str, ...]) -> None:
    names = ",".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_bulk_edits_kind"), "bulk_edits")
    op.create_check_constraint(op.f("ck_bulk_edits_kind"), "bulk_edits", f"kind in ({names})")


def downgrade() -> None:
    op.execute("delete from bulk_edits where kind in ('trash','restore','delete')")
    op.execute("update contents set trashed_at = null where trashed_at is not null")
    _allow_kinds(KINDS)
    _note_contents("")
    op.drop_index("ix_contents_trashed", "contents")
    _index_sorts(None)
    op.drop_column("contents", "trashed_by")
    op.drop_column("contents", "trashed_at")
