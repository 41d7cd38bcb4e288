"""What can be done with suggested clusters, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit. They answer with a sentence, which the audit log keeps in English when anything was done,
and a count.
"""

import uuid
from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement

from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.languages import NN_, gettext, in_english
from app.core.listing.selection import Selection
from app.core.wording import Changed, counted
from app.suggestions import services
from app.suggestions.services import SURE_SCORES


def accept(account_id: int, actor: Actor, site_id: int, selection: Selection) -> Changed:
    """Put the chosen items in their suggested clusters."""
    return _accept(account_id, actor, site_id, services.selected_suggestions(account_id, site_id, selection))


def accept_above(account_id: int, actor: Actor, site_id: int, least: int) -> Changed:
    """Accept all whose score is at least `least`, one of SURE_SCORES; raises DomainError for any other."""
    if least not in SURE_SCORES:
        raise DomainError(
            gettext("No share is chosen."), code="NOTHING_CHOSEN", cure=gettext("Choose how sure it has to be.")
        )
    return _accept(account_id, actor, site_id, services.with_score(account_id, site_id, least))


def _accept(account_id: int, actor: Actor, site_id: int, conditions: Sequence[ColumnElement[bool]]) -> Changed:
    count = services.accept(account_id, site_id, conditions)
    words = NN_("%(num)s item put in the suggested cluster.", "%(num)s items put in the suggested clusters.")
    return _audit(
        account_id, actor, lambda: counted(count, words) if count else gettext("Nothing was left to accept."), count
    )


def reject(account_id: int, site_id: int, selection: Selection) -> Changed:
    """Do not suggest the chosen ones again."""
    count = services.reject(account_id, site_id, services.selected_suggestions(account_id, site_id, selection))
    words = NN_("%(num)s suggestion rejected.", "%(num)s suggestions rejected.")
    return Changed(counted(count, words) if count else gettext("Nothing was left to reject."), count)


def undo(account_id: int, actor: Actor, site_id: int, decision: uuid.UUID) -> Changed:
    """Undo a decision, except for content that was moved to another cluster since."""
    count = services.undo(account_id, site_id, decision)
    words = NN_("Undone for %(num)s item.", "Undone for %(num)s items.")
    return _audit(
        account_id, actor, lambda: counted(count, words) if count else gettext("There was nothing left to undo."), count
    )


def _audit(account_id: int, actor: Actor, words: Callable[[], str], count: int) -> Changed:
    if count:
        audit.record(account_id, "bulk.suggestions", subject=in_english(words), after={"items": count}, by=actor)
    return Changed(words(), count)
