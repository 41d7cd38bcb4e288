"""Whether rules of a site can do their work now: not where the site is switched off, or not linked to WordPress."""

from collections.abc import Sequence

from app.automation.action_kinds import ActionKind
from app.automation.models import AutomationRule
from app.automation.rules import kinds_of
from app.core.errors import DomainError
from app.core.tenancy import owned
from app.sites.error_codes import error_for
from app.sites.health import MOVED
from app.sites.models import Site


def refuse_where_nothing_runs(site: Site, kinds: Sequence[ActionKind]) -> None:
    """Raise DomainError where the site is switched off, or where actions need WordPress and it is not connected."""
    if not site.is_active:
        raise error_for("SITE_INACTIVE")
    if not any(kind.needs_wordpress for kind in kinds):
        return
    if site.connection is None or site.connection.state == "waiting":
        raise error_for("NOT_CONNECTED")
    if site.connection.health == MOVED:
        raise error_for("SITE_CLONED")


def refuse_rule(rule: AutomationRule) -> None:
    """Raise DomainError where the rule can do nothing now: a part of it is off or gone, or its site stands so."""
    site = owned(Site, rule.site_id, rule.account_id)
    refuse_where_nothing_runs(site, kinds_of(rule.account_id, rule.actions))


def why_not_now(rule: AutomationRule) -> str:
    """Why the rule can do nothing now, in the current language; empty where it can."""
    try:
        refuse_rule(rule)
    except DomainError as error:
        return f"{error.message} {error.cure}".strip()
    return ""
