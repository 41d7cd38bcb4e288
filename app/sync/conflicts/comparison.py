"""A content and what WordPress has of it, looked at together. No transaction is open while the site is asked."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, select

from app.content import bulk
from app.content.models import Content, ContentImage
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.tenancy import owned
from app.mirror import drift, drift_state
from app.mirror.apply import apply_post_items, apply_term_pages, is_another
from app.mirror.incoming import Incoming, from_post, from_term
from app.mirror.merge import theirs_of
from app.mirror.models import RemoteState
from app.mirror.references import Known, known_of
from app.mirror.relations import RELATIONS
from app.mirror.removals import mark_gone
from app.mirror.terms import unknown_terms
from app.mirror.wire import PostItem, TermItem
from app.planner.models import Cluster
from app.publishing import conflicts
from app.sites.connection import credentials_for, open_client
from app.sites.error_codes import error_for as told_of
from app.sites.models import Sector, Site
from app.sites.wordpress_errors import wordpress_error
from app.sync.conflicts.differences import Difference, compare, shown
from app.taxonomy.models import ContentTaxonomy

SECONDS = 25
NOTES = {
    "images": "Pictures, their order or what is said of them. They go to WordPress with the next publish.",
    "terms": "Publishing adds the terms of here. Terms that were added by hand in WordPress stay there.",
}


@dataclass(frozen=True)
class Look:
    """What WordPress said. `item` is None when the object is gone, `in_trash` or not; `terms` are those it has that
    were not known here; `seen` names the state (`conflicts.seen_of`). `known_as` and
    `known_hash`: the address and the texts that it is known by here. `is_lost`: it was published from here, and the
    plugin does not know that any more.
    """

    kind: str
    taxonomy: str
    external_id: int
    item: PostItem | TermItem | None
    terms: list[TermItem]
    seen: str
    in_trash: bool = False
    known_as: str = ""
    known_hash: str = ""
    is_lost: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether the post may be another one: the plugin does not recognise it either."""
        return isinstance(self.item, PostItem) and is_another(self.item, self.known_as, self.known_hash)

    @property
    def where(self) -> str:
        """``trash`` or ``deleted`` for a post that is no longer there, else empty."""
        return "" if self.item is not None or self.kind == "term" else "trash" if self.in_trash else "deleted"

    def told(self, images: dict[str, Any]) -> Incoming | None:
        """The item in the form in which we keep it; `images` are ours that it shows."""
        if isinstance(self.item, PostItem):
            return from_post(self.item, images, is_lost=self.is_lost)
        return from_term(self.item, images) if self.item else None

    def as_params(self, adopt: str | None = None) -> dict[str, Any]:
        """For `services.publish_over`. `adopt`: ``link`` to this post though it is not recognised, or make a ``new``
        one.
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
            "state": self.seen,
            "base": base,
        }


@dataclass
class Standing:
    """Both sides of one content: verdicts by field, the digests they came from, and WordPress's values."""

    found: dict[str, str]
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    known: Known = field(default_factory=Known)


def look(content: Content) -> Look | None:
    """Ask WordPress; None for what was never there. Commits before. Raises WordPressError."""
    state = db.session.scalar(select(RemoteState).where(RemoteState.content_id == content.id))
    if state is None:
        return None
    credentials = credentials_for(owned(Site, content.site_id, content.account_id))
    site_id, key, known_as = content.site_id, (state.kind, state.taxonomy, state.external_id), state.permalink
    known_hash, was_published = state.content_hash, content.published_at is not None
    db.session.commit()
    with open_client(credentials) as client:
        raw = conflicts.look_up(client, *key, whole=True)
        item = _read(raw, key[0])
        strange = unknown_terms(site_id, [item.terms]) if isinstance(item, PostItem) else []
        db.session.commit()
        found: list[Any] = []
        for start in range(0, len(strange), 100):
            ids = ",".join(map(str, strange[start : start + 100]))
            found += client.get("taxonomies", {"ids": ids}, read_seconds=SECONDS).get("items") or []
    terms = [TermItem.model_validate(one) for one in found]
    return Look(
        *key,
        item,
        [one for one in terms if one.taxonomy not in RELATIONS],
        conflicts.seen_of(raw),
        raw == conflicts.TRASH,
        known_as,
        known_hash,
        was_published and isinstance(item, PostItem) and item.content_id is None,
    )


