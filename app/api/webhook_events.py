"""What webhooks are told: each of these puts rows down in the transaction in which it happened."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.api import webhooks
from app.api.runs import RunShown
from app.billing.entitlements import entitlements_of
from app.content.models import Content
from app.core import hooks
from app.core.clock import iso, utcnow
from app.core.events import Event
from app.core.events.subscribers import Subscriber
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.states import ENDED
from app.mirror.events import RemoteChanged
from app.publishing.events import Published

LOW_PERCENT = 10
MOST_IDS = 500


def tell_of_run(run_id: UUID) -> None:
    """Put down that a run ended, and that credits are low where they are by now: hook `run_ended`."""
    run = db.session.get(Run, run_id)
    if run is None or run.state not in ENDED:
        return
    _tell_of_credits(run.account_id)
    if run.of_kind.unattended or not webhooks.has_webhooks(run.account_id, webhooks.RUN_ENDED):
        return
    key = f"{run.id}:{iso(run.ended_at) if run.ended_at else ''}"  # a run that is started again ends again
    webhooks.put_down(run.account_id, webhooks.RUN_ENDED, key, RunShown.of(run).model_dump(mode="json"))


def _tell_of_credits(account_id: int) -> None:
    """At most once a day, while less than a tenth of the plan's credits is left."""
    if not webhooks.has_webhooks(account_id, webhooks.CREDITS_LOW):
        return
    now = entitlements_of(account_id)
    whole = now.plan.credits
    if now.credits is None or not whole or now.credits * 100 >= whole * LOW_PERCENT:
        return
    if webhooks.was_told_since(account_id, webhooks.CREDITS_LOW, timedelta(days=1)):
        return
    data = {"credits": now.credits, "plan_credits": whole}
    webhooks.put_down(account_id, webhooks.CREDITS_LOW, utcnow().date().isoformat(), data)


def tell_of_published(event: Event) -> None:
    """Put down that contents went live."""
    if webhooks.has_webhooks(event.account_id, webhooks.PUBLISHED):
        _tell_of_contents(event.account_id, event.site_id, webhooks.PUBLISHED, event.subjects)


def tell_of_conflicts(event: Event) -> None:
    """Put down which of the contents that changed in WordPress are in conflict."""
    if not webhooks.has_webhooks(event.account_id, webhooks.CONFLICT):
        return
    mine = (Content.account_id == event.account_id, Content.id.in_(event.subjects))
    ids = db.session.scalars(select(Content.id).where(*mine, Content.sync_state == "both").order_by(Content.id)).all()
    if ids:
        _tell_of_contents(event.account_id, event.site_id, webhooks.CONFLICT, ids)


def _tell_of_contents(account_id: int, site_id: int, name: str, ids: Any) -> None:
    """In parts: an event may be about thousands. Its instant is in the key, for the same may happen again."""
    instant = utcnow().isoformat()
    for start in range(0, len(ids), MOST_IDS):
        part = list(ids[start : start + MOST_IDS])
        data = {"site_id": site_id, "content_ids": part}
        webhooks.put_down(account_id, name, f"{site_id}:{part[0]}:{instant}", data)


SUBSCRIBERS = (
    Subscriber("api.tell_of_published", Published, tell_of_published),
    Subscriber("api.tell_of_conflicts", RemoteChanged, tell_of_conflicts),
)


def connect() -> None:
    """Be told when runs end."""
    hooks.run_ended.add(tell_of_run)
