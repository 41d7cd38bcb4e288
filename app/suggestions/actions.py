"""What can be done with suggested clusters, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit. They answer with a sentence, which the audit log keeps when anything was done.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement

from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.listing.selection import Selection
from app.core.wording import many
from app.suggestions import services
from app.suggestions.services import SURE_SCORES


def accept(account_id: int, actor: Actor, site_id: int, selection: Selection) -> str:
    """Put the chosen items in their suggested clusters."""
    return _accept(account_id, actor, site_id, services.selected(account_id, site_id, selection))


def accept_above(account_id: int, actor: Actor, site_id: int, least: int) -> str:
    """Accept all whose score is at least `least`, one of SURE_SCORES; raises DomainError for any other."""
    if least not in SURE_SCORES:
        raise DomainError("No share is chosen.", code="NOTHING_CHOSEN", cure="Choose how sure it has to be.")
    return _accept(account_id, actor, site_id, services.with_score(account_id, site_id, least))


def _accept(account_id: int, actor: Actor, site_id: int, conditions: Sequence[ColumnElement[bool]]) -> str:
    count = services.accept(account_id, site_id, conditions)
    message = f"{many(count, 'item')} put in the suggested clusters." if count else "Nothing was left to accept."
    return _audit(account_id, actor, message, count)


def reject(account_id: int, site_id: int, selection: Selection) -> str:
    """Do not suggest the chosen ones again."""
    count = services.reject(account_id, site_id, services.selected(account_id, site_id, selection))
    return f"{many(count, 'suggestion')} rejected." if count else "Nothing was left to reject."


def undo(account_id: int, actor: Actor, site_id: int, decision: uuid.UUID) -> str:
    """Undo a decision for content that was not moved to another cluster since."""
    count = services.undo(account_id, site_id, decision)
    message = f"Undone for {many(count, 'item')}." if count else "There was nothing left to undo."
    return _audit(account_id, actor, message, count)


def _audit(account_id: int, actor: Actor, message: str, count: int) -> str:
    if count:
        audit.record(account_id, "bulk.suggestions", subject=message, after={"items": count}, by=actor)
    return message
