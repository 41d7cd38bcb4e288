"""Keep the time of a scheduled publish by what a statement changed of runs alone, without looking for others"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

IS_PLAN = (
    "kind = 'publish' and state in ('queued','running') and exclusive_key is not null and params->>'mode' = 'scheduled'"
)
DUE = "coalesce((params->>'due_at')::timestamptz, due_at)"
# At most one run of a content is such a plan (uq_runs_exclusive_active).
KEEP = """
create or replace function keep_scheduled_at() returns trigger language plpgsql security definer
set search_path = {schema}, pg_temp as $body$
begin
  if tg_op = 'INSERT' then
    if not exists (select from after where {is_plan}) then return null; end if;
    with plans as materialized (select subject_id as id, max({due}) as due_at from after where {is_plan} group by 1),
    {write}
  else
    if not exists (select from after where kind = 'publish' and params->>'mode' = 'scheduled') then
      return null;
    end if;
    with plans as materialized (
      select id, max(due_at) as due_at from (
        select subject_id as id, {due} as due_at from after where {is_plan}
        union all select subject_id, null from before where {is_plan}
      ) both_sides group by id
    ), {write}
  end if;
  return null;
end $body$
"""
WRITE = """locked as (
      select contents.id, plans.due_at from plans join contents on contents.id = plans.id
      where contents.scheduled_at is distinct from plans.due_at order by contents.id for no key update of contents
    )
    update contents set scheduled_at = locked.due_at from locked where locked.id = contents.id;"""
BEFORE = """
create or replace function keep_scheduled_at() returns trigger language plpgsql security definer
set search_path = {schema}, pg_temp as $body$
begin
  if not exists (select from after where kind = 'publish' and params->>'mode' = 'scheduled') then return null; end if;
  with due as (
    select content_id, (select min({due}) from runs
      where exclusive_key = 'publish:' || content_id || ':' || site_id and {is_plan}) as due_at
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


def upgrade() -> None:
    _replace(KEEP, "referencing old table as before new table as after")


def downgrade() -> None:
    _replace(BEFORE, "referencing new table as after")


def _replace(body: str, tables: str) -> None:
    connection = op.get_bind()
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    connection.exec_driver_sql(body.format(schema=schema, is_plan=IS_PLAN, due=DUE, write=WRITE))
    op.execute("drop trigger keep_scheduled_at_update on runs")
    op.execute(
        f"create trigger keep_scheduled_at_update after update on runs {tables}"
        " for each statement execute function keep_scheduled_at()"
    )
