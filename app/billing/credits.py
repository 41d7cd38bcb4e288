"""The credit ledger: reserve before the work, charge what was done, give the rest back.

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
from app.billing.entitlements import entitlements_of, lock_billing_account
from app.billing.models import CreditBalance, CreditEntry, CreditReservation, CreditUsage
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext, local_number, ngettext
from app.core.logs import get_logger
from app.core.row_security import every_account, within
from app.core.runs import Run
from app.core.runs.states import ENDED

RESERVATION_LIFETIME = timedelta(hours=24)
log = get_logger(__name__)


class NotEnoughCredits(DomainError):
    """The account has fewer credits than the work needs; nothing was started."""

    status = 402

    def __init__(self, needed: int, have: int, operation: str) -> None:
        missing = needed - have
        super().__init__(
            ngettext(
                "This needs %(needed)s credits and %(num)s is left: %(missing)s are missing. Nothing was started.",
                "This needs %(needed)s credits and %(num)s are left: %(missing)s are missing. Nothing was started.",
                have,
                needed=local_number(needed),
                missing=local_number(missing),
            ),
            code="NOT_ENOUGH_CREDITS",
            cure=gettext("Choose fewer rows, buy a credit pack or take a larger plan under Billing."),
            details={"needed": needed, "have": have, "missing": missing, "operation": operation},
        )


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One thing that was done, for the usage log. `key` is unique: it is charged once.

    `cost_micros`: what the provider charged, in millionths of a US dollar; None when that is not known.
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


def add_entry(account_id: int, kind: str, key: str, *, plan: int = 0, pack: int = 0, **facts: Any) -> bool:
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
    if not _rowcount(changed):
        raise NotEnoughCredits(-plan - pack, sum(balance(account_id)), kind)
    return True


def balance(account_id: int, *, lock: bool = False) -> tuple[int, int]:
    """Credits of the plan and of packs; with `lock` nobody else changes them until the transaction ends."""
    stmt = select(CreditBalance.plan_credits, CreditBalance.pack_credits).where(CreditBalance.account_id == account_id)
    row = db.session.execute(stmt.with_for_update() if lock else stmt).first()
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
    """Reserve credits for so many pieces; the same `key` gives the same reservation. Flushes.

    Raises NotEnoughCredits. Nothing is charged where credits are not counted.
    """
    existing = _by_key(key)
    if existing is not None:
        return existing
    entitlements = entitlements_of(account_id)
    amount = estimate(operation, pieces) if entitlements.plan.is_metered else 0
    plan, pack = balance(account_id, lock=True)
    if plan + pack < amount:
        raise NotEnoughCredits(amount, plan + pack, operation)
    from_plan = min(plan, amount)
    reservation = CreditReservation(
        account_id=account_id,
        key=key,
        operation=operation,
        run_id=run_id,
        actor_id=actor_id,
        units=pieces,
        amount=amount,
        from_plan=from_plan,
        from_pack=amount - from_plan,
        period=_period(entitlements.period_start),
        expires_at=utcnow() + RESERVATION_LIFETIME,
    )
    db.session.add(reservation)
    if amount:
        add_entry(
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
    return reservation


def _by_key(key: str) -> CreditReservation | None:
    return db.session.scalar(select(CreditReservation).where(CreditReservation.key == key))


def _period(start: datetime | None) -> str:
    return start.isoformat() if start else ""


def open_reservation_of(run_id: uuid.UUID, *, lock: bool = False) -> CreditReservation | None:
    """The open reservation of a run; with `lock` locked until the transaction ends."""
    stmt = select(CreditReservation).where(CreditReservation.run_id == run_id, CreditReservation.state == "held")
    if lock:
        stmt = stmt.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(stmt)


def reserve_for_run(run: Run, operation: str, pieces: int) -> CreditReservation:
    """Reserve credits for a run, in the transaction that starts it; an open reservation of it is returned.

    Flushes; raises NotEnoughCredits, and then nothing is started because the caller rolls back.
    """
    reservation = open_reservation_of(run.id)
    if reservation is not None:
        return reservation
    earlier = db.session.scalar(select(db.func.count()).where(CreditReservation.run_id == run.id)) or 0
    key = f"run:{run.id}:{earlier + 1}"
    return reserve(run.account_id, operation, pieces, key, run_id=run.id, actor_id=run.actor_id)


def renew_for_run(run: Run) -> None:
    """Reserve credits again for what is left of a run that is started once more. Flushes.

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


def charge(run: Run, operation: str, record: UsageRecord, *, capped: bool = False) -> int:
    """Charge one thing that a run did, in the transaction that stores it. Returns the credits, 0 when charged before.

    Taken from the reservation; beyond that, from the balance as far as it goes: what is not there is not
    charged. `capped` charges no piece beyond those that were priced. Flushes.
    """
    reservation = open_reservation_of(run.id, lock=True)
    extra = capped and reservation is not None and reservation.units_done >= reservation.units
    price = 0 if extra else record.credits
    if not _log_usage(run, operation, record, price):
        return 0
    from_reservation = _use_reservation(reservation, price) if reservation is not None else 0
    if from_reservation:
        add_entry(
            run.account_id,
            "settle",
            f"settle:{record.key}",
            settled=from_reservation,
            operation=operation,
            run_id=run.id,
            actor_id=run.actor_id,
        )
    charged = price
    if price > from_reservation and entitlements_of(run.account_id).plan.is_metered:
        charged = from_reservation + _take_from_balance(run, operation, record.key, price - from_reservation)
    if charged != price:
        _lower_usage(record.key, charged)
    db.session.flush()
    return charged


