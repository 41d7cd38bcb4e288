"""Having the links of contents to other sites checked, as one use case."""

from sqlalchemy import select

from app.content.links.services import CHECKED_LINKS
from app.content.models import Content
from app.content.run_kinds import CHECK_LINKS
from app.content.services import Ids
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import NN_, gettext, in_english
from app.core.listing.selection import selection_key
from app.core.request_ids import MAX_IDS
from app.core.runs import Run
from app.core.runs.kinds import RunKind
from app.core.runs.services import start_run
from app.core.wording import counted

TITLE = NN_("Links of %(num)s content", "Links of %(num)s contents")


def start_link_check(account_id: int, actor: Actor, site_id: int, content_ids: Ids, kind: RunKind = CHECK_LINKS) -> Run:
    """Ask the addresses of other sites that these contents link to whether they are there, as a run. Flushes.

    The texts are those that are saved. Raises DomainError when none of the contents is on the site, or for more than
    MAX_IDS, and Forbidden and Refused as `start_run` does. The same contents are not checked twice at once.
    """
    own = (Content.account_id == account_id, Content.site_id == site_id, Content.trashed_at.is_(None))
    stmt = select(Content.id, Content.title).where(*own, Content.id.in_(content_ids)).order_by(Content.id)
    contents = db.session.execute(stmt.limit(MAX_IDS + 1)).all()
    _check_amount(len(contents))
    ids = [row.id for row in contents]
    alone = ids[0] if len(ids) == 1 else None
    return start_run(
        account_id=account_id,
        kind=kind,
        title=f"Links of “{contents[0].title[:80]}”" if alone else in_english(lambda: counted(len(ids), TITLE)),
        actor=actor,
        site_id=site_id,
        subject_type=CHECKED_LINKS if alone else None,
        subject_id=alone,
        params={"content_ids": ids},
        exclusive_key=f"{kind.name}:{site_id}:{selection_key(ids)}",
    )


def _check_amount(count: int) -> None:
    if not count:
        raise DomainError(
            gettext("None of these contents is there any more."),
            code="NOTHING_SELECTED",
            cure=gettext("Reload the page, and select again."),
        )
    if count > MAX_IDS:
        raise DomainError(
            gettext("These are too many contents for one check of links."),
            code="TOO_MANY",
            cure=gettext("Narrow the list down by its filters, and check it in parts."),
        )
