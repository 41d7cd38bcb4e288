"""How far a content is on its way: a stage that is computed from what happened to it, beside its `status`.

A draft is *linked* once the Linker put links into it, *optimized* once the Optimizer changed it or its score is good,
in *review* when it is both or has its time of publishing, and *published* while visitors see it. Processing a content
is a rule of the site like any other, run by hand or, when somebody switches it on, by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select
from sqlalchemy.orm import defer

from app.automation.action_kinds import action_kinds
from app.automation.models import AutomationRule
from app.automation.rules import RuleValues, checked_values, store_rule
from app.content.listing import IS_LIVE
from app.content.models import Content
from app.content.state import GONE, SCHEDULED, WP_TRASH
from app.content.trash.services import LISTED
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.listing.filters import cases, choice
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListSpec, Sort
from app.optimizer.lists import GOOD
from app.optimizer.models import ContentScore
from app.planner.models import CONTENT_TYPES
from app.sites.models import Site

DRAFT, LINKED, OPTIMIZED, REVIEW, PUBLISHED = "draft", "linked", "optimized", "review", "published"
STAGES = {
    DRAFT: N_("Draft"),
    LINKED: N_("Linked"),
    OPTIMIZED: N_("Optimized"),
    REVIEW: N_("In review"),
    PUBLISHED: N_("Published"),
}
WRITER, SYNCED = "writer", "synced"
LINKING, OPTIMIZATION = "linking", "optimization"
ACTIONS = {LINKING: "link_content", OPTIMIZATION: "optimize_content"}
_WAYS = {
    WRITER: (N_("Pipeline: link and optimize what was written"), (LINKING, OPTIMIZATION)),
    SYNCED: (N_("Pipeline: optimize what was imported"), (OPTIMIZATION,)),
}
_LINKED = Content.linker_version > 0
_SCORED_GOOD = select(ContentScore.id).where(ContentScore.content_id == Content.id, ContentScore.overall >= GOOD)
_GOOD = or_(Content.optimizer_version > 0, _SCORED_GOOD.exists())
_WAITS = and_(not_(IS_LIVE), Content.state != SCHEDULED)
CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    PUBLISHED: IS_LIVE,
    REVIEW: and_(not_(IS_LIVE), or_(Content.state == SCHEDULED, and_(_LINKED, _GOOD))),
    OPTIMIZED: and_(_WAITS, _GOOD, not_(_LINKED)),
    LINKED: and_(_WAITS, _LINKED, not_(_GOOD)),
    DRAFT: and_(_WAITS, not_(_LINKED), not_(_GOOD)),
}
STAGE = case(*((condition, name) for name, condition in CONDITIONS.items()), else_=DRAFT)
PIPELINE_LIST = ListSpec(
    id=Content.id,
    account=Content.account_id,
    site=Content.site_id,
    tables=(Content,),
    columns=(
        Column(N_("Title"), "title"),
        Column(N_("Stage")),
        Column(N_("Type")),
        Column(N_("Source")),
        Column(N_("Updated"), "updated"),
    ),
    filters=(
        cases("stage", CONDITIONS),
        choice("type", Content.content_type, CONTENT_TYPES),
        choice("source", Content.source, ("igny8", "wordpress")),
    ),
    sorts=(Sort("title", Content.title_key), Sort("updated", Content.updated_at)),
    default_sort="-updated",
    search=Search(Content.search, Content.title),
    only=(LISTED, Content.state.not_in((WP_TRASH, GONE))),
)


def list_by_stage(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[tuple[Content, str]]:
    """One page of (content, stage), as the parameters of an address say."""
    query = PIPELINE_LIST.read(values)
    stmt = select(Content, STAGE.label("stage")).where(*PIPELINE_LIST.where(account_id, site_id, query))
    return fetch_page(PIPELINE_LIST, query, stmt, options=[defer(Content.content_html)])


def count_stages(account_id: int, site_id: int) -> dict[str, int]:
    """How many contents of a site are in each stage."""
    where = PIPELINE_LIST.where(account_id, site_id, PIPELINE_LIST.read({}))
    staged = select(STAGE.label("stage")).where(*where).subquery()
    counts = db.session.execute(select(staged.c.stage, func.count()).group_by(staged.c.stage))
    return dict.fromkeys(STAGES, 0) | {row[0]: row[1] for row in counts}


def stage_of(content: Content) -> str:
    """The stage of one content."""
    return str(db.session.scalar(select(STAGE).where(Content.id == content.id)))


def rule_of_way(site: Site, way: str, stages: Sequence[str]) -> AutomationRule:
    """The site's rule that processes contents in this way; made, and off, the first time.

    Raises DomainError when no stage is left: its module is switched off.
    """
    name, _usual = _WAYS[way]
    wanted = [ACTIONS[stage] for stage in stages if ACTIONS[stage] in action_kinds(site.account_id)]
    if not wanted:
        raise DomainError(
            gettext("There is nothing to do: the modules that it takes are switched off."),
            code="NO_STAGE",
            cure=gettext("Switch on the Linker or the Optimizer under Settings."),
        )
    flow = f"pipeline-{way}"
    rule = db.session.query(AutomationRule).filter_by(site_id=site.id, flow=flow).with_for_update().one_or_none()
    if rule is not None:
        return rule
    trigger = "content_generated" if way == WRITER else "content_changed_in_wordpress"
    actions = [{"kind": kind, "parameters": {}} for kind in wanted]
    values = RuleValues(name=name, trigger=trigger, actions=actions, zone=site.time_zone, most_a_day="1000")
    columns = checked_values(site.account_id, replace(values, overlap="queue"))
    return store_rule(site.account_id, site.id, {**columns, "flow": flow}, None)


def usual_stages(way: str) -> tuple[str, ...]:
    """The stages of this way."""
    return _WAYS[way][1]


def actions_of_stages(account_id: int, stages: Sequence[str]) -> list[dict[str, object]]:
    """The actions of these stages, of modules that are on, for contents that a person picked: all take as many."""
    offered = action_kinds(account_id)
    kinds = [offered[ACTIONS[stage]] for stage in stages if ACTIONS[stage] in offered]
    most = min((kind.at_once for kind in kinds), default=0)
    return [{"kind": kind.name, "parameters": {"most": most}, "picked": True} for kind in kinds]
