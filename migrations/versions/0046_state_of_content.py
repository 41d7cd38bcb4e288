"""How a content stands in one generated column, and for it the time of a scheduled publish, kept by a trigger"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

STATE = """case
  when remote_status = 'trash' then 'wp_trash'
  when remote_status = 'deleted' or sync_state = 'gone' then 'gone'
  when sync_state = 'both' then 'conflict'
  when (status = 'published' or remote_status = 'publish') and sync_state = 'ours' then 'live_changed'
  when status = 'published' or remote_status = 'publish' then 'live'
  when scheduled_at is not null or remote_status = 'future' then 'scheduled'
  else 'draft' end"""
SCHEDULED = "state in ('queued','running') and params->>'mode' = 'scheduled'"
DUE = "coalesce((params->>'due_at')::timestamptz, due_at)"
KEEP = """
create function keep_scheduled_at() returns trigger language plpgsql security definer
set search_path = {schema}, pg_temp as $body$
begin
  if not exists (select from after where kind = 'publish' and params->>'mode' = 'scheduled') then return null; end if;
  with due as (
    select content_id, (select min({due}) from runs
      where exclusive_key = 'publish:' || content_id || ':' || site_id and {scheduled}) as due_at
    from (select distinct subject_id as content_id, site_id from after
      where kind = 'publish' and params->>'mode' = 'scheduled') publishes
  ), locked as (
    select contents.id, due.due_at from contents join due on due.content_id = contents.id
    where contents.scheduled_at is distinct from due.due_at order by contents.id for no key update of contents
  )
  update contents set scheduled_at = locked.due_at from locked where locked.id = contents.id;
  return null;
end $body$
"""
FILL = """
update contents set scheduled_at = {due} from runs
where exclusive_key = 'publish:' || contents.id || ':' || contents.site_id and runs.kind = 'publish'
and runs.{scheduled}
"""
ORDERS = {"state": ("state",), "state_updated": ("state", "updated_at")}


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column("contents", sa.Column("scheduled_at", sa.DateTime(timezone=True)))
    connection.exec_driver_sql(FILL.format(due=DUE, scheduled=SCHEDULED))
    op.add_column("contents", sa.Column("state", sa.String(12), sa.Computed(STATE, persisted=True), nullable=False))
    for name, columns in ORDERS.items():
        op.create_index(
            f"ix_contents_site_{name}", "contents", ["site_id", *columns, "id"], postgresql_include=["account_id"]
        )
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    connection.exec_driver_sql(KEEP.format(schema=schema, due=DUE, scheduled=SCHEDULED))
    for event in ("insert", "update"):
        op.execute(
            f"create trigger keep_scheduled_at_{event} after {event} on runs referencing new table as after"
            " for each statement execute function keep_scheduled_at()"
        )


def downgrade() -> None:
    op.execute("drop function keep_scheduled_at cascade")
    op.drop_column("contents", "state")
    op.drop_column("contents", "scheduled_at")
