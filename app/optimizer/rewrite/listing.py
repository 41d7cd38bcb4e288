"""The history of what was optimized. Reads only."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import defer, selectinload

from app.content.models import Content
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.filters import choice, reference
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListSpec, Sort
from app.optimizer.rewrite.task_models import ENTRY_POINTS, STATUSES, UNDER_WAY, OptimizationTask

T = OptimizationTask
NEWEST = 5
STATUS_WORDS = {
    "pending": N_("Waiting"),
    "running": N_("Running"),
    "completed": N_("Done"),
    "failed": N_("Failed"),
}
OPTIMIZATION_LIST = ListSpec(
    id=T.id,
    account=T.account_id,
    site=T.site_id,
    tables=(T,),
    columns=(
        Column(N_("Text")),
        Column(N_("Status")),
        Column(N_("Score before"), css="end"),
        Column(N_("Score after"), css="end"),
        Column(N_("To decide"), "waiting", "end"),
        Column(N_("Used"), "used", "end"),
        Column(N_("Credits"), "credits", "end"),
        Column(N_("When"), "when", "tight"),
    ),
    filters=(
        choice("status", T.status, STATUSES),
        choice("from", T.entry_point, tuple(ENTRY_POINTS)),
        reference("content", T.content_id, Content.id),
    ),
    sorts=(
        Sort("when", T.created_at),
        Sort("waiting", T.waiting),
        Sort("used", T.used),
        Sort("credits", T.credits_used),
    ),
    default_sort="-when",
)
_PARTS = (selectinload(T.content).options(defer(Content.content_html)), selectinload(T.run))


def list_optimizations(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[OptimizationTask]:
    """One page of the history of a site, the newest first, without the texts."""
    query = OPTIMIZATION_LIST.read(values)
    stmt = select(T).where(*OPTIMIZATION_LIST.where(account_id, site_id, query))
    return fetch_page(OPTIMIZATION_LIST, query, stmt, options=[*_PARTS])


def newest_optimizations(account_id: int, content_id: int) -> Sequence[OptimizationTask]:
    """The last tasks of a content, the newest first."""
    stmt = select(T).where(T.account_id == account_id, T.content_id == content_id)
    return db.session.scalars(stmt.order_by(T.id.desc()).limit(NEWEST).options(*_PARTS)).all()


def task_under_way(rows: Sequence[OptimizationTask]) -> OptimizationTask | None:
    """The one of these that is being worked on."""
    return next((row for row in rows if row.shown_status in UNDER_WAY), None)
