"""Which model does what, as an account has chosen it. Services flush; callers commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.ai import prices
from app.ai.providers import routing
from app.ai.providers.models import AiProvider, AiRoute
from app.ai.providers.routing import MODES
from app.ai.providers.setup import ALL
from app.ai.tasks import DIRECT_OPERATIONS, OPERATIONS, RETIRED
from app.ai.tasks.embed import EMBED
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext

MAX_TARGETS = 6
MAX_MODEL = 200
LOCKS = 8_408_031  # the class of these locks among all advisory locks
MODE_WORDS = {"order": N_("In this order"), "price": N_("The cheapest"), "speed": N_("The quickest")}
REST = N_("Everything without a choice of its own")


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """A model of a provider; of the installation's endpoint without an id, and then it is the one that is set there."""

    provider_id: int | None
    model: str = ""

    def as_dict(self) -> dict[str, Any]:
        """What is stored."""
        return {"provider_id": self.provider_id, "model": self.model}


def route_titles() -> dict[str, str]:
    """All that can be asked of a model, each by itself: its name for people, by key."""
    titles = {key: operation.title for key, operation in OPERATIONS.items() if key not in RETIRED}
    return {ALL: REST, **titles, **{key: operation.title for key, operation in DIRECT_OPERATIONS.items()}}


def models_without_price(account_id: int) -> list[str]:
    """The models that may be asked for anything and whose price nobody knows; none of a key that cannot be read."""
    models: set[str] = set()
    try:
        for key in filter(None, route_titles()):
            images = DIRECT_OPERATIONS[key].limits.images if key in DIRECT_OPERATIONS else 0
            endpoints = routing.endpoints_for(account_id, key)
            models |= {endpoint.model for endpoint in endpoints if not prices.has_price(endpoint, images)}
    except DomainError:
        return []
    return sorted(models)


def routes_of(account_id: int) -> dict[str, AiRoute]:
    """The account's choices, by operation."""
    return {route.operation: route for route in db.session.scalars(select(AiRoute).filter_by(account_id=account_id))}


def lock_routes(account_id: int) -> None:
    """Let nobody else change the choices of this account until the transaction ends: one may have no row to lock."""
    db.session.execute(select(func.pg_advisory_xact_lock(LOCKS, account_id % 2**31)))


def stored_choice(route: AiRoute | None) -> dict[str, Any]:
    """What is stored of what the form of a choice shows, for its etag."""
    return {"mode": route.mode, "targets": route.targets} if route else {"mode": "", "targets": []}


def save_route(account_id: int, operation: str, mode: str, targets: Sequence[RouteTarget]) -> None:
    """Choose who is asked for an operation, in place of any choice before; nobody takes the choice back. Flushes.

    Raises NotFound for an unknown operation or provider, DomainError for a choice that cannot be.
    """
    if operation not in route_titles():
        raise NotFound()
    if not targets:
        db.session.execute(delete(AiRoute).where(AiRoute.account_id == account_id, AiRoute.operation == operation))
        return
    mode = (
        "order" if operation == EMBED.key else mode
    )  # the first one may not change by itself: all vectors would have to be made again
    _check(account_id, mode, targets)
    values = {"mode": mode, "targets": [target.as_dict() for target in targets], "updated_at": utcnow()}
    stmt = insert(AiRoute).values(account_id=account_id, operation=operation, created_at=utcnow(), **values)
    db.session.execute(stmt.on_conflict_do_update(index_elements=["account_id", "operation"], set_=values))


def _check(account_id: int, mode: str, targets: Sequence[RouteTarget]) -> None:
    if mode not in MODES:
        raise DomainError(gettext("Choose who is asked first."), code="AI_ROUTE_MODE", field="mode")
    if len(targets) > MAX_TARGETS or len(set(targets)) < len(targets):
        raise DomainError(
            gettext("Name each model once, and at most %(max_targets)s.", max_targets=MAX_TARGETS),
            code="AI_ROUTE_TARGETS",
            cure=gettext("Take the others out."),
        )
    named = {target.provider_id for target in targets if target.provider_id is not None}
    stmt = select(AiProvider.id).where(AiProvider.account_id == account_id, AiProvider.id.in_(named))
    if named - set(db.session.scalars(stmt)):
        raise NotFound(gettext("One of the providers no longer exists. Reload the page and choose again."))
    for target in targets:
        if target.provider_id is not None and not 1 <= len(target.model) <= MAX_MODEL:
            raise DomainError(
                gettext("Each provider needs the name of one of its models."),
                code="AI_ROUTE_MODEL",
                cure=gettext("Choose one from the list, or type it."),
                field="model",
            )


def target_labels(route: AiRoute | None, names: Mapping[int, str]) -> list[str]:
    """“Groq: llama-3.3” for each model of a choice, for the audit log."""
    if route is None:
        return []
    return [
        f"{names.get(target['provider_id'], 'a deleted provider')}: {target['model']}"
        if target["provider_id"]
        else "IGNY8"
        for target in route.targets
    ]
