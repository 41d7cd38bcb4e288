"""The Thinker: which prompts are live, and the personas that write."""

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.shapes import Instant, PageShown, RowId, RowPage, Shown
from app.core.access import current_account_id
from app.core.tenancy import owned
from app.thinker.models import Persona
from app.thinker.operations import operation_of, operations_in_use
from app.thinker.permissions import ThinkerPermission
from app.thinker.personas import list_personas
from app.thinker.prompts import Prompt, prompt_of, prompts_of, version_template

READ = ThinkerPermission.READ


class PromptShown(Shown):
    """The prompt of an operation as it is used: the live version, or (`version_id` null) the one that is shipped."""

    operation: str = Field(examples=["draft"])
    version_id: int | None = Field(examples=[None])
    is_shipped: bool = Field(examples=[True])
    system: str = Field(examples=["You write for people."])
    question: str = Field(examples=["Write about {{title}}."])

    @classmethod
    def of(cls, prompt: Prompt) -> "PromptShown":
        """The prompt as it is answered."""
        text = version_template(prompt.live) if prompt.live else prompt.operation.template
        return cls(
            operation=prompt.operation.key,
            version_id=prompt.live.id if prompt.live else None,
            is_shipped=prompt.live is None,
            system=text.system,
            question=text.user,
        )


class PersonaShown(Shown):
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
    version: int = Field(examples=[1])
    created_at: Instant


@api_endpoint("GET", "/thinker/prompts/", READ, module="thinker")
def show_prompts() -> RowPage[PromptShown]:
    """List the prompts of all operations. All of them are on one page."""
    prompts = [PromptShown.of(prompt) for prompt in prompts_of(current_account_id(), operations_in_use(()))]
    place = PageShown(next=None, previous=None, total=len(prompts), total_is_exact=True, limit=len(prompts))
    return RowPage(prompts, place)


@api_endpoint("GET", "/thinker/prompts/<operation>/", READ, module="thinker")
def show_prompt(operation: str) -> PromptShown:
    """The prompt of one operation."""
    return PromptShown.of(prompt_of(current_account_id(), operation_of(operation)))


@api_endpoint("GET", "/thinker/personas/", READ, module="thinker")
def show_personas() -> RowPage[PersonaShown]:
    """List the personas. All of them are on one page."""
    personas = [PersonaShown.model_validate(persona) for persona in list_personas(current_account_id())]
    place = PageShown(next=None, previous=None, total=len(personas), total_is_exact=True, limit=len(personas))
    return RowPage(personas, place)


@api_endpoint("GET", "/thinker/personas/<int:persona_id>/", READ, module="thinker")
def show_persona(persona_id: int) -> PersonaShown:
    """One persona."""
    return PersonaShown.model_validate(owned(Persona, persona_id, current_account_id()))