def _use_reservation(reservation: CreditReservation, amount: int) -> int:
    reservation.units_done += 1
    from_reservation = min(amount, reservation.amount - reservation.used)
    reservation.used += from_reservation
    return from_reservation


def is_usage_noted(key: str) -> bool:
    """Whether what this key names was done and charged."""
    return db.session.scalar(select(CreditUsage.id).where(CreditUsage.key == key)) is not None


def _log_usage(run: Run, operation: str, record: UsageRecord, amount: int) -> bool:
    now = utcnow()
    stmt = insert(CreditUsage).values(
        account_id=run.account_id,
        key=record.key,
        operation=operation,
        credits=amount,
        site_id=run.site_id,
        actor_id=run.actor_id,
        run_id=run.id,
        object_type=record.object_type,
        object_id=record.object_id,
        object_title=record.object_title[:300],
        provider=record.provider[:120],
        tokens_in=record.tokens_in,
        tokens_out=record.tokens_out,
        cost_micros=record.cost_micros,
        created_at=now,
        updated_at=now,
    )
    return db.session.scalar(stmt.on_conflict_do_nothing().returning(CreditUsage.id)) is not None


def _lower_usage(key: str, amount: int) -> None:
    db.session.execute(update(CreditUsage).where(CreditUsage.key == key).values(credits=amount))


def _take_from_balance(run: Run, operation: str, key: str, amount: int) -> int:
    """Remove up to `amount` from the balance. Returns how many credits were removed."""
    plan, pack = balance(run.account_id, lock=True)
    from_plan = min(plan, amount)
    from_pack = min(pack, amount - from_plan)
    if from_plan + from_pack:
        add_entry(
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


def close_reservation(reservation_id: int, note: str = "") -> int:
    """Close a reservation, once, and give back what was not charged. Returns how many credits. Flushes.

    Credits of a plan's month that is over are not given back to the next: they would have ended with it.
    """
    stmt = select(CreditReservation).where(CreditReservation.id == reservation_id, CreditReservation.state == "held")
    reservation = db.session.scalar(stmt.with_for_update().execution_options(populate_existing=True))
    if reservation is None:
        return 0
    reservation.state = "closed"
    from_plan = max(0, reservation.from_plan - reservation.used)
    from_pack = reservation.amount - reservation.used - from_plan
    if reservation.period != _period(entitlements_of(reservation.account_id).period_start):
        from_plan = 0
    if from_plan + from_pack:
        add_entry(
            reservation.account_id,
            "refund",
            f"refund:{reservation.key}",
            plan=from_plan,
            pack=from_pack,
            operation=reservation.operation,
            run_id=reservation.run_id,
            actor_id=reservation.actor_id,
            note=note,
        )
    db.session.flush()
    return from_plan + from_pack


def release_for_run(run_id: uuid.UUID) -> int:
    """Give back what an ended run did not use; 0 while it is active. Flushes.

    The run's row is held meanwhile: a retry at the same moment keeps the reservation or makes a new one.
    """
    ended_run_id = db.session.scalar(select(Run.id).where(Run.id == run_id, Run.state.in_(ENDED)).with_for_update())
    reservation = open_reservation_of(run_id) if ended_run_id is not None else None
    return close_reservation(reservation.id) if reservation is not None else 0


def sweep_reservations(limit: int = 200) -> int:
    """Close reservations of dead work: its run has ended or was deleted, or it had no run and its time is over.

    Returns how many were closed. Commits after each.
    """
    columns = CreditReservation.account_id, CreditReservation.id, CreditReservation.run_id
    reservations = select(*columns).outerjoin(Run, Run.id == CreditReservation.run_id)
    stmt = reservations.where(CreditReservation.state == "held", _is_dead()).limit(limit)
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
        release_for_run(run_id)
    else:
        close_reservation(reservation_id, "The work was given up.")


def _is_dead() -> ColumnElement[bool]:
    no_run = CreditReservation.run_id.is_(None) & (CreditReservation.expires_at < utcnow())
    lost = CreditReservation.run_id.is_not(None) & Run.id.is_(None)
    return or_(Run.state.in_(ENDED), lost, no_run)


def set_plan_credits(account_id: int, amount: int, key: str, note: str) -> bool:
    """Begin a month: the plan's unused credits expire, `amount` are granted; packs stay. Once per `key`.

    Flushes; False when this month was begun already.
    """
    lock_billing_account(account_id)
    entries = select(CreditEntry.id).where(CreditEntry.key.in_((f"grant:{key}", f"expire:{key}"))).limit(1)
    if db.session.scalar(entries) is not None:
        return False
    left, _ = balance(account_id, lock=True)
    if left:
        add_entry(account_id, "expire", f"expire:{key}", plan=-left, note="Unused credits of the month before")
    return add_entry(account_id, "grant", f"grant:{key}", plan=amount, note=note)


def _rowcount(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