def _read(raw: Any, kind: str) -> PostItem | TermItem | None:
    if raw is None or raw == conflicts.TRASH:
        return None
    try:
        return TermItem.model_validate(raw) if kind == "term" else PostItem.model_validate(raw)
    except ValidationError as error:
        raise wordpress_error("BAD_ITEM") from error


def heal(content: Content, seen: Look) -> None:
    """What a look found to be the same, back again or gone is written down. Commits."""
    if seen.where:
        mark_gone(content.account_id, content.site_id, {("", seen.external_id): seen.where}, cause="look", by={})
    elif isinstance(seen.item, PostItem):
        apply_post_items(content.account_id, content.site_id, [seen.item], create=False, cause="look")
    elif seen.item is not None:
        apply_term_pages(content.account_id, content.site_id, [seen.item], cause="look")
    db.session.commit()


def standing(state: Any, row: Row[Any], told: Incoming) -> Standing:
    """Compare `row` (`bulk.lock_contents`) with what was told of it."""
    known = known_of(state.site_id, [(state.fields, told)])
    fields = dict(state.fields)
    theirs = theirs_of(told, fields, known)
    one = [state.content_id]
    html, featured = bulk.texts_of(one), bulk.featured_images(one)
    ours = drift_state.ours_of_row(row, html.get(state.content_id, ""), featured.get(state.content_id, ""))
    found = drift.drift(state.base, drift.digests(ours), drift.digests(theirs))
    own: dict[str, list[Any]] = {
        "images": drift_state.images_of(one).get(state.content_id, []),
        "terms": drift_state.terms_of(one).get(state.content_id, []),
    }
    digests = drift.digests(own)
    if "images" in drift.fields_of(state.kind):
        found["images"] = drift.changed_here(state.base, (), {}, {"images": digests["images"]})["images"]
    if told.terms is not None:
        found["terms"] = _terms(state, told, known, own["terms"], digests["terms"])
    return Standing(found, ours | own, theirs, fields, known)


def _terms(state: Any, told: Incoming, known: Known, ours: list[int], digest: str) -> str:
    keys = {(taxonomy, one) for taxonomy, ids in (told.terms or {}).items() for one in ids}
    theirs = {known.terms[key] for key in keys if key in known.terms}
    if theirs == set(ours) and all(key in known.terms for key in keys):
        return drift.IN_STEP
    before = {(taxonomy, one) for taxonomy, ids in (state.fields.get("terms") or {}).items() for one in ids}
    base = (state.base.get("terms") or [None])[0]
    here, there = digest != base, keys != before
    return drift.BOTH if here and there else drift.OURS if here else drift.THEIRS if there else drift.IN_STEP


def differences(content: Content, seen: Look, found: Standing, told: Incoming) -> list[Difference]:
    """What is not the same, as the page shows it."""
    theirs, ours = dict(found.theirs), dict(found.ours)
    for name, model in (("cluster", Cluster), ("sector", Sector)):
        for side in (theirs, ours):
            row = db.session.get(model, side[name]) if side.get(name) else None
            side[name] = row.name if isinstance(row, (Cluster, Sector)) else ""
    theirs["terms"], ours["terms"] = _names(told, seen, found.known), _our_names(ours.get("terms") or [])
    pictures = db.session.scalars(select(ContentImage).where(ContentImage.content_id == content.id)).all()
    ours["featured_image"] = next((one.filename for one in pictures if one.role == "featured"), "")
    ours["images"] = "\n".join(f"{one.filename} ({one.alt})" if one.alt else one.filename for one in pictures)
    picture = told.shown.get("featured") or {}
    theirs["featured_image"] = str(picture.get("url") or "").rsplit("/", 1)[-1]
    return compare(found.found, shown(theirs), shown(ours), NOTES)


def _our_names(ids: list[int]) -> list[str]:
    return sorted(db.session.scalars(select(ContentTaxonomy.name).where(ContentTaxonomy.id.in_(ids))), key=str.casefold)


def _names(told: Incoming, seen: Look, known: Known) -> list[str]:
    keys = {(taxonomy, one) for taxonomy, ids in (told.terms or {}).items() for one in ids}
    fresh = {item.key: item.name for item in seen.terms}
    names = _our_names([known.terms[key] for key in keys if key in known.terms])
    rest = [fresh.get(key, f"Term {key[1]}") for key in keys if key not in known.terms]
    return sorted([*names, *rest], key=str.casefold)


def not_there(content: Content) -> DomainError:
    """There is nothing in WordPress to compare with."""
    return told_of("NOT_PUBLISHED", message=f"“{content.title[:80]}” was never in WordPress.")
