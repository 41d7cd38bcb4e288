"""How long the server takes for what is shown of many executions of rules: their history, the rules page, a rule.

`python -m benchmarks rule_history` makes one site with 20 rules and EXECUTIONS (1,000,000) executions over a year, in
SQL. Of each page it prints the median and the 95th percentile of ROUNDS whole requests of a signed-in owner, what of it
is the database's, and the size of the answer, and says FAIL where the median is over GOAL_MS. RULES_FOLDER keeps the
database between runs.
"""

import os
from datetime import timedelta

import psycopg

from app.core.clock import utcnow
from benchmarks.lists import ROUNDS, figures_of, place

EXECUTIONS = int(os.environ.get("EXECUTIONS", "1000000"))
RULES, CONTENTS = 20, 1_000
GOAL_MS = 100.0
PAGES = (
    ("empty page", "/help/errors/"),
    ("dashboard", "/dashboard/"),
    ("rules", "/automation/rules/"),
    ("a rule", "/automation/rules/1/"),
    ("history", "/automation/history/"),
    ("history, page 200", "/automation/history/?page=200"),
    ("history, page 2,000", "/automation/history/?page=2000"),
    ("history, last page", "/automation/history/?page=last"),
    ("history, oldest first", "/automation/history/?sort=when"),
    ("history, done", "/automation/history/?state=succeeded"),
    ("history, failed", "/automation/history/?state=failed"),
    ("history, held", "/automation/history/?state=held"),
    ("history, by event", "/automation/history/?cause=event"),
    ("history, by schedule", "/automation/history/?cause=schedule"),
    ("history, by hand", "/automation/history/?cause=manual"),
    ("history, by event, page 200", "/automation/history/?cause=event&page=200"),
    ("history, of a rule", "/automation/history/?rule=7"),
    ("history, failed by event", "/automation/history/?state=failed&cause=event"),
    ("history, failed by hand", "/automation/history/?state=failed&cause=manual"),
    ("history, failed of a rule", "/automation/history/?state=failed&rule=7"),
    ("history, of a rule by schedule", "/automation/history/?rule=7&cause=schedule"),
    ("history, all filters", "/automation/history/?rule=7&cause=event&state=failed"),
    ("history, of some days", "/automation/history/?since={since}&until={until}"),
    ("history, failed on some days", "/automation/history/?state=failed&since={since}&until={until}"),
)
MAKE_RULES = """
insert into automation_rules (account_id, site_id, name, description, trigger, subject_kind, conditions, actions, cron,
    zone, missed, overlap, is_active, most_a_day, place, flow, version, counted, minute_count, failures_in_row,
    off_reason, created_at, updated_at)
  select account_id, id, 'Rule ' || n, '', 'content_generated', 'content', '{}',
    '[{"kind": "link_content", "parameters": {"most": 20, "apply": "yes"}}]', '', 'UTC', 'once', 'queue',
    n %% 5 > 0, 50, n, '', 1, 0, 0, 0, '', now(), now() from sites, generate_series(1, %(rules)s) n
"""
MAKE_EXECUTIONS = """
insert into rule_executions (account_id, site_id, rule_id, rule_name, occurrence, cause, causes, state, reason, actions,
    subject_kind, subjects, steps, credits_planned, credits, message, scheduled_at, started_at, ended_at, created_at,
    updated_at)
  select account_id, site_id, id, name, 'event:' || n,
    case when n %% 100 = 0 then 'manual' when n %% 5 < 2 then 'schedule' else 'event' end, '[]',
    case when n %% 20011 = 0 then 'held' when n %% 17 = 0 then 'failed' when n %% 23 = 0 then 'skipped'
      when n %% 101 = 0 then 'cancelled' else 'succeeded' end, '', actions, 'content',
    (select jsonb_agg(k) from generate_series(1, case when n %% 50 = 0 then 1000 else 10 end) k where k >= n %% 5),
    '[]', n %% 7, n %% 7, 'Looking for links for 10 contents.', moment, moment, moment, moment, moment
  from (select n, now() - n * interval '365 days' / %(count)s as moment from generate_series(1, %(count)s) n) made
  join automation_rules on automation_rules.id = 1 + n %% %(rules)s
"""


def fill_executions(url: str) -> None:
    """The rules and their executions, unless they are there already."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("select 1 from automation_rules limit 1").fetchone():
            return
        connection.execute(MAKE_RULES.encode(), {"rules": RULES})
        connection.execute(MAKE_EXECUTIONS.encode(), {"count": EXECUTIONS, "rules": RULES})
        connection.execute("vacuum analyze")


def main() -> None:
    """Print the table."""
    today = utcnow().date()
    days = {"since": today - timedelta(days=40), "until": today - timedelta(days=38)}
    print(f"{EXECUTIONS:,} executions of {RULES} rules; {ROUNDS} requests of each page")
    print(f"  {'':34} {'median':>8} {'p95':>8} {'database':>8} {'clock':>8} ms      size")
    missed = 0
    with place(CONTENTS, os.environ.get("RULES_FOLDER", ""), fill_executions) as (client, backends):
        for words, path in PAGES:
            now = figures_of(client, backends, path.format(**days))
            misses = now.median > GOAL_MS
            missed += misses
            times = f"{now.median:8.1f} {now.p95:8.1f} {now.database:8.1f} {now.clock:8.1f}"
            print(f"  {words:34} {times} {now.size / 1000:8.0f} KB  {'FAIL' if misses else ''}", flush=True)
    print(f"{len(PAGES) - missed} of {len(PAGES)} pages hold the goal of {GOAL_MS:.0f} ms.")


if __name__ == "__main__":
    main()
