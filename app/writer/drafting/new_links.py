"""The links of new drafts to other sites are asked whether they are there: models make addresses up."""

from sqlalchemy import select

from app.content.links.actions import start_link_check
from app.content.links.addresses import outside_addresses
from app.content.models import Content
from app.content.run_kinds import CHECK_NEW_LINKS
from app.core import events
from app.core.actor import THE_APP
from app.core.events.subscribers import Subscriber
from app.core.extensions import db
from app.core.request_ids import MAX_IDS
from app.core.tenancy import owned
from app.sites.models import Site
from app.writer.events import DraftsWritten


def _written(event: events.Event) -> None:
    """Have the links of these drafts checked, where they lead to other sites. Raises Refused."""
    url = owned(Site, event.site_id, event.account_id).url
    mine = (Content.account_id == event.account_id, Content.site_id == event.site_id, Content.trashed_at.is_(None))
    stmt = select(Content.id, Content.content_html).where(*mine, Content.id.in_(event.subjects)).order_by(Content.id)
    linking = [row.id for row in db.session.execute(stmt) if outside_addresses(row.content_html, url)]
    if linking:
        start_link_check(event.account_id, THE_APP, event.site_id, linking[:MAX_IDS], kind=CHECK_NEW_LINKS)


SUBSCRIBERS = (Subscriber("writer.links_written", DraftsWritten, _written),)
