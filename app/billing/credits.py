"""The credit ledger: put aside before the work, settle by what was done, give the rest back.

Everything here happens in the caller's transaction. Each change of a balance is one conditional UPDATE
under the row's lock, with a line in the ledger whose key makes it happen once.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.billing.costs import estimate
from app.billing.entitlements import locked, standing_of
from app.billing.models import CreditBalance, CreditEntry, CreditReservation, CreditUsage
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.row_security import every_account, within
from app.core.runs import Run
from app.core.runs.states import ENDED

HOLD = timedelta(hours=24)
log = get_logger(__name__)


class NotEnoughCredits(DomainError):
    """The account has fewer credits than the work needs; nothing was started."""

    status = 402

    def __init__(self, needed: int, have: int, operation: str) -> None:
        missing = needed - have
        super().__init__(
            f"This needs {needed:,} credits and {have:,} {'is' if have == 1 else 'are'} left: {missing:,} "
            f"{'is' if missing == 1 else 'are'} missing. Nothing was started.",
            code="NOT_ENOUGH_CREDITS",
            cure="Choose fewer rows, buy a credit pack or take a larger plan under Billing.",
            details={"needed": needed, "have": have, "missing": missing, "operation": operation},
        )


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done, for the usage log. `key` is unique: it is settled once.

    `cost_micros`: what the provider took, in millionths of a US dollar; None when that is not known.
    """

    key: str
    credits: int
    object_type: str = ""
    object_id: int | None = None
    object_title: str = ""
    provider: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost_micros: int | None = None


def add(account_id: int, kind: str, key: str, *, plan: int = 0, pack: int = 0, **facts: Any) -> bool:
    """Change the balance by these deltas once; False when `key` was there already. Flushes.

    Raises NotEnoughCredits when the balance would become negative.
    """
    values = {"account_id": account_id, "kind": kind, "key": key, "plan_delta": plan, "pack_delta": pack, **facts}
    stmt = insert(CreditEntry).values(**values).on_conflict_do_nothing().returning(CreditEntry.id)
    if db.session.scalar(stmt) is None:
        return False
    db.session.execute(insert(CreditBalance).values(account_id=account_id).on_conflict_do_nothing())
    changed = db.session.execute(
        update(CreditBalance)
        .where(
            CreditBalance.account_id == account_id,
            CreditBalance.plan_credits + plan >= 0,
            CreditBalance.pack_credits + pack >= 0,
        )
        .values(plan_credits=CreditBalance.plan_credits + plan, pack_credits=CreditBalance.pack_credits + pack)
        .execution_options(synchronize_session="fetch")
    )
    if not _rows(changed):
        raise NotEnoughCredits(-plan - pack, sum(balance(account_id)), kind)
    return True


def balance(account_id: int, *, hold: bool = False) -> tuple[int, int]:
    """Credits of the plan and of packs; with `hold` nobody else changes them until the transaction ends."""
    stmt = select(CreditBalance.plan_credits, CreditBalance.pack_credits).where(CreditBalance.account_id == account_id)
    row = db.session.execute(stmt.with_for_update() if hold else stmt).first()
    return (row[0], row[1]) if row else (0, 0)


def reserve(
    account_id: int,
    operation: str,
    pieces: int,
    key: str,
    *,
    run_id: uuid.UUID | None = None,
    actor_id: int | None = None,
) -> CreditReservation:
    """Put credits aside for so many pieces; the same `key` gives the same reservation. Flushes.

    Raises NotEnoughCredits. Nothing is taken where credits are not counted.
    """
    found = _by_key(key)
    if found is not None:
        return found
    standing = standing_of(account_id)
    amount = estimate(operation, pieces) if standing.plan.is_metered else 0
    plan, pack = balance(account_id, hold=True)
    if plan + pack < amount:
        raise NotEnoughCredits(amount, plan + pack, operation)
    from_plan = min(plan, amount)
    made = CreditReservation(
        account_id=account_id,
        key=key,
        operation=operation,
        run_id=run_id,
        actor_id=actor_id,
        units=pieces,
        amount=amount,
        from_plan=from_plan,
        from_pack=amount - from_plan,
        period=_period(standing.period_start),
        expires_at=utcnow() + HOLD,
    )
    db.session.add(made)
    if amount:
        add(
            account_id,
            "reserve",
            f"reserve:{key}",
            plan=-from_plan,
            pack=from_plan - amount,
            operation=operation,
            run_id=run_id,
            actor_id=actor_id,
        )
    db.session.flush()
    return made


