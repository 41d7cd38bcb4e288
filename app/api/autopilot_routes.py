"""The autopilot of a site, and its contents by how far they are on their way."""

from typing import Literal

from pydantic import Field

from app.api.automation_routes import READ, WRITE
from app.api.endpoints import api_endpoint, expected_version
from app.api.execution_routes import ExecutionShown
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.shapes import Given, RowId, RowIds, RowPage, Shown, SiteParameters, Versioned
from app.automation import actions, autopilot, pipeline
from app.automation.models import Autopilot
from app.automation.spending import this_month
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.tenancy import owned, owned_many
from app.sites.models import Site

MODULE = "automation"
AUTOPILOT = "/automation/autopilots/<int:site_id>/"
STAGES = Literal["draft", "linked", "optimized", "review", "published"]
CONTENTS = ApiList(
    pipeline.PIPELINE_LIST,
    {
        "stage": "`draft`, `linked`, `optimized`, `review` or `published`.",
        "type": "Article, Page, Product or Taxonomy.",
        "source": "`igny8` or `wordpress`.",
    },
)


class AutopilotShown(Versioned):
    """How the pipeline of a site runs by itself. `days` are those on which it writes: 1 is Monday, 7 Sunday.

    `spent` are the credits of this month (UTC), `month_credits` their cap. `does_not_run` says what of it does not run
    although it is on, and `missing` what it has nothing to write from.
    """

    site_id: int = Field(examples=[1])
    is_on: bool = Field(examples=[True])
    drafts_a_week: int = Field(examples=[3])
    days: list[int] = Field(examples=[[1, 3, 5]])
    has_review: bool = Field(examples=[True])
    month_credits: int | None = Field(examples=[None])
    spent: int = Field(examples=[120])
    does_not_run: list[str] = Field(examples=[[]])
    missing: str = Field(examples=[""])

    @classmethod
    def of(cls, site: Site, pilot: Autopilot) -> "AutopilotShown":
        """The autopilot as it is answered."""
        names = ("is_on", "drafts_a_week", "has_review", "month_credits", "version")
        missing = autopilot.what_is_missing(site, pilot)
        return cls(
            site_id=site.id,
            **{name: getattr(pilot, name) for name in names},
            days=[day + 1 for day in pilot.days],
            spent=pilot.spent if pilot.spent_in == this_month() else 0,
            does_not_run=autopilot.what_does_not_run(site, pilot),
            missing=missing[0] if missing else "",
        )


class AutopilotGiven(Given):
    """All settings of an autopilot; `month_credits` is null for no cap. None may be left out."""

    is_on: bool = Field(examples=[False])
    drafts_a_week: int = Field(ge=1, le=autopilot.MOST_A_WEEK, examples=[3])
    days: list[Literal[1, 2, 3, 4, 5, 6, 7]] = Field(max_length=7, examples=[[1, 3, 5]])
    has_review: bool = Field(examples=[True])
    month_credits: int | None = Field(ge=0, le=autopilot.MOST_CREDITS, examples=[None])


class AutopilotSwitch(Given):
    """Whether it is on."""

    is_on: bool = Field(examples=[False])


class StagedContentShown(Shown):
    """A content, and how far it is on its way."""

    id: RowId = Field(examples=[11])
    title: str = Field(examples=["How to choose trail running shoes"])
    stage: str = Field(examples=["draft"])
    content_type: str = Field(examples=["Article"])
    source: str = Field(examples=["igny8"])

    @classmethod
    def of_row(cls, row: tuple[Content, str]) -> "StagedContentShown":
        """A row of the list as it is answered."""
        content, stage = row
        own = {name: getattr(content, name) for name in cls.model_fields if name != "stage"}
        return cls(**own, stage=stage)


class StageCountsShown(Shown):
    """How many contents of a site are at each stage."""

    draft: int = Field(examples=[7])
    linked: int = Field(examples=[2])
    optimized: int = Field(examples=[1])
    review: int = Field(examples=[3])
    published: int = Field(examples=[40])


