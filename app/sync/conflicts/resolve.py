"""Resolving what differs: a person takes WordPress's value or keeps ours, field by field. Services flush."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.content.bulk import services as bulk
from app.content.editing.revisions import VersionCause
from app.content.images.services import add_image, lock_content, remove_image
from app.content.models import Content
from app.content.services import ContentEditConflict
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.http import Login
from app.core.tenancy import owned
from app.mirror import drift, drift_state
from app.mirror.decisions import record_decision, store_decision
from app.mirror.incoming import Incoming, content_columns
from app.mirror.models import RemoteState
from app.mirror.terms import apply_term_items
from app.sites.error_codes import error_for
from app.sites.wordpress import visit_page
from app.sync.conflicts.comparison import Comparison, RemoteVersion, compare_with_remote

S = RemoteState.__table__
THEIRS, OURS = "theirs", "ours"


@dataclass
class Resolution:
    """Fields updated from WordPress, fields kept as they are here, and fields not chosen (`undecided`)."""

    taken: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchosen: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FeaturedImage:
    """WordPress's featured image."""

    data: bytes
    filename: str


def fetch_featured_image(remote: RemoteVersion, login: Login | None) -> FeaturedImage | None:
    """WordPress's featured image, as a visitor gets it; None when there is none. Raises WordPressError.

    `login`: what the site's server asks everybody for.
    """
    incoming = remote.as_incoming({})
    featured = (incoming.shown.get("featured") if incoming else None) or {}
    url = str(featured.get("url") or "")
    if not url:
        return None
    answer = visit_page(url, current_app.config["ALLOWED_PRIVATE_HOSTS"], login=login)
    if answer.status != 200:
        raise error_for("IMAGE_NOT_FETCHED")
    return FeaturedImage(answer.body, url.rsplit("/", 1)[-1])


def apply_choices(
    account_id: int,
    content_id: int,
    remote: RemoteVersion,
    choices: Mapping[str, str],
    *,
    expected_version: int,
    by: str = "",
    picture: FeaturedImage | None = None,
) -> Resolution:
    """Do what was chosen for each field: ``theirs`` is stored here, ``ours`` stays and counts as changed here. Flushes.

    `remote` is what WordPress has now. Raises ContentEditConflict when somebody saved the content since
    `expected_version`, Conflict when the object is gone, NotFound.
    """
    content = owned(Content, content_id, account_id)
    if remote.item is None:
        raise error_for("DELETED_IN_WORDPRESS", Conflict)
    apply_term_items(account_id, content.site_id, remote.terms)
    state = db.session.execute(select(*S.c).where(S.c.content_id == content_id).with_for_update()).one()
    row = bulk.lock_contents([content_id])[content_id]
    if row.version != expected_version:
        db.session.refresh(content)
        raise ContentEditConflict(content)
    incoming = remote.as_incoming(state.images)
    assert incoming is not None
    comparison = compare_with_remote(state, row, incoming)
    resolution = _resolution_of(comparison, choices)
    _take(content, row, comparison, incoming, resolution, picture, by)
    _store_resolution(state, content, comparison, incoming, resolution)
    _record_changes(content, resolution, by)
    return resolution


def _resolution_of(comparison: Comparison, choices: Mapping[str, str]) -> Resolution:
    resolution = Resolution()
    for name, verdict in comparison.verdicts.items():
        if verdict == drift.IN_STEP:
            continue
        side = choices.get(name) if name != "images" else None
        (resolution.taken if side == THEIRS else resolution.kept if side == OURS else resolution.unchosen).append(name)
    resolution.undecided = [
        name for name in resolution.unchosen if comparison.verdicts[name] in (drift.THEIRS, drift.BOTH)
    ]
    return resolution


def _take(
    content: Content,
    row: Any,
    comparison: Comparison,
    incoming: Incoming,
    resolution: Resolution,
    picture: FeaturedImage | None,
    by: str,
) -> None:
    names = [name for name in resolution.taken if name in comparison.theirs and name not in drift.NOT_TAKEN]
    values = {name: comparison.theirs[name] for name in names}
    if "terms" in resolution.taken:
        _take_terms(content.id, comparison, incoming)
    if resolution.taken:
        bulk.change_contents(
            {row.id: content_columns(values)}, edits={row.id}, version_cause=VersionCause("wordpress", None, by)
        )
    if "featured_image" in resolution.taken:
        _take_picture(content, picture)


def _take_terms(content_id: int, comparison: Comparison, incoming: Incoming) -> None:
    keys = {(taxonomy, term_id) for taxonomy, ids in (incoming.terms or {}).items() for term_id in ids}
    their_ids, our_ids = (
        {comparison.references.terms[key] for key in keys if key in comparison.references.terms},
        set(comparison.ours["terms"]),
    )
    bulk.attach_terms((content_id, term) for term in their_ids - our_ids)
    bulk.detach_terms((content_id, term) for term in our_ids - their_ids)


def _take_picture(content: Content, picture: FeaturedImage | None) -> None:
    locked = lock_content(content.id, content.account_id)
    if picture is not None:
        add_image(locked, picture.data, picture.filename, "featured")
        return
    for image in [each for each in locked.images if each.role == "featured"]:
        remove_image(locked, image)


def _store_resolution(
    state: Any, content: Content, comparison: Comparison, incoming: Incoming, resolution: Resolution
) -> None:
    """Store the new base: taken fields agree on both sides; kept ones are ours, against a known value of theirs."""
    ours, stored = drift.digests(comparison.ours), drift.digests(comparison.theirs)
    base = dict(state.base)
    for name, verdict in comparison.verdicts.items():
        if name in stored and verdict == drift.IN_STEP:
            base[name] = [ours[name], stored[name]]
        elif name in stored and name not in resolution.unchosen:
            base[name] = [stored[name], stored[name]]
    if "featured_image" in resolution.taken:
        featured = bulk.featured_images([content.id]).get(content.id, "")
        base["featured_image"] = [drift.field_digest("featured_image", featured), stored["featured_image"]]
    terms = dict(comparison.fields.get("terms") or {})
    if incoming.terms is not None and "terms" not in resolution.unchosen:
        for taxonomy, ids in incoming.terms.items():
            terms[taxonomy] = sorted(term_id for term_id in ids if (taxonomy, term_id) in comparison.references.terms)
    verdicts = {name: verdict for name, verdict in comparison.verdicts.items() if verdict != drift.IN_STEP}
    verdicts = {
        name: drift.OURS if name in resolution.kept else verdict
        for name, verdict in verdicts.items()
        if name not in resolution.taken
    }
    undecided = [name for name in resolution.unchosen if name not in drift.OURS_ONLY]
    their_fields = {name: value for name, value in comparison.theirs.items() if name != "content"}
    store_decision(
        content,
        incoming,
        verdicts,
        base=base,
        ahead=[name for name in undecided if verdicts[name] in (drift.THEIRS, drift.BOTH)],
        fields=comparison.fields | their_fields | incoming.shown | {"terms": terms},
    )
    if "terms" in resolution.taken:
        drift_state.agree_on_terms([content.id])


def _record_changes(content: Content, resolution: Resolution, by: str) -> None:
    taken_fields, kept_fields = (
        ["text" if name == "images" else name for name in names] for names in (resolution.taken, resolution.kept)
    )
    record_decision(content, taken_fields, kept_fields, by)