def _by_key(key: str) -> CreditReservation | None:
    return db.session.scalar(select(CreditReservation).where(CreditReservation.key == key))


def _period(start: datetime | None) -> str:
    return start.isoformat() if start else ""


def held_for(run_id: uuid.UUID, *, hold: bool = False) -> CreditReservation | None:
    """The open reservation of a run; with `hold` locked until the transaction ends."""
    stmt = select(CreditReservation).where(CreditReservation.run_id == run_id, CreditReservation.state == "held")
    if hold:
        stmt = stmt.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(stmt)


def reserve_for_run(run: Run, operation: str, pieces: int) -> CreditReservation:
    """Put credits aside for a run, in the transaction that starts it; what it has aside already is given back.

    Flushes; raises NotEnoughCredits, and then nothing is started because the caller rolls back.
    """
    found = held_for(run.id)
    if found is not None:
        return found
    before = db.session.scalar(select(db.func.count()).where(CreditReservation.run_id == run.id)) or 0
    key = f"run:{run.id}:{before + 1}"
    return reserve(run.account_id, operation, pieces, key, run_id=run.id, actor_id=run.actor_id)


def renew_for_run(run: Run) -> None:
    """Put credits aside again for what is left of a run that is started once more. Flushes.

    Nothing for a run that never had a reservation; raises NotEnoughCredits.
    """
    last = db.session.scalar(
        select(CreditReservation)
        .where(CreditReservation.run_id == run.id)
        .order_by(CreditReservation.id.desc())
        .limit(1)
    )
    if last is not None and last.state == "closed":
        reserve_for_run(run, last.operation, max(0, last.units - last.units_done))


def settle(run: Run, operation: str, done: Done, *, capped: bool = False) -> int:
    """Charge one thing that a run did, in the transaction that stores it; how many credits, 0 when it was before.

    Taken from what is set aside; beyond that, from the balance as far as it goes: what is not there is not
    charged. `capped` charges no piece beyond those that were priced. Flushes.
    """
    reservation = held_for(run.id, hold=True)
    extra = capped and reservation is not None and reservation.units_done >= reservation.units
    credits = 0 if extra else done.credits
    if not _log_usage(run, operation, done, credits):
        return 0
    from_hold = _use_hold(reservation, credits) if reservation is not None else 0
    if from_hold:
        add(
            run.account_id,
            "settle",
            f"settle:{done.key}",
            settled=from_hold,
            operation=operation,
            run_id=run.id,
            actor_id=run.actor_id,
        )
    charged = credits
    if credits > from_hold and standing_of(run.account_id).plan.is_metered:
        charged = from_hold + _take(run, operation, done.key, credits - from_hold)
    if charged != credits:
        _lower_usage(done.key, charged)
    db.session.flush()
    return charged


def _use_hold(reservation: CreditReservation, credits: int) -> int:
    reservation.units_done += 1
    from_hold = min(credits, reservation.amount - reservation.used)
    reservation.used += from_hold
    return from_hold


def _log_usage(run: Run, operation: str, done: Done, credits: int) -> bool:
    now = utcnow()
    stmt = insert(CreditUsage).values(
        account_id=run.account_id,
        key=done.key,
        operation=operation,
        credits=credits,
        site_id=run.site_id,
        actor_id=run.actor_id,
        run_id=run.id,
        object_type=done.object_type,
        object_id=done.object_id,
        object_title=done.object_title[:300],
        provider=done.provider[:120],
        tokens_in=done.tokens_in,
        tokens_out=done.tokens_out,
        cost_micros=done.cost_micros,
        created_at=now,
        updated_at=now,
    )
    return db.session.scalar(stmt.on_conflict_do_nothing().returning(CreditUsage.id)) is not None


def _lower_usage(key: str, credits: int) -> None:
    db.session.execute(update(CreditUsage).where(CreditUsage.key == key).values(credits=credits))


