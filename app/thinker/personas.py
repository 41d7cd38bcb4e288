"""Personas: who writes, and for whom. Services flush; callers commit."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, func, or_, select, update

from app.core.blank import visible_line
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext, local_number
from app.core.tenancy import owned
from app.thinker.models import Persona

NAME_LENGTH = 120
# The texts of a persona with what people and models call them, and how long each may be.
TEXTS: Mapping[str, tuple[str, int]] = {
    "voice": (N_("Voice"), 2_000),
    "audience": (N_("Audience"), 2_000),
    "rules": (N_("Rules"), 4_000),
    "avoid": (N_("Words to avoid"), 2_000),
    "sample": (N_("Sample of the voice"), 6_000),
}
MOST = 200
DEFAULTS = 8_408_030  # the class of these locks among all advisory locks


def list_personas(account_id: int) -> Sequence[Persona]:
    """The personas that the person may see: those of all sites first, then by site and name, defaults first."""
    stmt = select(Persona).where(Persona.account_id == account_id)
    order = (func.coalesce(Persona.site_id, 0), Persona.is_default.desc(), func.lower(Persona.name), Persona.id)
    return db.session.scalars(stmt.order_by(*order)).all()


def save_persona(
    account_id: int,
    persona_id: int | None,
    values: Mapping[str, str],
    *,
    site_id: int | None,
    is_default: bool,
    seen: int,
) -> Persona:
    """Make or change a persona; a new default replaces the previous one. Flushes.

    `seen` is the version that the person began with. Raises DomainError, NotFound, and Conflict when somebody saved
    meanwhile.
    """
    checked = _checked(values)
    _one_after_the_other(account_id)
    if persona_id is None:
        _check_room(account_id)
        persona = Persona(account_id=account_id, **checked, site_id=site_id)
    else:
        owned(Persona, persona_id, account_id)
        persona = db.session.get_one(Persona, persona_id, populate_existing=True, with_for_update=True)
        if persona.version != seen:
            raise Conflict(
                gettext(
                    "Somebody saved “%(name)s” after you opened this page. Your words are still here.",
                    name=persona.name,
                ),
                code="PERSONA_CHANGED",
                cure=gettext("Compare with what is saved now, and save again to keep yours."),
                details={"version": persona.version},
            )
        for name, value in checked.items():
            setattr(persona, name, value)
        persona.site_id = site_id
        persona.version += 1
    if is_default:
        _step_down(account_id, site_id, persona_id)
    persona.is_default = is_default
    db.session.add(persona)
    db.session.flush()
    return persona


def _checked(values: Mapping[str, str]) -> dict[str, str]:
    name = visible_line(values.get("name", ""))
    if not name:
        raise DomainError(
            gettext("A persona needs a name."), code="NAME_MISSING", cure=gettext("Give it one."), field="name"
        )
    checked = {"name": name}
    for field, (label, most) in {"name": (N_("Name"), NAME_LENGTH), **TEXTS}.items():
        text = checked.get(field) or values.get(field, "").replace("\r\n", "\n").strip()
        if len(text) > most:
            raise DomainError(
                gettext(
                    "%(label)s has %(text)s characters; %(most)s are the most.",
                    label=gettext(label),
                    text=local_number(len(text)),
                    most=local_number(most),
                ),
                code="TEXT_TOO_LONG",
                cure=gettext("Shorten it."),
                field=field,
            )
        checked[field] = text
    return checked


def _one_after_the_other(account_id: int) -> None:
    """Let nobody else save a persona of this account until the transaction ends: there is one default."""
    db.session.execute(select(func.pg_advisory_xact_lock(DEFAULTS, account_id % 2**31)))


def _check_room(account_id: int) -> None:
    count = db.session.scalar(select(func.count()).where(Persona.account_id == account_id)) or 0
    if count >= MOST:
        raise DomainError(
            gettext("There are %(count)s personas, the most that an account may have.", count=local_number(count)),
            code="TOO_MANY_PERSONAS",
            cure=gettext("Delete one that is not used any more."),
        )


def _step_down(account_id: int, site_id: int | None, persona_id: int | None) -> None:
    """The default of this site, or of all sites, stops being the default. A second request at the same time waits."""
    place = Persona.site_id == site_id if site_id else Persona.site_id.is_(None)
    stmt = update(Persona).where(Persona.account_id == account_id, place, Persona.is_default)
    if persona_id is not None:
        stmt = stmt.where(Persona.id != persona_id)
    db.session.execute(stmt.values(is_default=False, version=Persona.version + 1))


def delete_persona(account_id: int, persona_id: int) -> str:
    """Delete a persona. Returns its name. Flushes; raises NotFound."""
    persona = owned(Persona, persona_id, account_id)
    name = persona.name
    db.session.delete(persona)
    db.session.flush()
    return name


def default_of(account_id: int, site_id: int | None) -> Persona | None:
    """The default of the site, else that of all sites."""
    stmt = select(Persona).where(
        Persona.account_id == account_id,
        Persona.is_default,
        (Persona.site_id == site_id) | Persona.site_id.is_(None) if site_id else Persona.site_id.is_(None),
    )
    return db.session.scalar(stmt.order_by(Persona.site_id.is_(None)).limit(1))


def persona_text(persona: Persona | None) -> str:
    """The persona as prompts get it: its name in the first line, then what is said of it; empty without one."""
    if persona is None:
        return ""
    parts = [persona.name]
    parts += [f"{label}: {getattr(persona, name)}" for name, (label, _most) in TEXTS.items() if getattr(persona, name)]
    return "\n".join(parts)


def names_for(account_id: int, site_id: int) -> list[str]:
    """The names of the personas that may write for a site."""
    stmt = select(Persona.name).where(Persona.account_id == account_id, _writes_for(site_id))
    return list(dict.fromkeys(db.session.scalars(stmt.order_by(func.lower(Persona.name), Persona.id))))


def _writes_for(site_id: int) -> ColumnElement[bool]:
    return or_(Persona.site_id == site_id, Persona.site_id.is_(None))


def text_for(account_id: int, site_id: int, wanted: str = "") -> str:
    """The persona that writes for a site, as prompts get it.

    That is the one named `wanted`, the site's own rather than one for all sites; if no persona has that name, the words
    themselves; and if `wanted` is empty, the default.
    """
    wanted = wanted.strip()
    if not wanted:
        return persona_text(default_of(account_id, site_id))
    stmt = select(Persona).where(Persona.account_id == account_id, _writes_for(site_id))
    order = (Persona.site_id.is_(None), Persona.is_default.desc(), Persona.id)
    personas = [row for row in db.session.scalars(stmt.order_by(*order)) if row.name.casefold() == wanted.casefold()]
    return persona_text(personas[0]) if personas else wanted
