"""Whether the two contents of a proposed link still serve: a link to what visitors do not see leads nowhere."""

from collections.abc import Iterable

from sqlalchemy import select

from app.content.listing import IS_LIVE
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext
from app.linker.models import LinkProposal

# Conditions on proposals: that visitors see the page they lead to, and that the text they stand in is not in the trash.
HAS_TARGET = (
    select(Content.id)
    .where(Content.id == LinkProposal.target_id, LISTED, IS_LIVE, Content.external_url.is_not(None))
    .correlate(LinkProposal)
    .exists()
)
HAS_TEXT = select(Content.id).where(Content.id == LinkProposal.content_id, LISTED).correlate(LinkProposal).exists()


class TargetsGone(Conflict):
    """The page that the link would lead to is not live any more."""

    def __init__(self, title: str) -> None:
        super().__init__(
            gettext("“%(title)s” is in the trash or not published: a link would lead nowhere.", title=title[:200]),
            code="LINK_TARGET_GONE",
            cure=gettext("Publish the page or restore it, or reject this link."),
        )


def live_addresses(proposals: Iterable[LinkProposal]) -> dict[int, str]:
    """Where the pages are that these proposals lead to, by their ids; without those that are not live."""
    ids = {proposal.target_id for proposal in proposals}
    stmt = select(Content.id, Content.external_url).where(Content.id.in_(ids), LISTED, IS_LIVE)
    return {row[0]: row[1] for row in db.session.execute(stmt) if row[1]}