def _take(run: Run, operation: str, key: str, wanted: int) -> int:
    """Take up to `wanted` from the balance; how many were taken."""
    plan, pack = balance(run.account_id, hold=True)
    from_plan = min(plan, wanted)
    from_pack = min(pack, wanted - from_plan)
    if from_plan + from_pack:
        add(
            run.account_id,
            "settle",
            f"beyond:{key}",
            plan=-from_plan,
            pack=-from_pack,
            settled=from_plan + from_pack,
            operation=operation,
            run_id=run.id,
            actor_id=run.actor_id,
        )
    return from_plan + from_pack


def close(reservation_id: int, note: str = "") -> int:
    """Close a reservation and give back what was not settled; how many credits. Once only. Flushes.

    Credits of a plan's month that is over are not given back to the next: they would have ended with it.
    """
    stmt = select(CreditReservation).where(CreditReservation.id == reservation_id, CreditReservation.state == "held")
    held = db.session.scalar(stmt.with_for_update().execution_options(populate_existing=True))
    if held is None:
        return 0
    held.state = "closed"
    from_plan = max(0, held.from_plan - held.used)
    from_pack = held.amount - held.used - from_plan
    if held.period != _period(standing_of(held.account_id).period_start):
        from_plan = 0
    if from_plan + from_pack:
        add(
            held.account_id,
            "refund",
            f"refund:{held.key}",
            plan=from_plan,
            pack=from_pack,
            operation=held.operation,
            run_id=held.run_id,
            actor_id=held.actor_id,
            note=note,
        )
    db.session.flush()
    return from_plan + from_pack


def release(run_id: uuid.UUID) -> int:
    """Give back what an ended run did not use; 0 while it is active. Flushes.

    The run's row is held meanwhile: a retry at the same moment keeps the reservation or makes a new one.
    """
    ended = db.session.scalar(select(Run.id).where(Run.id == run_id, Run.state.in_(ENDED)).with_for_update())
    held = held_for(run_id) if ended is not None else None
    return close(held.id) if held is not None else 0


def sweep_reservations(limit: int = 200) -> int:
    """Give back what dead work has aside: its run has ended or is gone, or it had no run and its time is over.

    Returns how many were closed. Commits after each.
    """
    columns = CreditReservation.account_id, CreditReservation.id, CreditReservation.run_id
    gone = select(*columns).outerjoin(Run, Run.id == CreditReservation.run_id)
    stmt = gone.where(CreditReservation.state == "held", _is_dead()).limit(limit)
    with every_account("work dies whatever the account"):
        dead = db.session.execute(stmt).all()
    for account_id, reservation_id, run_id in dead:
        with within(account_id):
            _give_back_dead(reservation_id, run_id)
            db.session.commit()
    db.session.commit()
    count = len(dead)
    if count:
        log.info("reservations_given_back", count=count)
    return count


def _give_back_dead(reservation_id: int, run_id: uuid.UUID | None) -> None:
    if run_id is not None and db.session.get(Run, run_id) is not None:
        release(run_id)
    else:
        close(reservation_id, "The work was given up.")


def _is_dead() -> ColumnElement[bool]:
    no_run = CreditReservation.run_id.is_(None) & (CreditReservation.expires_at < utcnow())
    lost = CreditReservation.run_id.is_not(None) & Run.id.is_(None)
    return or_(Run.state.in_(ENDED), lost, no_run)


def set_plan_credits(account_id: int, amount: int, key: str, note: str) -> bool:
    """Begin a month: what is left of the plan's credits ends, `amount` are there; packs stay. Once per `key`.

    Flushes; False when this month was begun already.
    """
    locked(account_id)
    known = select(CreditEntry.id).where(CreditEntry.key.in_((f"grant:{key}", f"expire:{key}"))).limit(1)
    if db.session.scalar(known) is not None:
        return False
    left, _ = balance(account_id, hold=True)
    if left:
        add(account_id, "expire", f"expire:{key}", plan=-left, note="Unused credits of the month before")
    return add(account_id, "grant", f"grant:{key}", plan=amount, note=note)


def _rows(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
