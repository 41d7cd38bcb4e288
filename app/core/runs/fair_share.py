"""Fair shares of the workers: no account waits behind what another has piled up.

Of an account's runs without a lane HANDED_OVER at most are with RQ, per queue; the others wait in the database
(`enqueued_at` is null) and follow when a worker has taken one. A worker that RQ hands a run looks whose turn it is:
that of the account that was served least for its shares, among those with a run for this queue. When it is another's,
the worker puts the run that it was handed back to the front and takes the other. Accounts so take turns, job by job,
however much one of them has to do (start-time fair queueing: docs/decisions/0100).

How often each was served is in Redis, and fair anew when Redis forgets. What a crash leaves behind, `feed_all_queues`
(part of the sweep) puts right.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.serializers import JSONSerializer
from sqlalchemy import Text, func, select, text, update
from sqlalchemy import cast as cast_as

from app.core.clock import server_now
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.own_jobs import OwnJob
from app.core.queue import enqueue_after_commit, enqueue_now, new_job_id, queue_of, redis_connection
from app.core.row_security import every_account
from app.core.runs.models import Run
from app.core.shares import shares_of

ENTRY = "jobs.execute"
HANDED_OVER = 10  # as many workers as may be free at once; the next follow as soon as one is taken
SECONDS_KEPT = 86400
NOW = "now"  # the field of the start of what was served last
log = get_logger(__name__)

# What an account is served next starts when its last was paid for, but not in the past: nobody saves turns up.
_CHARGE = """
local begins = math.max(tonumber(redis.call('hget', KEYS[1], ARGV[1]) or 0),
                        tonumber(redis.call('hget', KEYS[1], 'now') or 0))
redis.call('hset', KEYS[1], ARGV[1], begins + tonumber(ARGV[2]), 'now', begins)
redis.call('expire', KEYS[1], ARGV[3])
"""

# Skips from account to account in the index: it costs by accounts that wait, not by runs.
_OTHERS = text("""
with recursive waiting as (
  (select account_id from runs where queue = :queue and state = 'queued' and enqueued_at is not null
    order by account_id limit 1)
  union all
  select (select account_id from runs where queue = :queue and state = 'queued' and enqueued_at is not null
    and account_id > waiting.account_id order by account_id limit 1)
  from waiting where waiting.account_id is not null
)
select account_id from waiting where account_id <> :account_id
""")

_UNFED = text("""
with recursive unfed as (
  (select account_id, queue from runs where state = 'queued' and enqueued_at is null and lane is null
    order by account_id, queue limit 1)
  union all
  select following.account_id, following.queue from unfed, lateral (
    select account_id, queue from runs where state = 'queued' and enqueued_at is null and lane is null
    and (account_id, queue) > (unfed.account_id, unfed.queue) order by account_id, queue limit 1
  ) following
)
select account_id, queue from unfed where exists (
  select from runs where runs.account_id = unfed.account_id and runs.queue = unfed.queue and state = 'queued'
  and enqueued_at is null and lane is null and due_at <= statement_timestamp()
)
""")


@dataclass(frozen=True)
class Handed:
    """A run that waits for a worker: whose it is, and its RQ job."""

    id: uuid.UUID
    account_id: int
    queue: str
    state: str
    rq_job_id: str | None


def feed_queue(account_id: int, queue: str) -> int:
    """Hand over those of the account's runs that wait longest, as many as may be with RQ. Returns how many. Flushes.

    Two that feed at once never hand one over twice; together they may hand over a few more.
    """
    mine = (Run.account_id == account_id, Run.queue == queue, Run.state == "queued", Run.lane.is_(None))
    handed = select(func.count()).where(*mine, Run.enqueued_at.is_not(None)).scalar_subquery()
    waiting = (
        select(Run.id)
        .where(*mine, Run.enqueued_at.is_(None), Run.due_at <= server_now())
        .order_by(Run.due_at, Run.created_at, Run.id)
        .limit(func.greatest(HANDED_OVER - handed, 0))
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(
        update(Run)
        # As an array it is asked once, before the rows are locked.
        .where(Run.id == func.any(func.array(waiting.scalar_subquery())), Run.enqueued_at.is_(None))
        .values(enqueued_at=server_now(), rq_job_id=func.replace(cast_as(func.gen_random_uuid(), Text), "-", ""))
        .returning(Run.id, Run.rq_job_id, Run.due_at)
        .execution_options(synchronize_session=False)
    ).all()
    for row in sorted(rows, key=lambda row: row.due_at):
        enqueue_after_commit(queue, ENTRY, str(row.rq_job_id), str(row.id))
    return len(rows)


def feed_all_queues() -> int:
    """Feed every queue of every account that has runs due with nobody's hand on them. Returns how many. Flushes."""
    return sum(feed_queue(row.account_id, row.queue) for row in db.session.execute(_UNFED).all())


