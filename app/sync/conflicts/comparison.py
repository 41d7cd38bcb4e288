"""A content compared with what WordPress has of it. No transaction is open while the site is asked."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, select

from app.content.bulk import services as bulk
from app.content.models import Content, ContentImage
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.tenancy import owned
from app.mirror import drift, drift_state
from app.mirror.apply import apply_post_items, apply_term_pages, is_another
from app.mirror.incoming import Incoming, from_post, from_term
from app.mirror.merge import theirs_of
from app.mirror.models import RemoteState
from app.mirror.references import References, resolve_references
from app.mirror.relations import RELATIONS
from app.mirror.removals import mark_gone
from app.mirror.terms import unknown_terms
from app.mirror.wire import PostItem, TermItem
from app.planner.models import Cluster
from app.publishing import conflicts
from app.sites.connection import credentials_for, open_client
from app.sites.error_codes import error_for
from app.sites.models import Sector, Site
from app.sites.wordpress_errors import wordpress_error
from app.sync.conflicts.differences import Difference, as_texts, compare
from app.taxonomy.models import ContentTaxonomy

STATES = RemoteState.__table__

SECONDS = 25
NOTES = {
    "images": "Pictures, their order or what is said of them. They go to WordPress with the next publish.",
    "terms": "Publishing adds the terms of here. Terms that were added by hand in WordPress stay there.",
}


@dataclass(frozen=True)
class RemoteVersion:
    """What WordPress has.

    `item` is None when the object is gone, `in_trash` or not; `terms` are its terms that were not known here; `seen`
    names the state (`conflicts.state_digest`). `known_as` and `known_hash`: the address and the texts that it is known
    by here. `is_lost`: it was published from here, and the plugin no longer knows that. `content_id` is the content
    whose version it is.
    """

    kind: str
    taxonomy: str
    external_id: int
    item: PostItem | TermItem | None
    terms: list[TermItem]
    state: str
    in_trash: bool = False
    known_as: str = ""
    known_hash: str = ""
    is_lost: bool = False
    content_id: int | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether the post may be another one: not even the plugin recognises it."""
        return isinstance(self.item, PostItem) and is_another(self.item, self.known_as, self.known_hash)

    @property
    def where(self) -> str:
        """``trash`` or ``deleted`` for a post that is no longer there, else empty."""
        return "" if self.item is not None or self.kind == "term" else "trash" if self.in_trash else "deleted"

    def as_incoming(self, images: dict[str, Any]) -> Incoming | None:
        """The item in the form in which we keep it; `images` are ours that it shows."""
        if isinstance(self.item, PostItem):
            return from_post(self.item, images, content_id=self.content_id, is_lost=self.is_lost)
        return from_term(self.item, images) if self.item else None

    def as_params(self, adopt: str | None = None) -> dict[str, Any]:
        """For `services.publish_over`.

        `adopt`: ``link`` to this post although it is not recognised, or make a ``new`` one.
        """
        base: dict[str, Any] = {"external_id": str(self.external_id), "looked": "1", "adopt": adopt}
        base["gone"] = None if self.item is not None else "trash" if self.in_trash else "deleted"
        if self.item is not None:
            names = ("permalink", "content_hash", "state_hash", "parts", "terms")
            base |= {name: getattr(self.item, name) for name in names if hasattr(self.item, name)}
        return {
            "kind": self.kind,
            "taxonomy": self.taxonomy,
            "external_id": self.external_id,
            "state": self.state,
            "base": base,
        }


@dataclass
class Comparison:
    """Both sides of one content: verdicts by field, the digests they came from, and WordPress's values."""

    verdicts: dict[str, str]
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    references: References = field(default_factory=References)


