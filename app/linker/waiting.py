"""How many proposals of each page wait for a decision: kept with the page, so that lists can be sorted by it."""

from collections.abc import Collection

from sqlalchemy import ARRAY, BigInteger, cast, func, select, update

from app.core.extensions import db
from app.linker.models import LinkPage, LinkProposal
from app.linker.targets import HAS_TARGET


def count_waiting(content_ids: Collection[int] | None, site_id: int | None = None) -> None:
    """Count the proposals of these contents that wait, or those of a whole site. Flushes."""
    waiting = (
        select(func.count())
        .where(LinkProposal.content_id == LinkPage.content_id, LinkProposal.state == "proposed", HAS_TARGET)
        .scalar_subquery()
    )
    if content_ids is None:
        meant = LinkPage.site_id == site_id
    else:
        meant = LinkPage.content_id == func.any(cast(sorted(content_ids), ARRAY(BigInteger)))
    stmt = update(LinkPage).where(meant, LinkPage.waiting != waiting).values(waiting=waiting)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def count_waiting_around(content_ids: Collection[int] | None, site_id: int) -> None:
    """Count the proposals of these contents, and of those that are to link to them: to what is gone, none waits."""
    if content_ids is not None:
        sources = select(LinkProposal.content_id).where(LinkProposal.target_id.in_(content_ids)).distinct()
        content_ids = {*content_ids, *db.session.scalars(sources)}
    count_waiting(content_ids, site_id)
