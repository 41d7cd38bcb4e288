"""The Site Builder: planned sites, what they are made of, and their versions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Given, Instant, RowId, RowPage, Shown, whole_list
from app.core.access import current_account_id, current_actor
from app.sitebuilder import actions, versions
from app.sitebuilder.answers import TEXTS_OF_STEP, read_step
from app.sitebuilder.listing import BLUEPRINT_LIST, list_blueprints
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.versions import blueprint_of

READ, WRITE = SiteBuilderPermission.READ, SiteBuilderPermission.WRITE
MODULE = "site_builder"
PLANNED = "/site-builder/blueprints/<int:blueprint_id>"
BLUEPRINTS = ApiList(
    BLUEPRINT_LIST,
    {"status": "`draft`, `generating`, `ready` or `deployed`.", "show": "`trash` for those in the trash."},
)


class BlueprintShown(Shown):
    """The plan of a site. `config` are the answers that it is made of."""

    id: RowId = Field(examples=[2])
    site_id: int = Field(examples=[1])
    name: str = Field(examples=["Hill & Sons"])
    status: str = Field(examples=["draft"])
    hosting_type: str = Field(examples=["wordpress"])
    version: int = Field(examples=[1])
    config_version: int = Field(examples=[1])
    deployed_version: int | None = Field(examples=[None])
    config: dict[str, Any] = Field(examples=[{"name": "Hill & Sons"}])
    created_at: Instant
    updated_at: Instant

    @property
    def etag(self) -> str:
        """Its version and that of its answers name it as it is."""
        return f"{self.version}-{self.config_version}"


class NewBlueprint(Given):
    """What the wizard asks: `answers` by its names, and what the site is for."""

    site_id: RowId = Field(examples=[1])
    answers: dict[str, str] = Field(
        default_factory=dict, max_length=40, examples=[{"name": "Hill & Sons", "industry": "Roofing"}]
    )
    objectives: list[str] = Field(default_factory=list, max_length=12, examples=[["Get enquiries"]])


class BlueprintChanges(Given):
    """Another name, other answers of the wizard by their names, other objectives. What is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=120, examples=["Hill & Sons"])
    answers: dict[str, str] = Field(default_factory=dict, max_length=40, examples=[{"industry": "Roofing"}])
    objectives: list[str] | None = Field(None, max_length=12, examples=[None])


class SiteVersionShown(Shown):
    """A version of a planned site. `cause` is what made it, `subject` what was changed."""

    id: RowId = Field(examples=[40])
    blueprint_id: int = Field(examples=[2])
    number: int = Field(examples=[3])
    cause: str = Field(examples=["page_added"])
    subject: str = Field(examples=["Services"])
    actor_name: str = Field(examples=["Ada Lovelace"])
    created_at: Instant


@api_endpoint("GET", "/site-builder/blueprints/", READ, module=MODULE, listed=BLUEPRINTS)
def show_blueprints(query: SiteListParameters) -> RowPage[BlueprintShown]:
    """List the planned sites of a site."""
    page = list_blueprints(current_account_id(), query.site_id, BLUEPRINTS.read(query))
    return list_page(page, BlueprintShown.model_validate)


@api_endpoint("GET", "/site-builder/blueprints/<int:blueprint_id>/", READ, module=MODULE)
def show_blueprint(blueprint_id: int) -> BlueprintShown:
    """One planned site."""
    return BlueprintShown.model_validate(blueprint_of(current_account_id(), blueprint_id))


@api_endpoint("POST", "/site-builder/blueprints/", WRITE, module=MODULE, status=201)
def add_blueprint(body: NewBlueprint) -> BlueprintShown:
    """Plan a site with answers of the wizard. What is missing is asked for when the structure is made."""
    config: dict[str, Any] = {}
    for step in TEXTS_OF_STEP:
        config |= read_step(step, body.answers, body.objectives)
    made = actions.create_blueprint(current_account_id(), current_actor(), body.site_id, config)
    return BlueprintShown.model_validate(made)


@api_endpoint("POST", f"{PLANNED}/generate_structure/", WRITE, module=MODULE, status=202)
def generate_structure(blueprint_id: int) -> RunShown:
    """Have the pages of a planned site made of its answers: a run."""
    return RunShown.of(actions.start_structure(current_account_id(), current_actor(), blueprint_id))


@api_endpoint("PATCH", f"{PLANNED}/", WRITE, module=MODULE, matches=True)
def change_blueprint(blueprint_id: int, body: BlueprintChanges) -> BlueprintShown:
    """Change the name of a planned site, or the answers that it is made of. Its pages stay until they are made anew."""
    account_id = current_account_id()
    seen = expected_version(blueprint_of(account_id, blueprint_id).config_version, part=1)
    answers = body.answers if body.name is None else body.answers | {"name": body.name}
    changed = actions.change_answers(account_id, current_actor(), blueprint_id, answers, body.objectives, seen=seen)
    return BlueprintShown.model_validate(changed)


@api_endpoint("POST", f"{PLANNED}/duplicate/", WRITE, module=MODULE, status=201)
def duplicate_blueprint(blueprint_id: int) -> BlueprintShown:
    """Make a copy of a planned site, with its pages."""
    return BlueprintShown.model_validate(
        actions.duplicate_blueprint(current_account_id(), current_actor(), blueprint_id)
    )


@api_endpoint("DELETE", f"{PLANNED}/", WRITE, module=MODULE)
def trash_blueprint(blueprint_id: int) -> BlueprintShown:
    """Move a planned site to the trash; what is live of it stays live."""
    return BlueprintShown.model_validate(actions.trash_blueprint(current_account_id(), current_actor(), blueprint_id))


@api_endpoint("POST", f"{PLANNED}/restore/", WRITE, module=MODULE)
def restore_blueprint(blueprint_id: int) -> BlueprintShown:
    """Bring a planned site back from the trash."""
    return BlueprintShown.model_validate(actions.restore_blueprint(current_account_id(), current_actor(), blueprint_id))


@api_endpoint("GET", f"{PLANNED}/versions/", READ, module=MODULE)
def show_site_versions(blueprint_id: int) -> RowPage[SiteVersionShown]:
    """List the newest 50 versions of a planned site, on one page."""
    rows = versions.list_blueprint_versions(blueprint_of(current_account_id(), blueprint_id))
    return whole_list([SiteVersionShown.model_validate(row) for row in rows])


@api_endpoint("POST", f"{PLANNED}/versions/<int:number>/restore/", WRITE, module=MODULE, matches=True)
def restore_site_version(blueprint_id: int, number: int) -> BlueprintShown:
    """Bring back the pages and the style of a version, as a new one. If-Match names the present one."""
    return _changed(blueprint_id, partial(versions.restore_blueprint_version, number=number))


@api_endpoint("POST", f"{PLANNED}/undo/", WRITE, module=MODULE, matches=True)
def undo_site_change(blueprint_id: int) -> BlueprintShown:
    """Undo the last change of a planned site. 409 when there is none."""
    return _changed(blueprint_id, versions.undo_blueprint_change)


@api_endpoint("POST", f"{PLANNED}/redo/", WRITE, module=MODULE, matches=True)
def redo_site_change(blueprint_id: int) -> BlueprintShown:
    """Make again what was undone last. 409 when there is nothing."""
    return _changed(blueprint_id, versions.redo_blueprint_change)


def _changed(blueprint_id: int, change: Callable[..., Any]) -> BlueprintShown:
    account_id = current_account_id()
    seen = expected_version(blueprint_of(account_id, blueprint_id).version)
    return BlueprintShown.model_validate(change(account_id, current_actor(), blueprint_id, seen=seen))
