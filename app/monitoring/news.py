"""What is new to a person: work of their own that ended, and failures of anybody's that need attention.

After a week nothing is news any more. Many runs of one kind share one line with their number, so that everything new is
shown, and nothing is marked as seen that was not shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    DateTime,
    Select,
    bindparam,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from app.content.listing import NEWS_OF_FAILURE
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.kinds import unattended_kinds
from app.core.runs.services import SOON, counting_active
from app.monitoring.activity import needs_attention
from app.monitoring.models import NewsLook

MOST_SEEN = 20
ONE_BY_ONE = 3
COUNT_CAP = 99


@dataclass(frozen=True)
class NewsLine:
    """One run, or `count` runs of one kind and outcome: `run` ended last, and the first of them ended at `first_at`."""

    run: Run
    count: int
    first_at: datetime
    is_new: bool

    @property
    def filters(self) -> dict[str, str]:
        """The filters under which Activity lists exactly these runs."""
        last_at = self.run.ended_at or self.first_at
        ends = {"ended_from": self.first_at.isoformat(), "ended_to": last_at.isoformat()}
        return {"news": "mine", "kind": self.run.kind, "state": self.run.state, **ends}


def looked_at(account_id: int, user_id: int) -> datetime:
    """Until when the person has seen the news; a week ago if they have never looked."""
    week_ago = utcnow() - NEWS_OF_FAILURE
    look = db.session.get(NewsLook, (account_id, user_id))
    return week_ago if look is None else max(look.looked_at, week_ago)


def count_news(account_id: int, user_id: int) -> int:
    """How much news the person has not seen, up to one more than COUNT_CAP."""
    return count_work_and_news(account_id, user_id)[1]


def count_work_and_news(account_id: int, user_id: int | None) -> tuple[int, int]:
    """What every page shows: how many runs wait or work now, and how much news the person has not seen.

    News are counted up to one more than COUNT_CAP; for nobody there are none.
    """
    now = utcnow()
    whose = {"account": account_id, "person": user_id, "since": now - NEWS_OF_FAILURE, "soon": now + SOON}
    row = db.session.execute(_count_statement(tuple(unattended_kinds())), whose).one()
    return row.active, row.news


@lru_cache(maxsize=4)
def _count_statement(_unattended: tuple[str, ...]) -> Select[int, int]:
    """The statement that counts active runs, and news for `account` and `person` after `since` and their last look.

    Cached, since every page runs it and building it takes longer than running it.
    """
    account, person = bindparam("account", type_=BigInteger), bindparam("person", type_=BigInteger)
    since = bindparam("since", type_=DateTime(timezone=True))
    look = select(NewsLook.looked_at).where(NewsLook.account_id == account, NewsLook.user_id == person)
    unseen = _news(account, person, func.greatest(look.scalar_subquery(), since))
    news = select(func.count()).select_from(unseen.with_only_columns(Run.id).limit(COUNT_CAP + 1).subquery())
    active = counting_active(account, bindparam("soon", type_=DateTime(timezone=True)))
    return select(active.scalar_subquery().label("active"), news.scalar_subquery().label("news"))


def list_news(account_id: int, user_id: int) -> list[NewsLine]:
    """The news of the last week, the newest first: all that the person has not seen, and the latest seen ones.

    Up to ONE_BY_ONE runs of one kind and outcome have a line each; more than that share one.
    """
    is_new = Run.ended_at > looked_at(account_id, user_id)
    alike = (Run.kind, Run.state, is_new)
    latest_first = (Run.ended_at.desc(), Run.id)
    grouped = (
        _news(account_id, user_id, utcnow() - NEWS_OF_FAILURE)
        .with_only_columns(
            Run.id,
            is_new.label("is_new"),
            func.count().over(partition_by=alike).label("count"),
            func.min(Run.ended_at).over(partition_by=alike).label("first_at"),
            func.row_number().over(partition_by=alike, order_by=latest_first).label("place"),
        )
        .subquery()
    )
    columns = grouped.c
    has_line = or_(columns.place == 1, columns.count <= ONE_BY_ONE)
    stmt = select(Run, columns.count, columns.first_at, columns.is_new).join(grouped, columns.id == Run.id)
    rows = db.session.execute(stmt.where(has_line).order_by(*latest_first))
    lines = [NewsLine(run, *_own_line(run, count, first_at), is_new) for run, count, first_at, is_new in rows]
    seen = islice((line for line in lines if not line.is_new), MOST_SEEN)
    return [*(line for line in lines if line.is_new), *seen]


def _own_line(run: Run, count: int, first_at: datetime) -> tuple[int, datetime]:
    """Count and first end of the run's line: where there are few, each run has a line of its own."""
    return (count, first_at) if count > ONE_BY_ONE or run.ended_at is None else (1, run.ended_at)


def end_of(lines: Sequence[NewsLine]) -> datetime | None:
    """When the newest of these runs ended; None when there is none."""
    return max((line.run.ended_at for line in lines if line.run.ended_at), default=None)


def mark_seen(account_id: int, user_id: int, until: datetime) -> None:
    """Record that the person has seen what ended until this instant; an earlier one changes nothing. Flushes."""
    stmt = insert(NewsLook).values(account_id=account_id, user_id=user_id, looked_at=_within_reason(until))
    latest: dict[str, Any] = {"looked_at": func.greatest(NewsLook.looked_at, stmt.excluded.looked_at)}
    db.session.execute(stmt.on_conflict_do_update(index_elements=["account_id", "user_id"], set_=latest))


def _within_reason(until: datetime) -> datetime:
    """The instant, moved so that it is neither in the future nor before everything that is listed."""
    now = utcnow()
    return min(max(until, now - NEWS_OF_FAILURE), now)


def is_news(
    account_id: int | BindParameter[int],
    user_id: int | BindParameter[int],
    since: datetime | ColumnElement[datetime] | None = None,
) -> ColumnElement[bool]:
    """Condition for a person's own runs that ended since, and failures that no other run followed.

    Without `since`, those of the last week. Each of the two is found in an index of its own; combined with OR, all runs
    of the account would be read.
    """
    after = utcnow() - NEWS_OF_FAILURE if since is None else since
    ended = (Run.account_id == account_id, Run.ended_at > after, Run.state.in_(("succeeded", "failed")))
    own = select(Run.id).where(*ended, Run.actor_id == user_id, Run.kind.not_in(unattended_kinds()))
    failed = select(Run.id).where(*ended, *needs_attention(after))
    return Run.id.in_(union_all(own, failed))


def _news(
    account_id: int | BindParameter[int], user_id: int | BindParameter[int], since: datetime | ColumnElement[datetime]
) -> Select[Run]:
    return select(Run).where(Run.account_id == account_id, is_news(account_id, user_id, since))
