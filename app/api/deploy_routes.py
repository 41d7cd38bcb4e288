"""Planned sites in WordPress: what a deploy would do, deploying, rolling back; and the site as files."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.runs import RunShown
from app.api.shapes import Given, Instant, RowId, RowPage, SentFile, Shown, whole_list
from app.api.sitebuilder_routes import MODULE, PLANNED, READ
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sitebuilder.deploy import actions
from app.sitebuilder.deploy.facts import deploy_pages, list_deploys, read_plan
from app.sitebuilder.deploy.models import SiteDeploy
from app.sitebuilder.deploy.plan import PageStep, count_actions
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.static_export.services import export_site
from app.sitebuilder.versions import blueprint_of

PUBLISH = Permission.CONTENT_PUBLISH
ONE = "/site-builder/deploys/<int:deploy_id>/"


class PageStepShown(Shown):
    """What a deploy would do with a page (`id`): `create`, `update`, `leave` or `conflict`, with why it is left.

    `state` is how it stands in WordPress, empty where it is not there; `left_out` are files that it does not get.
    """

    id: RowId = Field(examples=[3])
    title: str = Field(examples=["Services"])
    slug: str = Field(examples=["services"])
    action: str = Field(examples=["create"])
    reason: str = Field(examples=[""])
    content_id: int | None = Field(examples=[None])
    state: str = Field(examples=[""])
    address: str = Field(examples=[""])
    left_out: list[str] = Field(examples=[[]])

    @classmethod
    def of(cls, step: PageStep) -> "PageStepShown":
        """The step as it is answered."""
        facts, page = step.facts, step.facts.page
        return cls(
            id=page.id,
            title=page.title,
            slug=page.slug,
            action=step.action,
            reason=step.reason,
            content_id=facts.content_id,
            state=facts.state,
            address=facts.address,
            left_out=[file.name for file in facts.left_out],
        )


class DeployGiven(Given):
    """With `take_over` front page, menu, order and style become those of the plan also where they were changed."""

    take_over: bool = Field(False, examples=[False])


class DeployStartShown(Shown):
    """The run that deploys, and how many pages it is about to create, to update, to leave, and to leave as conflicts.

    After a dry run there is no run.
    """

    run: RunShown | None
    create: int = Field(examples=[6])
    update: int = Field(examples=[0])
    leave: int = Field(examples=[0])
    conflict: int = Field(examples=[0])


class DeployShown(Shown):
    """A deploy of a version: `running`, `done`, `partial`, `taking_back` or `taken_back`.

    `left_parts` are front page, menu, order or style that were left, by why.
    """

    id: RowId = Field(examples=[5])
    blueprint_id: int = Field(examples=[2])
    version: int = Field(examples=[3])
    state: str = Field(examples=["done"])
    actor_name: str = Field(examples=["Ada Lovelace"])
    left_parts: dict[str, Any] = Field(examples=[{}])
    ended_at: Instant | None
    created_at: Instant


class DeployedPageShown(Shown):
    """What a deploy did with a page: `state` is `waiting`, `publishing`, `done`, `failed`, `put_back` or `kept`."""

    id: RowId = Field(examples=[50])
    page_id: int | None = Field(examples=[3])
    content_id: int | None = Field(examples=[11])
    title: str = Field(examples=["Services"])
    action: str = Field(examples=["create"])
    state: str = Field(examples=["done"])
    reason: str = Field(examples=[""])


def _planned(blueprint_id: int) -> SiteBlueprint:
    return blueprint_of(current_account_id(), blueprint_id)


@api_endpoint("GET", f"{PLANNED}/plan/", READ, module=MODULE)
def show_deploy_plan(blueprint_id: int) -> RowPage[PageStepShown]:
    """List what a deploy would do with each page of a planned site, in the order of its menu, on one page."""
    return whole_list([PageStepShown.of(step) for step in read_plan(_planned(blueprint_id))])


@api_endpoint("POST", f"{PLANNED}/deploys/", PUBLISH, module=MODULE, status=202, rehearses=True)
def deploy_blueprint(blueprint_id: int, body: DeployGiven) -> DeployStartShown:
    """Bring a planned site to WordPress: a run. One that is on its way already is given back."""
    account_id = current_account_id()
    counts = count_actions(read_plan(_planned(blueprint_id)))
    run = actions.start_deploy(account_id, current_actor(), blueprint_id, take_over=body.take_over)
    return DeployStartShown(run=RunShown.of(run), **counts)


@api_endpoint("GET", f"{PLANNED}/deploys/", READ, module=MODULE)
def show_deploys(blueprint_id: int) -> RowPage[DeployShown]:
    """List the newest 20 deploys of a planned site, on one page."""
    return whole_list([DeployShown.model_validate(row) for row in list_deploys(_planned(blueprint_id))])


@api_endpoint("GET", ONE, READ, module=MODULE)
def show_one_deploy(deploy_id: int) -> DeployShown:
    """One deploy."""
    return DeployShown.model_validate(owned(SiteDeploy, deploy_id, current_account_id()))


@api_endpoint("GET", f"{ONE}pages/", READ, module=MODULE)
def show_deployed_pages(deploy_id: int) -> RowPage[DeployedPageShown]:
    """List what a deploy did with each page, on one page."""
    deploy = owned(SiteDeploy, deploy_id, current_account_id())
    return whole_list([DeployedPageShown.model_validate(row) for row in deploy_pages(deploy)])


@api_endpoint("POST", f"{ONE}take_back/", PUBLISH, module=MODULE, status=202)
def roll_deploy_back(deploy_id: int) -> RunShown:
    """Put WordPress back as it was before the newest deploy: a run. 409 while a later one is there."""
    return RunShown.of(actions.start_taking_back(current_account_id(), current_actor(), deploy_id))


@api_endpoint("GET", f"{PLANNED}/files/", READ, module=MODULE)
def download_blueprint(blueprint_id: int) -> SentFile:
    """A planned site as a ZIP of files that open from disk. 409 while it has no page."""
    content, name = export_site(current_account_id(), blueprint_id)
    return SentFile(content, name)
