"""Personas: who writes, and for whom."""

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.shapes import Count, Given, Instant, RowId, RowPage, Versioned, whole_list
from app.core.access import current_account_id, current_actor
from app.core.tenancy import owned
from app.thinker import persona_actions
from app.thinker.models import Persona
from app.thinker.permissions import ThinkerPermission
from app.thinker.personas import NAME_LENGTH, TEXTS, list_personas

READ, WRITE = ThinkerPermission.READ, ThinkerPermission.WRITE
MOST = {name: most for name, (_label, most) in TEXTS.items()}
ONE = "/thinker/personas/<int:persona_id>/"


class PersonaShown(Versioned):
    """Who writes, and for whom. Without a site it is for all of them."""

    id: RowId = Field(examples=[1])
    site_id: int | None = Field(examples=[None])
    name: str = Field(examples=["The guide"])
    voice: str = Field(examples=["Friendly, in short sentences."])
    audience: str = Field(examples=["Beginners."])
    rules: str = Field(examples=[""])
    avoid: str = Field(examples=[""])
    sample: str = Field(examples=[""])
    is_default: bool = Field(examples=[True])
    created_at: Instant


class PersonaGiven(Given):
    """A persona; fields that are left out are empty. One that is the default replaces the default before it."""

    site_id: RowId | None = Field(None, examples=[1])
    name: str = Field(min_length=1, max_length=NAME_LENGTH, examples=["The guide"])
    voice: str = Field("", max_length=MOST["voice"], examples=["Friendly, in short sentences."])
    audience: str = Field("", max_length=MOST["audience"], examples=["Beginners."])
    rules: str = Field("", max_length=MOST["rules"], examples=[""])
    avoid: str = Field("", max_length=MOST["avoid"], examples=[""])
    sample: str = Field("", max_length=MOST["sample"], examples=[""])
    is_default: bool = Field(False, examples=[False])


@api_endpoint("GET", "/thinker/personas/", READ, module="thinker")
def show_personas() -> RowPage[PersonaShown]:
    """List the personas. All of them are on one page."""
    return whole_list([PersonaShown.model_validate(persona) for persona in list_personas(current_account_id())])


@api_endpoint("GET", ONE, READ, module="thinker")
def show_persona(persona_id: int) -> PersonaShown:
    """One persona, with its version as ETag."""
    return PersonaShown.model_validate(owned(Persona, persona_id, current_account_id()))


@api_endpoint("POST", "/thinker/personas/", WRITE, module="thinker", status=201)
def add_persona(body: PersonaGiven) -> PersonaShown:
    """Add a persona."""
    return _saved(None, body, 0)


@api_endpoint("PUT", ONE, WRITE, module="thinker", matches=True)
def change_persona(persona_id: int, body: PersonaGiven) -> PersonaShown:
    """Change a persona. Fields that are left out are emptied."""
    persona = owned(Persona, persona_id, current_account_id())
    return _saved(persona.id, body, expected_version(persona.version))


def _saved(persona_id: int | None, body: PersonaGiven, seen: int) -> PersonaShown:
    persona = persona_actions.save_persona(
        current_account_id(),
        current_actor(),
        persona_id,
        body.model_dump(exclude={"site_id", "is_default"}),
        site_id=body.site_id,
        is_default=body.is_default,
        seen=seen,
    )
    return PersonaShown.model_validate(persona)


@api_endpoint("DELETE", ONE, WRITE, module="thinker")
def remove_persona(persona_id: int) -> Count:
    """Delete a persona. What was written with it stays."""
    persona_actions.delete_persona(current_account_id(), current_actor(), persona_id)
    return Count(count=1)
