"""Which contents links were looked for: kept with the work, so that nobody reads through runs to know. Flushes."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.states import OPEN
from app.linker.models import LinkSearch


def claim_searches(account_id: int, site_id: int, content_ids: Sequence[int]) -> list[int]:
    """Those of these contents that no run looks for links for now; nobody else can start that until this is committed.

    What was looked for before stays noted. `note_searches` says by which run they are looked for from now on.
    """
    now = utcnow()
    about = {"account_id": account_id, "site_id": site_id, "created_at": now, "updated_at": now}
    rows = [{**about, "content_id": content_id} for content_id in sorted(content_ids)]
    db.session.execute(insert(LinkSearch).values(rows).on_conflict_do_nothing(index_elements=["content_id"]))
    mine = LinkSearch.content_id.in_(content_ids)
    db.session.execute(select(LinkSearch.id).where(mine).order_by(LinkSearch.content_id).with_for_update())
    free = select(LinkSearch.content_id).where(mine, ~_at_work()).order_by(LinkSearch.content_id)
    return list(db.session.scalars(free))  # read anew: who was waited for may have started a run


def note_searches(content_ids: Sequence[int], run_id: uuid.UUID) -> None:
    """Note that a run is about to look for links for these contents, which were claimed."""
    stmt = update(LinkSearch).where(LinkSearch.content_id.in_(content_ids)).values(run_id=run_id, updated_at=utcnow())
    db.session.execute(stmt.execution_options(synchronize_session=False))


def run_at_work(content_ids: Sequence[int]) -> Run | None:
    """The newest open run that looks for links for one of these contents."""
    stmt = select(Run).join(LinkSearch, LinkSearch.run_id == Run.id)
    stmt = stmt.where(LinkSearch.content_id.in_(content_ids), Run.state.in_(OPEN))
    return db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1))


def end_search(content_id: int) -> None:
    """Note that links were looked for this content."""
    stmt = update(LinkSearch).where(LinkSearch.content_id == content_id).values(searched_at=utcnow())
    db.session.execute(stmt.execution_options(synchronize_session=False))


def was_searched() -> ColumnElement[bool]:
    """The condition on contents that links were looked for, or that a run is about to look for some for."""
    mine = (LinkSearch.content_id == Content.id, or_(LinkSearch.searched_at.is_not(None), _at_work()))
    return select(LinkSearch.id).where(*mine).exists()


def _at_work() -> ColumnElement[bool]:
    return select(Run.id).where(Run.id == LinkSearch.run_id, Run.state.in_(OPEN)).exists()
