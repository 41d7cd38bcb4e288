"""The list of a plan's rows, and what is shown of the plan besides."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload

from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.filters import choice
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.linker.models import LinkBatch
from app.linker.plan.models import LinkPlan, LinkPlanRow, LinkRepair
from app.sites.models import Site

KIND_LABELS = {
    "broken": N_("Broken link"),
    "moved": N_("Redirected link"),
    "fresh": N_("New page"),
    "orphan": N_("Orphan"),
    "deep": N_("Too deep"),
    "hub": N_("Hub of a cluster"),
    "overlinked": N_("Over-linked"),
}
STATE_LABELS = {
    "open": N_("Open"),
    "chosen": N_("Chosen"),
    "done": N_("Done"),
    "left": N_("Left out"),
    "seen": N_("Nothing to choose"),
}
LINK_PLAN_LIST = ListSpec(
    id=LinkPlanRow.id,
    account=LinkPlanRow.account_id,
    site=LinkPlanRow.site_id,
    tables=(LinkPlanRow,),
    columns=(
        Column(N_("Page"), "title"),
        Column(N_("Found"), "importance"),
        Column(N_("Change")),
        Column(N_("State")),
    ),
    filters=(choice("kind", LinkPlanRow.kind, KIND_LABELS), choice("state", LinkPlanRow.state, STATE_LABELS)),
    sorts=(Sort("importance", LinkPlanRow.weight), Sort("title", Content.title_key)),
    default_sort="importance",
    search=Search(Content.search, Content.title),
    joined=(Content.id == LinkPlanRow.content_id,),
)


def list_plan_rows(account_id: int, site_id: int, query: ListQuery) -> Page[LinkPlanRow]:
    """One page of the rows, with the contents that they name."""
    stmt = select(LinkPlanRow).where(*LINK_PLAN_LIST.where(account_id, site_id, query))
    named = (LinkPlanRow.content, LinkPlanRow.source, LinkPlanRow.target)
    parts = [joinedload(path).options(defer(Content.content_html)) for path in named]
    return fetch_page(LINK_PLAN_LIST, query, stmt, options=parts)


def count_open(account_id: int, site_id: int, query: ListQuery) -> int:
    """How many rows of the list wait to be chosen."""
    where = LINK_PLAN_LIST.where(account_id, site_id, query)
    return db.session.scalar(select(func.count(LinkPlanRow.id)).where(*where, LinkPlanRow.state == "open")) or 0


def count_kinds(account_id: int, site_id: int) -> Mapping[str, int]:
    """How many rows there are of each kind."""
    stmt = select(LinkPlanRow.kind, func.count()).where(
        LinkPlanRow.account_id == account_id, LinkPlanRow.site_id == site_id
    )
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(LinkPlanRow.kind))}


def link_plan_of(site: Site) -> LinkPlan | None:
    """The plan of a site."""
    return db.session.scalar(
        select(LinkPlan).where(LinkPlan.account_id == site.account_id, LinkPlan.site_id == site.id)
    )


def changed_since(plan: LinkPlan) -> int:
    """How many contents of the site were changed, added or removed since its texts were read."""
    here = (Content.site_id == plan.site_id, LISTED)
    stmt = select(func.count(), func.count().filter(Content.updated_at > plan.read_at)).where(*here)
    now, changed = db.session.execute(stmt).one()
    return max(int(changed), abs(int(now) - plan.contents))


def batch_repairs(account_id: int, batch: LinkBatch, most: int = 200) -> list[LinkRepair]:
    """The links that a batch mended, by content; at most `most`."""
    part: Any = joinedload(LinkRepair.content).options(defer(Content.content_html))
    stmt = select(LinkRepair).where(LinkRepair.account_id == account_id, LinkRepair.batch_id == batch.id)
    return list(db.session.scalars(stmt.options(part).order_by(LinkRepair.content_id, LinkRepair.id).limit(most)))
