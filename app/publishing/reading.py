"""What a publish reads before it goes to WordPress: the content, its site, and what is live of it."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.content.models import Content, ContentImage, content_keywords, content_terms
from app.core.errors import NotFound
from app.extensions import db
from app.publishing.models import Publication, RemoteState
from app.publishing.payload import Snapshot, taken_from
from app.publishing.remote import LIVE
from app.sites.models import Sector, Site


@dataclass(frozen=True)
class Live:
    """What we know to be live of a piece of content: plain values.

    `is_gone`: it was unpublished, put in the trash or deleted in WordPress since. `edited`: fields that were changed
    there and here. `imported_id`: the post of a content that came from WordPress and was never published from here.
    """

    url: str
    published_hash: str
    remote_hash: str
    is_gone: bool = False
    edited: tuple[str, ...] = ()
    imported_id: int | None = None

    def has(self, snapshot: Snapshot) -> bool:
        """True when publishing this would change nothing."""
        return not self.is_gone and self.published_hash == snapshot.payload["payload_hash"]


# Parts that are not there are not asked for: a publish waits for each question.
PARTS = {"terms": content_terms.c.content_id, "images": ContentImage.content_id,
         "keywords": content_keywords.c.content_id}  # fmt: skip
TO_PUBLISH = (
    select(Content, *(exists().where(column == Content.id).label(name) for name, column in PARTS.items()))
    .where(Content.id == bindparam("content_id"), Content.account_id == bindparam("account_id"))
    .options(joinedload(Content.site).joinedload(Site.connection), joinedload(Content.cluster))
)
# Not joined to the content: planning one statement over all these tables takes longer than asking twice.
LIVE_OF = (
    select(Publication, RemoteState)
    .select_from(Content)
    .outerjoin(Publication, and_(Publication.content_id == Content.id, Publication.site_id == Content.site_id))
    .outerjoin(RemoteState, RemoteState.content_id == Content.id)
    .where(Content.id == bindparam("content_id"))
)


def content_to_publish(account_id: int, content_id: int) -> Content:
    """The content with all that a publish reads of it, its site among it.

    Raises NotFound when it was deleted meanwhile.
    """
    row = db.session.execute(TO_PUBLISH, {"content_id": content_id, "account_id": account_id}).one_or_none()
    if row is None:
        raise NotFound("The content was deleted before it was published.")
    content: Content = row[0]
    for name in PARTS:
        if not getattr(row, name):
            set_committed_value(content, name, [])
    return content


def snapshot_of(content: Content) -> Snapshot:
    """What a publish sends of this content, as it is now: plain data."""
    return taken_from(content, db.session.get(Sector, content.sector_id) if content.sector_id else None)


def what_is_live(content_id: int) -> Live | None:
    """What WordPress has of a content, by its last publish or its import."""
    published, state = db.session.execute(LIVE_OF, {"content_id": content_id}).one_or_none() or (None, None)
    gone = state is not None and (state.gone_at is not None or state.status not in LIVE)
    edited = tuple(state.ahead) if state else ()
    if published:
        return Live(published.external_url, published.published_hash, published.remote_hash, gone, edited)
    if state and not state.gone_at:
        return Live(state.permalink, "", state.content_hash, gone, edited, state.external_id)
    return None
