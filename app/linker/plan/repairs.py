"""Links of texts mended and put back. Services flush; callers commit.

A text is written as `app.linker.proposals` writes it: locked, as a version of its own, never over unsaved changes.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from urllib.parse import urlsplit

from sqlalchemy import select, update

from app.content.models import Content
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.extensions import db
from app.linker.pages import address_of, is_other_origin, link_origin
from app.linker.plan.addresses import LinkStatus
from app.linker.plan.models import LinkPlanRow, LinkRepair
from app.linker.plan.splicing import Mended, put_back, with_address, without_tags
from app.linker.proposals import QUIET, write_text
from app.linker.texts import FoundLink, read_markup
from app.sites.models import Site


def mend(actor: Actor, site: Site, content: Content, rows: Sequence[LinkPlanRow]) -> tuple[int, set[int]]:
    """Mend the links that these rows tell of in the text of a locked content, as one version.

    Returns how many links, and the ids of the rows whose links were there. Flushes.
    """
    html, done = content.content_html, set[int]()
    mended: list[tuple[int | None, Mended]] = []
    for row in rows:
        # From the end, so that what stands around a link is as it was when the ones before it are put back.
        for link in reversed(_links_of(html, row, site)):
            is_moved = row.fix == "retarget"
            result = with_address(html, link, _new_address(link, row)) if is_moved else without_tags(html, link)
            if result is not None:
                html = result[0]
                mended.append((row.batch_id, result[1]))
                done.add(row.id)
    if mended:
        write_text(actor, content, html)
        for batch_id, repair in mended:
            _store(content, actor, batch_id, repair)
    db.session.flush()
    return len(mended), done


def _links_of(html: str, row: LinkPlanRow, site: Site) -> list[FoundLink]:
    """The links of a text that the row tells of."""
    links = [link for link in read_markup(html).links if address_of(link.href, site.url) == row.address]
    if not _is_of_origin(row):
        return links
    own = link_origin(row.url)
    return [link for link in links if is_other_origin(link_origin(link.href), own)]


def _is_of_origin(row: LinkPlanRow) -> bool:
    return row.details.get("why") == LinkStatus.OTHER_ORIGIN


def _new_address(link: FoundLink, row: LinkPlanRow) -> str:
    """What the link is to lead to: where only its host is other, with its query."""
    query = urlsplit(link.href).query if _is_of_origin(row) and "?" not in row.url else ""
    return f"{row.url}?{query}" if query else row.url


def _store(content: Content, actor: Actor, batch_id: int | None, repair: Mended) -> None:
    row = LinkRepair(
        account_id=content.account_id,
        site_id=content.site_id,
        batch_id=batch_id,
        content_id=content.id,
        version=content.version,
        decided_by=actor.id,
        decided_at=utcnow(),
        **asdict(repair),
    )
    db.session.add(row)


def claim_repairs(actor: Actor, ids: Collection[int]) -> list[LinkRepair]:
    """Give these repairs, where they are still applied, the state ``undone``. Returns those, the last made first."""
    stmt = (
        update(LinkRepair)
        .where(LinkRepair.id.in_(ids), LinkRepair.state == "applied")
        .values(state="undone", decided_by=actor.id, decided_at=utcnow(), updated_at=utcnow())
        .returning(LinkRepair.id)
        .execution_options(**QUIET)
    )
    claimed = list(db.session.scalars(stmt))
    rows = select(LinkRepair).where(LinkRepair.id.in_(claimed)).execution_options(populate_existing=True)
    return list(db.session.scalars(rows.order_by(LinkRepair.id.desc())))


def undo_repairs(actor: Actor, content: Content, repairs: Sequence[LinkRepair]) -> int:
    """Put these links, which are claimed, back as they were in a locked content, as one version. Returns how many.

    A link that somebody has taken out or changed since becomes ``outdated``. Flushes.
    """
    html, count = content.content_html, 0
    for repair in repairs:
        mended = Mended(**{field.name: getattr(repair, field.name) for field in fields(Mended)})
        restored = put_back(html, mended)
        if restored is None:
            repair.state = "outdated"
        else:
            html, count = restored, count + 1
    if count:
        write_text(actor, content, html)
    db.session.flush()
    return count


def applied_repairs(account_id: int, content_id: int) -> Sequence[LinkRepair]:
    """The mended links of a content, as they stand in the order of their making."""
    stmt = select(LinkRepair).where(
        LinkRepair.account_id == account_id, LinkRepair.content_id == content_id, LinkRepair.state == "applied"
    )
    return db.session.scalars(stmt.order_by(LinkRepair.id)).all()


def repaired_contents(batch_id: int) -> set[int]:
    """The contents with links that this batch mended and nobody has put back."""
    stmt = select(LinkRepair.content_id).where(LinkRepair.batch_id == batch_id, LinkRepair.state == "applied")
    return set(db.session.scalars(stmt.distinct()))


def repairs_of_batch(batch_id: int, content_id: int) -> list[int]:
    """The ids of the links of one content that this batch mended and nobody has put back."""
    mine = (LinkRepair.batch_id == batch_id, LinkRepair.content_id == content_id, LinkRepair.state == "applied")
    return list(db.session.scalars(select(LinkRepair.id).where(*mine)))