class StagedContentsGiven(Given):
    """Contents of a site: `writer` links and optimizes what was written here, `synced` optimizes what was imported."""

    site_id: RowId = Field(examples=[1])
    content_ids: RowIds = Field(examples=[[11]])
    way: Literal["writer", "synced"] = Field("writer", examples=["writer"])


class MoveGiven(Given):
    """A content and the stage that it is to come to."""

    content_id: RowId = Field(examples=[11])
    to: STAGES = Field(examples=["linked"])


class MoveShown(Shown):
    """What is done to the content: `process` with the execution that does it, `publish` or `unpublish`."""

    does: str = Field(examples=["process"])
    execution_id: int | None = Field(examples=[8])


def _site(site_id: int) -> Site:
    return owned(Site, site_id, current_account_id())


@api_endpoint("GET", AUTOPILOT, READ, module=MODULE)
def show_site_autopilot(site_id: int) -> AutopilotShown:
    """The autopilot of a site, with its version as ETag."""
    site = _site(site_id)
    return AutopilotShown.of(site, autopilot.shown_autopilot(site))


@api_endpoint("PUT", AUTOPILOT, WRITE, module=MODULE, matches=True)
def change_site_autopilot(site_id: int, body: AutopilotGiven) -> AutopilotShown:
    """Change the autopilot of a site, which writes its rules. On, it needs besides what their actions need."""
    site = _site(site_id)
    cap = "" if body.month_credits is None else str(body.month_credits)
    values = body.model_dump() | {"days": [day - 1 for day in body.days], "month_credits": cap}
    seen = expected_version(autopilot.shown_autopilot(site).version)
    pilot = actions.save_autopilot_of(site.account_id, current_actor(), site.id, values, seen=seen)
    return AutopilotShown.of(site, pilot)


@api_endpoint("PATCH", AUTOPILOT, WRITE, module=MODULE)
def switch_site_autopilot(site_id: int, body: AutopilotSwitch) -> AutopilotShown:
    """Switch the autopilot of a site on or off: off, none of its rules begins anything. What runs goes on."""
    site = _site(site_id)
    pilot = actions.switch_autopilot(site.account_id, current_actor(), site.id, body.is_on)
    return AutopilotShown.of(site, pilot)


@api_endpoint("GET", "/automation/pipeline/", READ, module=MODULE, listed=CONTENTS)
def show_staged_contents(query: SiteListParameters) -> RowPage[StagedContentShown]:
    """List the contents of a site with how far they are on their way."""
    CONTENTS.read(query)
    page = pipeline.list_by_stage(current_account_id(), query.site_id, query.values)
    return list_page(page, StagedContentShown.of_row)


@api_endpoint("GET", "/automation/pipeline/counts/", READ, module=MODULE)
def show_stage_counts(query: SiteParameters) -> StageCountsShown:
    """Count the contents of a site by how far they are on their way."""
    return StageCountsShown(**pipeline.count_stages(current_account_id(), query.site_id))


@api_endpoint("POST", "/automation/pipeline/process/", WRITE, module=MODULE, status=202)
def process_staged_contents(body: StagedContentsGiven) -> ExecutionShown:
    """Process contents of a site: an execution. Needs besides what its actions need."""
    account_id, ids = current_account_id(), list(dict.fromkeys(body.content_ids))
    owned_many(Content, ids, account_id)
    process = actions.process_synced_content if body.way == "synced" else actions.process_writer_content
    return ExecutionShown.of(process(account_id, current_actor(), body.site_id, ids))


@api_endpoint("POST", "/automation/pipeline/move/", WRITE, module=MODULE, rehearses=True)
def move_staged_content(body: MoveGiven) -> MoveShown:
    """Do to a content what takes it to another stage; to publish or unpublish it needs that permission besides.

    409 where nothing would take it there: `error.message` says why.
    """
    account_id, actor = current_account_id(), current_actor()
    does, execution = actions.move_content(account_id, actor, body.content_id, body.to, is_sure=True)
    return MoveShown(does=does or "process", execution_id=execution.id if execution else None)
