"""What calls to models may cost: reserved before a call, charged after it, never more than the account's caps.

Amounts are millionths of a US dollar. A day and a month are those of UTC, whoever looks and wherever the sites are:
one account, one midnight. A call belongs to the periods in which it began, also when it ends after midnight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.ai.calls.models import DEFAULT_CONCURRENCY, AiSpend, AiSpenderCap
from app.ai.endpoints import Endpoint
from app.ai.prices import cost_at, has_price
from app.ai.wording import join_words
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext

NO_CAP = 2**62
_ALLOWANCE = text(
    "select cap_run_micros, cap_day_micros, cap_month_micros, concurrency, keep_texts "
    "from ai_settings where account_id = :account_id"
)
_CONCURRENCY = text("select concurrency from ai_settings where account_id = :account_id")


@dataclass(frozen=True, slots=True)
class Allowance:
    """An account's settings; caps are None where there is none."""

    cap_run_micros: int | None = None
    cap_day_micros: int | None = None
    cap_month_micros: int | None = None
    concurrency: int = DEFAULT_CONCURRENCY
    keep_texts: bool = True

    @property
    def is_capped(self) -> bool:
        """Whether there is a cap that no call may pass."""
        return any(cap is not None for cap in (self.cap_run_micros, self.cap_day_micros, self.cap_month_micros))

    def cap_of(self, period: str) -> int:
        """The cap of ``day:…``, ``month:…`` or ``run:…``."""
        caps = {"run": self.cap_run_micros, "day": self.cap_day_micros, "month": self.cap_month_micros}
        cap = caps[period.partition(":")[0]]
        return NO_CAP if cap is None else cap


def concurrency_of(account_id: int) -> int:
    """How many calls the account makes at once. In a transaction of its own, for each call: without the ORM's cost."""
    with db.engine.begin() as connection:
        return connection.scalar(_CONCURRENCY, {"account_id": account_id}) or DEFAULT_CONCURRENCY


def allowance_of(account_id: int) -> Allowance:
    """What the account allows itself now. In a transaction of its own."""
    with Session(db.engine) as session:
        return read_allowance(session, account_id)


def read_allowance(session: Session, account_id: int) -> Allowance:
    """What the account allows itself, read in this transaction."""
    row = session.connection().execute(_ALLOWANCE, {"account_id": account_id}).first()
    return Allowance(*row) if row else Allowance()


class SpendingCapReached(DomainError):
    """The call could cost more than a cap leaves; nothing was put aside."""


class PriceUnknown(DomainError):
    """There is a cap, and no model that may be asked has a price to hold it with; nothing was put aside."""


def within_caps(
    session: Session,
    account_id: int,
    endpoints: Sequence[Endpoint],
    allowance: Allowance,
    spender: str = "",
    images: int = 0,
) -> tuple[Endpoint, ...]:
    """Those of the endpoints that can be held to a cap: under one, models without a known price are not asked.

    `images` are those that one answer holds. Raises PriceUnknown when that is all of them (docs/decisions/0035).
    """
    is_capped = allowance.is_capped or (bool(spender) and _cap_of_spender(session, account_id, spender) != NO_CAP)
    held = tuple(endpoint for endpoint in endpoints if not is_capped or has_price(endpoint, images))
    if endpoints and not held:
        raise _price_unknown(endpoints)
    return held


def _price_unknown(endpoints: Sequence[Endpoint]) -> PriceUnknown:
    names = join_words(sorted({f"“{endpoint.model}”" for endpoint in endpoints}))
    return PriceUnknown(
        f"There is a spending cap, and what {names} costs is not known, so no call can be held to it.",
        code="AI_PRICE_UNKNOWN",
        cure=gettext(
            "Enter its price with its provider under Settings → AI, 0 and 0 for one of your own "
            "machine, or remove the cap under AI limits."
        ),
    )


def worst_case_micros(endpoints: Iterable[Endpoint], prompt_chars: int, answer_tokens: int) -> int:
    """The most that a call to these endpoints can cost: each answers in full, and one is asked to repair its answer.

    A character is taken for a token, which no ordinary text exceeds. Models without a known price count as nothing:
    under a cap they are not asked.
    """
    asked = tuple(endpoints)
    each = [most_of_an_answer(endpoint, prompt_chars, answer_tokens) for endpoint in asked]
    repairs = [most_of_an_answer(endpoint, prompt_chars + answer_tokens, answer_tokens) for endpoint in asked]
    return sum(each) + max(repairs, default=0)


def most_of_an_answer(endpoint: Endpoint, sent: int, answered: int, images: int = 0) -> int:
    """The most that an answer of so many tokens and images can cost there; 0 without a known price."""
    cost = cost_at(endpoint, sent, answered, images)
    if cost is None or not (cost or cost_at(endpoint, 1_000_000, 1_000_000, images)):
        return 0
    return cost + 1  # what is rounded each by itself may be one less than the sum


