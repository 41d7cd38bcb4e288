"""What can be done with personas, strategy notes and image settings. They flush; callers commit."""

from collections.abc import Mapping

from app.core import audit
from app.core.actor import Actor
from app.core.tenancy import owned
from app.thinker import hooks, personas, strategy
from app.thinker.models import ImageSettings, Persona, StrategyNote
from app.thinker.sites import checked_site_id, site_choices


def save_persona(
    account_id: int,
    actor: Actor,
    persona_id: int | None,
    values: Mapping[str, str],
    *,
    site_id: int | None,
    is_default: bool,
    seen: int = 0,
) -> Persona:
    """Make or change a persona. Raises DomainError, NotFound and Conflict."""
    checked_site_id(account_id, site_id)
    before = owned(Persona, persona_id, account_id).name if persona_id else ""
    persona = personas.save_persona(account_id, persona_id, values, site_id=site_id, is_default=is_default, seen=seen)
    if before and before != persona.name:
        hooks.persona_renamed(account_id, before, persona.name)
    after = {"site": _site_name(account_id, site_id), "default": is_default}
    audit.record(account_id, "prompt.persona_saved", subject=persona.name, after=after, by=actor)
    return persona


def delete_persona(account_id: int, actor: Actor, persona_id: int) -> tuple[str, int]:
    """Delete a persona. Returns its name, and how many briefs named it; those use the default from now on.

    Raises NotFound.
    """
    name = personas.delete_persona(account_id, persona_id)
    briefs = sum(hooks.persona_renamed(account_id, name, ""))
    audit.record(account_id, "prompt.persona_deleted", subject=name, by=actor)
    return name, briefs


def save_strategy(account_id: int, actor: Actor, site_id: int | None, note: str, *, seen: int) -> StrategyNote:
    """Keep the strategy note of a site, None for all of them. Raises DomainError, NotFound and Conflict."""
    checked_site_id(account_id, site_id)
    row = strategy.save_note(account_id, site_id, note, author=actor.short_name, seen=seen)
    subject = _site_name(account_id, site_id)
    audit.record(account_id, "prompt.strategy_saved", subject=subject, after={"characters": len(row.note)}, by=actor)
    return row


def save_images(
    account_id: int, actor: Actor, site_id: int | None, values: Mapping[str, str], *, seen: int
) -> ImageSettings:
    """Keep the image settings of a site, None for all of them. Raises DomainError, NotFound and Conflict."""
    checked_site_id(account_id, site_id)
    row = strategy.save_images(account_id, site_id, values, seen=seen)
    after = {"model": row.model, "size": row.size, "quality": row.quality}
    audit.record(account_id, "prompt.images_saved", subject=_site_name(account_id, site_id), after=after, by=actor)
    return row


def _site_name(account_id: int, site_id: int | None) -> str:
    return dict(site_choices(account_id)).get(site_id or 0, "all sites")