def fetch_remote_version(content: Content) -> RemoteVersion | None:
    """Ask WordPress for its version; None for a content that was never there. Commits before. Raises WordPressError."""
    state = db.session.scalar(select(RemoteState).where(RemoteState.content_id == content.id))
    if state is None:
        return None
    credentials = credentials_for(owned(Site, content.site_id, content.account_id))
    site_id, key, known_as = content.site_id, (state.kind, state.taxonomy, state.external_id), state.permalink
    known_hash, was_published, content_id = state.content_hash, content.published_at is not None, content.id
    db.session.commit()
    with open_client(credentials) as client:
        raw = conflicts.fetch_object(client, *key, whole=True)
        item = _read_remote(raw, key[0])
        unknown_ids = unknown_terms(site_id, [item.terms]) if isinstance(item, PostItem) else []
        db.session.commit()
        items: list[Any] = []
        for start in range(0, len(unknown_ids), 100):
            ids = ",".join(map(str, unknown_ids[start : start + 100]))
            items += client.get("taxonomies", {"ids": ids}, read_seconds=SECONDS).get("items") or []
    terms = [TermItem.model_validate(item) for item in items]
    return RemoteVersion(
        *key,
        item,
        [item for item in terms if item.taxonomy not in RELATIONS],
        conflicts.state_digest(raw),
        raw == conflicts.TRASH,
        known_as,
        known_hash,
        was_published and isinstance(item, PostItem) and item.content_id is None,
        content_id,
    )


def _read_remote(raw: Any, kind: str) -> PostItem | TermItem | None:
    if raw is None or raw == conflicts.TRASH:
        return None
    try:
        return TermItem.model_validate(raw) if kind == "term" else PostItem.model_validate(raw)
    except ValidationError as error:
        raise wordpress_error("BAD_ITEM") from error


def record_remote_version(content: Content, remote: RemoteVersion) -> None:
    """Record that the object is unchanged, is back or is gone. Commits."""
    if remote.where:
        mark_gone(content.account_id, content.site_id, {("", remote.external_id): remote.where}, cause="look", by={})
    elif isinstance(remote.item, PostItem):
        apply_post_items(content.account_id, content.site_id, [remote.item], create=False, cause="look")
    elif remote.item is not None:
        apply_term_pages(content.account_id, content.site_id, [remote.item], cause="look")
    db.session.commit()


def was_seen_after(content: Content, instant: datetime) -> bool:
    """Whether WordPress's version was last seen after this instant."""
    seen_at = db.session.scalar(select(RemoteState.seen_at).where(RemoteState.content_id == content.id))
    return seen_at is not None and seen_at > instant


def differences_from(content: Content, remote: RemoteVersion) -> list[Difference]:
    """The fields in which the content and WordPress differ. Locks the content meanwhile, and commits."""
    state = db.session.execute(select(*STATES.c).where(STATES.c.content_id == content.id)).one()
    incoming = remote.as_incoming(state.images)
    if incoming is None:
        return []
    row = bulk.lock_contents([content.id])[content.id]
    differences = shown_differences(content, remote, compare_with_remote(state, row, incoming), incoming)
    db.session.commit()
    return differences


def present_differences(content: Content, remote: RemoteVersion) -> list[Difference]:
    """The fields in which both differ now; a stored state that says otherwise is corrected. Commits."""
    fields = differences_from(content, remote)
    if not _is_stale(content, remote, fields):
        return fields
    record_remote_version(content, remote)
    return differences_from(content, remote)


def _is_stale(content: Content, remote: RemoteVersion, fields: list[Difference]) -> bool:
    """Whether the stored state differs from what WordPress has now, so that it has to be corrected."""
    if remote.item is None:
        return bool(remote.where) and content.remote_status != remote.where
    is_other = content.sync_state != drift.IN_STEP or remote.kind == "term"  # no event has the hash of a term
    return content.sync_state == drift.GONE or (not fields and is_other)


