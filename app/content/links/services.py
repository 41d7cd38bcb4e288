"""What is known of the links of contents to other sites. Functions flush; callers commit."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.content.links.addresses import outside_addresses
from app.content.links.asking import LinkAnswer
from app.content.links.models import LinkCheck
from app.content.links.verdicts import LinkVerdict
from app.content.models import Content
from app.content.run_kinds import CHECK_LINKS, CHECK_NEW_LINKS
from app.content.services import Ids
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account
from app.core.runs import Run

KEPT = timedelta(days=90)
SOON = timedelta(hours=1)  # what was asked within it is not asked again
CHECKED_LINKS = "content_links"  # what a check of one content is about
PART = 200  # contents whose texts are read at once


def verdicts_of(account_id: int, site_id: int, addresses: Collection[str]) -> dict[str, LinkVerdict]:
    """The verdicts on those of the addresses that were asked, by address."""
    if not addresses:
        return {}
    stmt = select(LinkCheck).where(
        LinkCheck.account_id == account_id,
        LinkCheck.site_id == site_id,
        LinkCheck.digest.in_([_digest(address) for address in addresses]),
    )
    return {
        row.address: LinkVerdict(row.address, row.outcome, row.status, row.leads_to, row.checked_at)
        for row in db.session.scalars(stmt)
    }


def verdicts_on_text(account_id: int, site_id: int, html: str, site_url: str) -> dict[str, LinkVerdict]:
    """The verdicts on the links of a text to other sites, by address."""
    return verdicts_of(account_id, site_id, outside_addresses(html, site_url))


def addresses_in(account_id: int, site_id: int, content_ids: Ids, site_url: str) -> Iterator[str]:
    """The addresses of other sites in these contents' texts; one may come several times."""
    last = 0
    while rows := _texts(account_id, site_id, content_ids, last):
        for content_id, html in rows:
            last = content_id
            yield from outside_addresses(html, site_url)


def _texts(account_id: int, site_id: int, content_ids: Ids, after: int) -> Sequence[tuple[int, str]]:
    stmt = (
        select(Content.id, Content.content_html)
        .where(Content.account_id == account_id, Content.site_id == site_id, Content.id.in_(content_ids))
        .where(Content.id > after)
        .order_by(Content.id)
        .limit(PART)
    )
    return [(row.id, row.content_html) for row in db.session.execute(stmt)]


def to_be_asked(account_id: int, site_id: int, addresses: Collection[str]) -> list[str]:
    """Those of the addresses that were not asked within SOON, in order, each once."""
    since = utcnow() - SOON
    verdicts = verdicts_of(account_id, site_id, addresses)
    fresh = {address for address, verdict in verdicts.items() if verdict.checked_at > since}
    return [address for address in dict.fromkeys(addresses) if address not in fresh]


def newest_check(account_id: int, content_id: int) -> Run | None:
    """The check of this content alone that was started last."""
    of_content = (Run.subject_type == CHECKED_LINKS, Run.subject_id == content_id)
    kinds = (CHECK_LINKS.name, CHECK_NEW_LINKS.name)
    stmt = select(Run).where(Run.account_id == account_id, Run.kind.in_(kinds), *of_content)
    return db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1))


def record_answers(account_id: int, site_id: int, answers: Mapping[str, LinkAnswer]) -> None:
    """Keep what addresses answered, in place of what they answered before. Flushes."""
    if not answers:
        return
    now = utcnow()
    rows = [
        {
            "account_id": account_id,
            "site_id": site_id,
            "digest": _digest(address),
            "address": address,
            "outcome": answer.outcome,
            "status": answer.status,
            "leads_to": answer.leads_to,
            "checked_at": now,
            "created_at": now,
            "updated_at": now,
        }
        for address, answer in sorted(answers.items())
    ]
    stmt = insert(LinkCheck).values(rows)
    renewed = {name: stmt.excluded[name] for name in ("outcome", "status", "leads_to", "checked_at", "updated_at")}
    db.session.execute(stmt.on_conflict_do_update(index_elements=["site_id", "digest"], set_=renewed))


@every_account("what is old goes for all accounts at once")
def forget_old_checks() -> None:
    """Delete what was asked more than KEPT ago. Called by the scheduler. Commits."""
    db.session.execute(delete(LinkCheck).where(LinkCheck.checked_at < utcnow() - KEPT))
    db.session.commit()


def _digest(address: str) -> bytes:
    return sha256(address.encode()).digest()
