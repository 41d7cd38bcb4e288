"""What became of the links of a batch, counted from the links themselves, and what can still be undone. Reads only.

A link that is proposed again belongs to the batch that did so last.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.states import OPEN
from app.linker.models import LinkBatch, LinkProposal
from app.linker.plan.models import LinkRepair
from app.linker.targets import HAS_TARGET, HAS_TEXT

_P = LinkProposal
_WAITS = and_(_P.state == "proposed", HAS_TARGET, HAS_TEXT)
_WAS_PUT_IN = and_(_P.added_version.is_not(None), _P.state.in_(("accepted", "undone")))


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """Of a batch: links that wait for a decision, that were put into texts by whomever, that were taken out again or
    put back, that are its own now, and that can be undone."""

    proposed: int = 0
    added: int = 0
    removed: int = 0
    links: int = 0
    left: int = 0


def batch_figures(batch_ids: Collection[int]) -> Mapping[int, BatchFigures]:
    """The figures of each of these batches."""
    counts = (
        func.count().filter(_WAITS),
        func.count().filter(_WAS_PUT_IN),
        func.count().filter(_WAS_PUT_IN, _P.state == "undone"),
        func.count(),
        func.count().filter(_P.state.in_(("proposed", "outdated", "accepted"))),
    )
    stmt = select(_P.batch_id, *counts).where(_P.batch_id.in_(batch_ids)).group_by(_P.batch_id)
    links = {row[0]: row[1:] for row in db.session.execute(stmt)}
    states = (func.count().filter(LinkRepair.state == "undone"), func.count().filter(LinkRepair.state == "applied"))
    mended = select(LinkRepair.batch_id, *states).where(LinkRepair.batch_id.in_(batch_ids))
    repairs = {row[0]: row[1:] for row in db.session.execute(mended.group_by(LinkRepair.batch_id))}
    figures = {}
    for batch_id in batch_ids:
        proposed, added, removed, own, left = links.get(batch_id, (0, 0, 0, 0, 0))
        undone, applied = repairs.get(batch_id, (0, 0))
        figures[batch_id] = BatchFigures(proposed, added, removed + undone, own, left + applied)
    return figures


def found_elsewhere(batch: LinkBatch, figures: BatchFigures) -> int:
    """How many of the links that the batch found are not its own any more: others found them again, or none does."""
    return max(0, batch.proposed + batch.added - figures.links)


def is_at_work(batch: LinkBatch) -> bool:
    """Whether its run is still to do something: undoing the batch stops that."""
    return db.session.scalar(select(Run.id).where(Run.id == batch.run_id, Run.state.in_(OPEN))) is not None