@every_account("a worker is handed a run by its id alone, and looks which account's turn it is")
def next_in_turn(run_id: uuid.UUID) -> Handed | None:
    """The run whose turn it is when RQ hands over this one; None when there is no such run. Commits.

    When it is another's, the one that was handed over is put back to the front.
    """
    handed = _find_handed(Run.id == run_id)
    if handed is None or handed.state != "queued":
        db.session.commit()  # a rollback would have the driver forget all prepared statements
        return handed
    others = db.session.scalars(_OTHERS, {"queue": handed.queue, "account_id": handed.account_id}).all()
    first = _served_least(handed.queue, handed.account_id, others) if others else handed.account_id
    other = None if first == handed.account_id else _longest_waiting(first, handed.queue)
    if other is None or not _put_back(handed):
        db.session.commit()
        return handed
    _forget_job(other)
    return other


def note_turn(run: Run) -> None:
    """Note that the account is served with this run. Never raises.

    A run of a lane costs a whole turn: how long that is depends on the account's shares already.
    """
    cost = 1.0 if run.lane is not None else 1.0 / shares_of(run.account_id)
    try:
        _charging()(keys=[_turns_key(run.queue)], args=[run.account_id, cost, SECONDS_KEPT], client=redis_connection())
    except (RedisError, OSError) as error:
        log.warning("turn_not_noted", error=type(error).__name__)


def _find_handed(*where: Any, order: Any = None) -> Handed | None:
    stmt = select(Run.id, Run.account_id, Run.queue, Run.state, Run.rq_job_id).where(*where).order_by(order).limit(1)
    row = db.session.execute(stmt).first()
    return None if row is None else Handed(*row)


def _served_least(queue: str, account_id: int, others: Sequence[int]) -> int:
    """The account whose turn it is; the one that RQ came with where several are equal, or Redis does not answer."""
    accounts = [account_id, *others]
    try:
        values = cast(list[Any], redis_connection().hmget(_turns_key(queue), [NOW, *map(str, accounts)]))
    except (RedisError, OSError) as error:
        log.warning("turns_not_read", error=type(error).__name__)
        return account_id
    now, *begins = (float(value or 0) for value in values)
    turns: list[tuple[int, float]] = list(zip(accounts, begins, strict=True))
    return min(turns, key=lambda turn: max(turn[1], now))[0]


def _longest_waiting(account_id: int, queue: str) -> Handed | None:
    mine = (Run.account_id == account_id, Run.queue == queue, Run.state == "queued", Run.enqueued_at.is_not(None))
    return _find_handed(*mine, order=Run.enqueued_at)


def _put_back(handed: Handed) -> bool:
    """Enqueue the run that RQ handed over at the front, under a new job; False when it waits no more. Commits."""
    job_id = new_job_id()
    row = db.session.execute(
        update(Run)
        .where(Run.id == handed.id, Run.state == "queued", Run.enqueued_at.is_not(None))
        .values(rq_job_id=job_id)
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.commit()
    return row is not None and enqueue_now(handed.queue, ENTRY, job_id, str(handed.id), at_front=True)


def _forget_job(handed: Handed) -> None:
    """Take the job of a run that is begun now out of RQ. Left there, it would find nothing to do."""
    try:
        queue_of(handed.queue).remove(handed.rq_job_id or "")
        OwnJob.fetch(handed.rq_job_id or "", connection=redis_connection(), serializer=JSONSerializer).delete()
    except NoSuchJobError:
        pass
    except (RedisError, OSError) as error:
        log.warning("job_not_removed", error=type(error).__name__)


def _turns_key(queue: str) -> str:
    return f"igny8:turns:{queue}"


@lru_cache(maxsize=1)
def _charging() -> Script:
    return Redis().register_script(_CHARGE)
