"""The Thinker: prompts with their versions, and what texts for a site have to keep in mind."""

from pydantic import Field

from app.ai.templates import Template
from app.api.endpoints import api_endpoint, expected_version
from app.api.lists import ApiList, ListParameters, list_page
from app.api.shapes import Given, Instant, Parameters, QueryId, RowId, RowPage, Shown, Versioned, whole_list
from app.core.access import current_account_id, current_actor
from app.core.errors import Conflict
from app.core.languages import gettext
from app.thinker import actions, persona_actions, prompts, rows
from app.thinker.lists import VERSION_LIST, list_versions
from app.thinker.models import LIVE, StrategyNote
from app.thinker.operations import operation_of, operations_in_use
from app.thinker.permissions import ThinkerPermission
from app.thinker.prompts import MAX_LENGTH, MAX_NOTE, Prompt, prompt_of, prompts_of, version_template
from app.thinker.strategy import NOTE_LENGTH, stored

READ, WRITE = ThinkerPermission.READ, ThinkerPermission.WRITE
VERSIONS = ApiList(VERSION_LIST, {})
ONE = "/thinker/prompts/<operation>/"


class PromptShown(Shown):
    """The prompt of an operation as it is used: the live version, or (`version_id` null) the one that is shipped.

    `draft_id` is the version that was saved last and is not live by itself; `live_moves` counts how often another
    version was made live.
    """

    operation: str = Field(examples=["draft"])
    version_id: int | None = Field(examples=[None])
    is_shipped: bool = Field(examples=[True])
    system: str = Field(examples=["You write for people."])
    question: str = Field(examples=["Write about {{title}}."])
    draft_id: int | None = Field(examples=[None])
    live_moves: int = Field(examples=[0])

    @property
    def etag(self) -> str:
        """How often another version was made live names it as it is."""
        return str(self.live_moves)

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
            draft_id=prompt.draft.id if prompt.draft else None,
            live_moves=prompt.live_moves,
        )


class PromptVersionShown(Shown):
    """A version of a prompt. Its texts never change."""

    id: RowId = Field(examples=[5])
    operation: str = Field(examples=["draft"])
    number: int = Field(examples=[1])
    system: str = Field(examples=["You write for people."])
    question: str = Field(examples=["Write about {{title}}."])
    note: str = Field(examples=["Shorter"])
    author: str = Field(examples=["Ada Lovelace"])
    created_at: Instant


class PromptGiven(Given):
    """The texts of a prompt; the variables of its operation stand in double braces."""

    system: str = Field("", max_length=MAX_LENGTH, examples=["You write for people."])
    question: str = Field(min_length=1, max_length=MAX_LENGTH, examples=["Write about {{title}}, shortly."])
    note: str = Field("", max_length=MAX_NOTE, examples=["Shorter"])


class PreviewGiven(Given):
    """The texts of a prompt that is not saved, and the row that it is filled with, such as `task:9`: else examples."""

    system: str = Field("", max_length=MAX_LENGTH, examples=["You write for people."])
    question: str = Field(min_length=1, max_length=MAX_LENGTH, examples=["Write about {{title}}, shortly."])
    row: str = Field("", max_length=60, examples=[""])


class PreviewShown(Shown):
    """What would be sent."""

    system: str = Field(examples=["You write for people."])
    question: str = Field(examples=["Write about trail shoes, shortly."])
    length: int = Field(examples=[55])


class LiveGiven(Given):
    """The version that is to be used from now on; null for the shipped one.

    `despite` is the reason of an owner to use one that has not passed its tests.
    """

    version_id: RowId | None = Field(examples=[None])
    despite: str = Field("", max_length=300, examples=[""])


class NoteParameters(Parameters):
    """Which site's note."""

    site_id: QueryId | None = Field(
        None, description="The site whose note it is; without it, the one for all sites.", examples=[1]
    )


class NoteShown(Versioned):
    """What texts for a site, or without one for all of them, have to keep in mind. `version` 0: there is none yet."""

    site_id: int | None = Field(examples=[1])
    note: str = Field(examples=["We never promise next-day delivery."])
    author: str = Field(examples=["Ada Lovelace"])


class NoteGiven(Given):
    """The note; empty for none."""

    note: str = Field(max_length=NOTE_LENGTH, examples=["We never promise next-day delivery."])