def compare_with_remote(state: Any, row: Row[Any], incoming: Incoming) -> Comparison:
    """Compare `row` (`bulk.lock_contents`) with what WordPress has of it."""
    references = resolve_references(state.site_id, [(state.fields, incoming)])
    fields = dict(state.fields)
    theirs = theirs_of(incoming, fields, references)
    ids = [state.content_id]
    html, featured = bulk.content_html_of(ids), bulk.featured_images(ids)
    ours = drift_state.ours_of_row(row, html.get(state.content_id, ""), featured.get(state.content_id, ""))
    verdicts = drift.drift(state.base, drift.digests(ours), drift.digests(theirs))
    ours_alone: dict[str, list[Any]] = {
        "images": drift_state.images_of(ids).get(state.content_id, []),
        "terms": drift_state.terms_of(ids).get(state.content_id, []),
    }
    digests = drift.digests(ours_alone)
    if "images" in drift.fields_of(state.kind):
        verdicts["images"] = drift.changed_here(state.base, (), {}, {"images": digests["images"]})["images"]
    if incoming.terms is not None:
        verdicts["terms"] = _verdict_of_terms(state, incoming, references, ours_alone["terms"], digests["terms"])
    return Comparison(verdicts, ours | ours_alone, theirs, fields, references)


def _verdict_of_terms(state: Any, incoming: Incoming, references: References, ours: list[int], digest: str) -> str:
    keys = {(taxonomy, term_id) for taxonomy, ids in (incoming.terms or {}).items() for term_id in ids}
    theirs = {references.terms[key] for key in keys if key in references.terms}
    if theirs == set(ours) and all(key in references.terms for key in keys):
        return drift.IN_STEP
    before = {(taxonomy, term_id) for taxonomy, ids in (state.fields.get("terms") or {}).items() for term_id in ids}
    base = (state.base.get("terms") or [None])[0]
    changed_here, changed_there = digest != base, keys != before
    return (
        drift.BOTH
        if changed_here and changed_there
        else drift.OURS
        if changed_here
        else drift.THEIRS
        if changed_there
        else drift.IN_STEP
    )


def shown_differences(
    content: Content, remote: RemoteVersion, comparison: Comparison, incoming: Incoming
) -> list[Difference]:
    """The differences, as the page shows them."""
    theirs, ours = dict(comparison.theirs), dict(comparison.ours)
    for name, model in (("cluster", Cluster), ("sector", Sector)):
        for side in (theirs, ours):
            row = db.session.get(model, side[name]) if side.get(name) else None
            side[name] = row.name if isinstance(row, (Cluster, Sector)) else ""
    theirs["terms"], ours["terms"] = (
        _their_names(incoming, remote, comparison.references),
        _our_names(ours.get("terms") or []),
    )
    images = db.session.scalars(select(ContentImage).where(ContentImage.content_id == content.id)).all()
    ours["featured_image"] = next((image.filename for image in images if image.role == "featured"), "")
    ours["images"] = "\n".join(f"{image.filename} ({image.alt})" if image.alt else image.filename for image in images)
    picture = incoming.shown.get("featured") or {}
    theirs["featured_image"] = str(picture.get("url") or "").rsplit("/", 1)[-1]
    return compare(comparison.verdicts, as_texts(theirs), as_texts(ours), NOTES)


def _our_names(ids: list[int]) -> list[str]:
    return sorted(db.session.scalars(select(ContentTaxonomy.name).where(ContentTaxonomy.id.in_(ids))), key=str.casefold)


def _their_names(incoming: Incoming, remote: RemoteVersion, references: References) -> list[str]:
    keys = {(taxonomy, term_id) for taxonomy, ids in (incoming.terms or {}).items() for term_id in ids}
    new_names = {item.key: item.name for item in remote.terms}
    names = _our_names([references.terms[key] for key in keys if key in references.terms])
    unknown_names = [new_names.get(key, f"Term {key[1]}") for key in keys if key not in references.terms]
    return sorted([*names, *unknown_names], key=str.casefold)


def not_published_error(content: Content) -> DomainError:
    """The error for a content that has nothing in WordPress to compare with."""
    return error_for("NOT_PUBLISHED", message=gettext("“%(title)s” was never in WordPress.", title=content.title[:80]))
