"""Beginning and ending a call, each as one statement: a call waits for few round trips, and nothing lies between.

Reserving and charging lock the sums of an account in the same order (day, month, run, spender), so that they cannot
deadlock. A statement that finds a sum locked waits, and then decides by what the other left.
"""

from sqlalchemy import text

# Gives the id of the call, or nothing when a cap leaves too little: the caller rolls back.
BEGIN = text("""
with allowed as (
  select max(cap_day_micros) as day, max(cap_month_micros) as month, max(cap_run_micros) as run,
         coalesce(bool_and(keep_texts), true) as keeps
  from ai_settings where account_id = :account_id
), periods as (
  select period, cap from allowed, lateral (values
    (1, cast(:day as text), day), (2, cast(:month as text), month), (3, cast(:run as text), run),
    (4, cast(:spender_day as text), (
      select cap_micros from ai_spender_caps where account_id = :account_id and spender = :spender
    ))
  ) as p (place, period, cap) where period is not null order by place
), reserved as (
  insert into ai_spend (account_id, period, reserved_micros, spent_micros, created_at, updated_at)
  select :account_id, period, :micros, 0, :now, :now from periods where cap is null or cap >= :micros
  on conflict (account_id, period) do update
    set reserved_micros = ai_spend.reserved_micros + excluded.reserved_micros, updated_at = excluded.updated_at
    where ai_spend.reserved_micros + ai_spend.spent_micros + excluded.reserved_micros <=
      coalesce((select cap from periods where periods.period = ai_spend.period), :no_cap)
  returning 1
)
insert into ai_calls (
  created_at, updated_at, account_id, operation, prompt_version, run_id, spender, subject, model, provider, state,
  tokens_in, tokens_out, credits, reserved_micros, deadline_at, prompt_encrypted
)
select :now, :now, :account_id, :operation, :prompt_version, cast(:run_id as uuid), :spender, :subject, '', '',
  'running', 0, 0, 0, :micros, :deadline_at, case when keeps then cast(:prompt as text) end
from allowed where (select count(*) from reserved) = (select count(*) from periods)
returning id
""")

# Gives the id of the call, or nothing when it had ended. `dead`: it is booked at all that was put aside.
# The commit does not wait for the disk.
FINISH = text("""
with ended as (
  update ai_calls set
    updated_at = :now, state = :state, model = :model, provider = :provider, error_code = :error_code,
    tokens_in = :tokens_in, tokens_out = :tokens_out, ms = :ms, first_token_ms = :first_token_ms,
    cost_micros = case when :dead then nullif(reserved_micros, 0) else cast(:cost_micros as bigint) end,
    answer_encrypted = case when coalesce(
      (select keep_texts from ai_settings where ai_settings.account_id = ai_calls.account_id), true
    ) then cast(:answer as text) end
  where id = :call_id and state = 'running'
  returning id, account_id, run_id, spender, created_at at time zone 'UTC' as began, reserved_micros, cost_micros
), settled as (
  insert into ai_spend (account_id, period, reserved_micros, spent_micros, created_at, updated_at)
  select account_id, period, reserved_micros, coalesce(cost_micros, 0), :now, :now from ended, lateral (values
    (1, to_char(began, '"day:"YYYY-MM-DD')), (2, to_char(began, '"month:"YYYY-MM')), (3, 'run:' || run_id),
    (4, nullif(spender, '') || to_char(began, '":"YYYY-MM-DD'))
  ) as p (place, period) where period is not null order by place
  on conflict (account_id, period) do update set
    reserved_micros = ai_spend.reserved_micros - excluded.reserved_micros,
    spent_micros = ai_spend.spent_micros + excluded.spent_micros,
    updated_at = excluded.updated_at
), attempted as (
  insert into ai_attempts (
    account_id, call_id, number, endpoint, model, error_code, ms, first_token_ms, tokens_in, tokens_out, is_repair,
    created_at
  )
  select account_id, id, number, endpoint, model, error_code, ms, first_token_ms, tokens_in, tokens_out, is_repair, :now
  from ended, jsonb_to_recordset(cast(:attempts as jsonb)) as a (
    number int, endpoint text, model text, error_code text, ms int, first_token_ms int, tokens_in int, tokens_out int,
    is_repair boolean
  )
)
select id, set_config('synchronous_commit', 'off', true) from ended
""")