@api_endpoint("GET", "/thinker/prompts/", READ, module="thinker")
def show_prompts() -> RowPage[PromptShown]:
    """List the prompts of all operations. All of them are on one page."""
    return whole_list([PromptShown.of(one) for one in prompts_of(current_account_id(), operations_in_use(()))])


@api_endpoint("GET", ONE, READ, module="thinker")
def show_prompt(operation: str) -> PromptShown:
    """The prompt of one operation."""
    return PromptShown.of(prompt_of(current_account_id(), operation_of(operation)))


@api_endpoint("GET", f"{ONE}versions/", READ, module="thinker", listed=VERSIONS)
def show_prompt_versions(operation: str, query: ListParameters) -> RowPage[PromptVersionShown]:
    """List the versions of a prompt, the newest first."""
    VERSIONS.read(query)
    page = list_versions(current_account_id(), operation_of(operation).key, query.values)
    return list_page(page, PromptVersionShown.model_validate)


@api_endpoint("GET", f"{ONE}versions/<int:version_id>/", READ, module="thinker")
def show_prompt_version(operation: str, version_id: int) -> PromptVersionShown:
    """One version of a prompt."""
    return PromptVersionShown.model_validate(
        prompts.get_version(current_account_id(), operation_of(operation), version_id)
    )


@api_endpoint("POST", f"{ONE}versions/", WRITE, module="thinker", status=201)
def add_prompt_version(operation: str, body: PromptGiven) -> PromptVersionShown:
    """Save a version of a prompt. It is used once it is made live. 409 when the texts are those of the last version."""
    saved = actions.save_prompt(
        current_account_id(), current_actor(), operation, **body.model_dump(), began_with=prompts_seen(operation)
    )
    if saved.version is None or not saved.is_new:
        raise Conflict(gettext("Nothing has changed, so there is no new version."), code="NOTHING_TO_DO")
    return PromptVersionShown.model_validate(saved.version)


def prompts_seen(operation: str) -> int:
    """The number of the newest version: what a program saves is never beside somebody else's."""
    return prompts.newest_number(current_account_id(), operation_of(operation).key)


@api_endpoint("POST", f"{ONE}preview/", READ, module="thinker")
def preview_prompt_texts(operation: str, body: PreviewGiven) -> PreviewShown:
    """Say what would be sent with these texts of a prompt. Changes nothing."""
    chosen = operation_of(operation)
    prompts.check_texts(chosen, body.system, body.question)
    preview = rows.preview_prompt(current_account_id(), chosen, Template(body.system, body.question), body.row)
    texts = {name: "".join(text for text, _is_value in getattr(preview, name)) for name in ("system", "question")}
    return PreviewShown(**texts, length=preview.length)


@api_endpoint("PUT", f"{ONE}live/", ThinkerPermission.LIVE, module="thinker", matches=True)
def make_prompt_live(operation: str, body: LiveGiven) -> PromptShown:
    """Use another version of a prompt from now on. Refused where it has not passed the tests that it has to pass."""
    account_id, chosen = current_account_id(), operation_of(operation)
    seen = expected_version(prompt_of(account_id, chosen).live_moves)
    version_id = body.version_id or prompts.SHIPPED
    actions.move_label(account_id, current_actor(), chosen.key, LIVE, version_id, seen=seen, despite=body.despite)
    return PromptShown.of(prompt_of(account_id, chosen))


@api_endpoint("GET", "/thinker/strategy/", READ, module="thinker")
def show_strategy(query: NoteParameters) -> NoteShown:
    """What texts for a site have to keep in mind, or those of all sites."""
    row = stored(StrategyNote, current_account_id(), query.site_id)
    if row is None:
        return NoteShown(site_id=query.site_id, note="", author="", version=0)
    return NoteShown.model_validate(row)


@api_endpoint("PUT", "/thinker/strategy/", WRITE, module="thinker", matches=True)
def change_strategy(query: NoteParameters, body: NoteGiven) -> NoteShown:
    """Change what texts for a site have to keep in mind."""
    row = stored(StrategyNote, current_account_id(), query.site_id)
    seen = expected_version(row.version if row else 0)
    return NoteShown.model_validate(
        persona_actions.save_strategy(current_account_id(), current_actor(), query.site_id, body.note, seen=seen)
    )