def periods_of(began_at: datetime, run_id: UUID | None, spender: str = "") -> list[str]:
    """The periods that a call of this instant counts in, in the order in which everybody locks them."""
    day = began_at.astimezone(UTC).date()
    run, of_spender = [f"run:{run_id}"] if run_id else [], [f"{spender}:{day}"] if spender else []
    return [f"day:{day}", f"month:{day:%Y-%m}", *run, *of_spender]


@dataclass(frozen=True, slots=True)
class CapUse:
    """How much of a period was spent and is put aside, and its cap; None where there is none."""

    words: str
    spent_micros: int
    reserved_micros: int
    cap_micros: int | None


def uses_of_caps(account_id: int) -> list[CapUse]:
    """The use of today and of this month."""
    allowance, periods = allowance_of(account_id), periods_of(utcnow(), None)
    stmt = select(AiSpend.period, AiSpend.spent_micros, AiSpend.reserved_micros)
    rows = db.session.execute(stmt.where(AiSpend.account_id == account_id, AiSpend.period.in_(periods)))
    amounts = {row.period: (row.spent_micros, row.reserved_micros) for row in rows}
    caps = (allowance.cap_day_micros, allowance.cap_month_micros)
    return [
        CapUse(words, *amounts.get(period, (0, 0)), cap)
        for words, period, cap in zip((gettext("Today"), gettext("This month")), periods, caps, strict=True)
    ]


def cap_spender(account_id: int, spender: str, cap_micros: int | None) -> None:
    """Cap what a spender may cost on each UTC day, from the next call on; None removes the cap. Flushes.

    `spender` is a kind and an id, as ``rule:12``.
    """
    if cap_micros is None:
        of_spender = (AiSpenderCap.account_id == account_id, AiSpenderCap.spender == spender)
        db.session.execute(delete(AiSpenderCap).where(*of_spender))
        return
    values = {"account_id": account_id, "spender": spender, "cap_micros": cap_micros}
    times = {"created_at": utcnow(), "updated_at": utcnow()}
    stmt = insert(AiSpenderCap).values(**values, **times)
    changed = {"cap_micros": cap_micros, "updated_at": times["updated_at"]}
    db.session.execute(stmt.on_conflict_do_update(index_elements=["account_id", "spender"], set_=changed))


def refused_by_cap(
    session: Session, account_id: int, periods: Sequence[str], micros: int, spender: str = ""
) -> SpendingCapReached:
    """The error for a call that could cost this much, naming the first period whose cap leaves too little."""
    allowance = read_allowance(session, account_id)
    stmt = select(AiSpend.period, AiSpend.reserved_micros + AiSpend.spent_micros)
    rows = session.execute(stmt.where(AiSpend.account_id == account_id, AiSpend.period.in_(periods)))
    used = {row[0]: row[1] for row in rows}
    of_spender = periods[-1] if spender else ""
    caps = {period: allowance.cap_of(period) for period in periods if period != of_spender}
    if spender:
        caps[of_spender] = _cap_of_spender(session, account_id, spender)
    full = [period for period in periods if used.get(period, 0) + micros > caps[period]]
    period = full[0] if full else periods[0]  # the call that was in the way has ended by now
    return _cap_reached(period, caps[period], micros)


def spender_cap(session: Session, account_id: int, spender: str) -> int | None:
    """What a spender may cost on each UTC day; None where it has no cap of its own."""
    of_spender = (AiSpenderCap.account_id == account_id, AiSpenderCap.spender == spender)
    return session.scalar(select(AiSpenderCap.cap_micros).where(*of_spender))


def spender_caps(account_id: int, spenders: Iterable[str]) -> dict[str, int]:
    """What each of these spenders may cost on each UTC day, for those that have a cap of their own."""
    mine = (AiSpenderCap.account_id == account_id, AiSpenderCap.spender.in_(list(spenders)))
    rows = db.session.execute(select(AiSpenderCap.spender, AiSpenderCap.cap_micros).where(*mine))
    return {row.spender: row.cap_micros for row in rows}


def _cap_of_spender(session: Session, account_id: int, spender: str) -> int:
    cap = spender_cap(session, account_id, spender)
    return NO_CAP if cap is None else cap


def _cap_reached(period: str, cap: int, micros: int) -> SpendingCapReached:
    kind = period.partition(":")[0]
    cures = {
        "run": "Start it with fewer rows, or raise the cap of a run under AI limits.",
        "day": "Wait for the next day (UTC), or raise the cap of a day under AI limits.",
        "month": "Wait for the next month (UTC), or raise the cap of a month under AI limits.",
        "rule": "Wait for the next day (UTC), or raise what the rule may cost a day.",
    }
    return SpendingCapReached(
        f"This could cost more than the spending cap of a {kind} leaves.",
        code="AI_SPENDING_CAP",
        cure=cures[kind],
        details={"period": period, "cap_micros": cap, "could_cost_micros": micros},
    )
