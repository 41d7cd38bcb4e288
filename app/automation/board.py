"""The pipeline as a board: a column for each stage, and which cards can be moved where, since that is work that exists.

A stage is worked out from what happened to a content: a card moves because something is done to it, or it does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import defer

from app.automation.pipeline import (
    DRAFT,
    LINKED,
    LINKING,
    OPTIMIZATION,
    OPTIMIZED,
    PIPELINE_LIST,
    PUBLISHED,
    REVIEW,
    STAGES,
    count_stages,
)
from app.content.models import Content
from app.core.errors import DomainError
from app.core.languages import N_, gettext
from app.core.listing.pages import Page, fetch_page

CARDS = 10  # of a column's page
PUBLISH, UNPUBLISH = "publish", "unpublish"
# What moving a card from one stage to another does: stages of processing, or what a person is asked about first.
MOVES: Mapping[tuple[str, str], tuple[str, ...]] = {
    (DRAFT, LINKED): (LINKING,),
    (DRAFT, OPTIMIZED): (OPTIMIZATION,),
    (DRAFT, REVIEW): (LINKING, OPTIMIZATION),
    (LINKED, REVIEW): (OPTIMIZATION,),
    (OPTIMIZED, REVIEW): (LINKING,),
    **{(stage, PUBLISHED): (PUBLISH,) for stage in (DRAFT, LINKED, OPTIMIZED, REVIEW)},
    (PUBLISHED, DRAFT): (UNPUBLISH,),
}
ASKED = (PUBLISH, UNPUBLISH)
_BOTH = N_("A text that is linked and optimized is in review: move it there.")
_BACK = N_("A text goes back by itself when its links or changes are undone: in the Linker, or in the Optimizer.")
_LIVE = N_("What is live can only become a draft again: move it to Draft.")


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A stage with how many contents it has, one page of them, and where its cards can be moved."""

    stage: str
    label: str
    count: int
    page: Page[Content]
    targets: Sequence[tuple[str, str]]


def board_columns(account_id: int, site_id: int, values: Mapping[str, str]) -> list[BoardColumn]:
    """The columns of a site's board; `values` has the number of each one's page under its stage."""
    counts = count_stages(account_id, site_id)
    return [
        BoardColumn(stage, label, counts[stage], _page_of(account_id, site_id, stage, values), _targets(stage))
        for stage, label in STAGES.items()
    ]


def _page_of(account_id: int, site_id: int, stage: str, values: Mapping[str, str]) -> Page[Content]:
    spec = replace(PIPELINE_LIST, per_page=CARDS)
    query = spec.read({"stage": stage, "page": values.get(stage, "")})
    stmt = select(Content).where(*spec.where(account_id, site_id, query))
    return fetch_page(spec, query, stmt, options=[defer(Content.content_html)])


def _targets(stage: str) -> list[tuple[str, str]]:
    return [(to, STAGES[to]) for to in STAGES if (stage, to) in MOVES]


def move_between(stage: str, to: str) -> tuple[str, ...]:
    """What the move does. Raises DomainError, which says why not, where nothing that there is to do would do it."""
    if stage == to or to not in STAGES:
        raise _no_move(gettext("It is in this stage already.") if stage == to else gettext("There is no such stage."))
    if (stage, to) not in MOVES:
        raise _no_move(gettext(_LIVE if stage == PUBLISHED else _BACK if _is_back(stage, to) else _BOTH))
    return MOVES[stage, to]


def _is_back(stage: str, to: str) -> bool:
    return to == DRAFT or stage == REVIEW


def _no_move(why: str) -> DomainError:
    return DomainError(why, code="NO_SUCH_MOVE", status=409)
