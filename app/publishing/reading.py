"""What a publish reads before it calls WordPress: the content, its site, and what of it is live."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.content.models import Content, ContentImage, content_keywords, content_terms
from app.content.trash.services import refuse_trashed
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.mirror import drift
from app.mirror.models import RemoteState
from app.mirror.payload import ContentSnapshot, taken_from
from app.mirror.published import LIVE
from app.publishing import outgoing_images
from app.publishing.models import PublishRun
from app.sites.models import Sector, Site


@dataclass(frozen=True)
class LiveVersion:
    """The live version of a content, as far as it is recorded here: plain values.

    `is_gone`: it was unpublished, put in the trash or deleted in WordPress since. `edited`: fields in which WordPress
    has something that is not stored here. `imported_id`: the post of a content that came from WordPress and was never
    published from here. `base`: what we know of it, for the plugin to compare with what is there
    (docs/wire-contract.md). `agreed_slug`: the digest of our slug when both sides last agreed on it. `is_empty`: its
    text was empty in WordPress at the last report. `agreed_text`: the digest of our text when both sides last agreed on
    it.
    """

    url: str
    published_hash: str
    content_hash: str
    is_gone: bool = False
    edited: tuple[str, ...] = ()
    imported_id: int | None = None
    base: dict[str, Any] = field(default_factory=dict)
    agreed_slug: str | None = None
    is_empty: bool = False
    agreed_text: str | None = None

    def matches_or_is_empty(self, text: str) -> bool:
        """True when WordPress has this text, or none: pages of shops and page builders are empty."""
        return self.is_empty or drift.field_digest("content", text) == self.agreed_text

    def keeps_address(self, slug: str) -> bool:
        """True when nobody has changed the slug here since. It is not sent then, and the address stays the same."""
        return drift.field_digest("slug", slug) == self.agreed_slug

    def has(self, snapshot: ContentSnapshot) -> bool:
        """True when publishing this would change nothing."""
        return not self.is_gone and self.published_hash == snapshot.payload["payload_hash"]


# Only parts that a content has are read: a publish waits for each query.
PARTS = {
    "terms": content_terms.c.content_id,
    "images": ContentImage.content_id,
    "keywords": content_keywords.c.content_id,
}
TO_PUBLISH = (
    select(Content, *(exists().where(column == Content.id).label(name) for name, column in PARTS.items()))
    .where(Content.id == bindparam("content_id"), Content.account_id == bindparam("account_id"))
    .options(joinedload(Content.site).joinedload(Site.connection), joinedload(Content.cluster))
)
# Not joined to the content: planning one statement over all these tables takes longer than asking twice.
LAST_RUN = (
    select(PublishRun.run_id)
    .where(PublishRun.content_id == Content.id, PublishRun.result.is_not(None))
    .order_by(PublishRun.id.desc())
    .limit(1)
    .correlate(Content)
    .scalar_subquery()
)
LIVE_OF = (
    select(RemoteState, Content.drift, Content.published_at, LAST_RUN)
    .join(RemoteState, RemoteState.content_id == Content.id)
    .where(Content.id == bindparam("content_id"))
)


def rehearse() -> None:
    """Compile the statements of a publish, by reading content that does not exist."""
    with suppress(NotFound):
        content_to_publish(0, 0)


def content_to_publish(account_id: int, content_id: int) -> Content:
    """The content with all that a publish reads, including its site.

    Raises NotFound when it was deleted meanwhile, Conflict when it was moved to the trash.
    """
    row = db.session.execute(TO_PUBLISH, {"content_id": content_id, "account_id": account_id}).one_or_none()
    if row is None:
        raise NotFound(gettext("The content was deleted before it was published."))
    content: Content = row[0]
    refuse_trashed(content)
    for name in PARTS:
        if not getattr(row, name):
            set_committed_value(content, name, [])
    return content


def snapshot_of(content: Content, *, are_files_made: bool = False) -> ContentSnapshot:
    """What a publish sends of this content, as it is now: plain data.

    `are_files_made`: images are sent as the files that exist now; otherwise as those that a publish makes first.
    """
    snapshot = taken_from(content, db.session.get(Sector, content.sector_id) if content.sector_id else None)
    files = (
        outgoing_images.files_to_send(content, snapshot.facts, are_expected=not are_files_made)
        if snapshot.images
        else {}
    )
    return replace(snapshot, files=files)


def live_version(content_id: int) -> LiveVersion | None:
    """What WordPress has of a content, by its last publish or its import."""
    row: Any = db.session.execute(LIVE_OF, {"content_id": content_id}).one_or_none()
    if row is None:
        return None
    state, verdicts, published_at, run_id = row
    return LiveVersion(
        state.permalink,
        state.published_hash,
        state.content_hash,
        is_gone=state.gone_at is not None or state.status not in LIVE,
        edited=tuple(name for name in state.ahead if verdicts.get(name) in (drift.THEIRS, drift.BOTH)),
        imported_id=state.external_id if published_at is None else None,
        base=base_of(state, run_id),
        agreed_slug=(state.base.get("slug") or [None])[0],
        is_empty=(state.base.get("content") or [None, None])[1] == drift.field_digest("content", ""),
        agreed_text=(state.base.get("content") or [None])[0],
    )


def base_of(state: RemoteState, run_id: object) -> dict[str, Any]:
    """What we know of an object of WordPress, as the wire's `base` (pure)."""
    return {
        "external_id": str(state.external_id),
        "permalink": state.permalink,
        "content_hash": state.content_hash,
        "state_hash": state.state_hash,
        "parts": str(state.fields.get("parts") or ""),
        "run_id": str(run_id) if run_id else None,
        "gone": state.status if state.gone_at else None,
        "terms": state.fields.get("terms") or {},
        **_former(state),
    }


def _former(state: RemoteState) -> dict[str, str]:
    """The id of another content that the plugin knows the post by: one that was deleted here before the import."""
    known_as = str(state.fields.get("known_as") or "")
    return {"former": known_as} if known_as and known_as != str(state.content_id) else {}
