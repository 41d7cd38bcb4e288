"""Settling what differs: a person takes WordPress's value or keeps ours, field by field. Services flush."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.content import bulk
from app.content.images import add_image, hold, remove
from app.content.models import Content
from app.content.services import EditConflict
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.http import Login
from app.core.tenancy import owned
from app.mirror import drift, drift_state
from app.mirror.decided import store_decision, tell_decision
from app.mirror.incoming import Incoming, columns_of
from app.mirror.models import RemoteState
from app.mirror.terms import apply_term_items
from app.sites.error_codes import error_for as told_of
from app.sites.wordpress import visit_page
from app.sync.conflicts.comparison import Look, Standing, standing

S = RemoteState.__table__
THEIRS, OURS = "theirs", "ours"


@dataclass
class Settled:
    """What was taken over, what stayed as it is here, and what was left (`undecided`: changed in WordPress)."""

    taken: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """WordPress's featured image."""

    data: bytes
    filename: str


def fetch_picture(seen: Look, login: Login | None) -> Picture | None:
    """The featured image that WordPress has, as a visitor gets it; None when it has none. Raises WordPressError.

    `login`: what the site's server asks everybody for.
    """
    told = seen.told({})
    shown = (told.shown.get("featured") if told else None) or {}
    url = str(shown.get("url") or "")
    if not url:
        return None
    answer = visit_page(url, current_app.config["ALLOWED_PRIVATE_HOSTS"], login=login)
    if answer.status != 200:
        raise told_of("IMAGE_NOT_FETCHED")
    return Picture(answer.body, url.rsplit("/", 1)[-1])


def settle(
    account_id: int,
    content_id: int,
    seen: Look,
    choices: Mapping[str, str],
    *,
    expected_version: int,
    by: str = "",
    picture: Picture | None = None,
) -> Settled:
    """Do what was chosen for each field: ``theirs`` is taken over, ``ours`` stays and counts as changed here. Flushes.

    `seen` is what WordPress has now. Raises EditConflict when somebody saved the content since `expected_version`,
    Conflict when the object is gone, NotFound.
    """
    content = owned(Content, content_id, account_id)
    if seen.item is None:
        raise told_of("DELETED_IN_WORDPRESS", Conflict)
    apply_term_items(account_id, content.site_id, seen.terms)
    state = db.session.execute(select(*S.c).where(S.c.content_id == content_id).with_for_update()).one()
    row = bulk.lock_contents([content_id])[content_id]
    if row.version != expected_version:
        db.session.refresh(content)
        raise EditConflict(content)
    told = seen.told(state.images)
    assert told is not None
    found = standing(state, row, told)
    settled = _decide(found, choices)
    _take(content, row, found, told, settled, picture)
    _write(state, content, found, told, settled)
    _tell(content, settled, by)
    return settled


def _decide(found: Standing, choices: Mapping[str, str]) -> Settled:
    settled = Settled()
    for name, verdict in found.found.items():
        if verdict == drift.IN_STEP:
            continue
        chosen = choices.get(name) if name != "images" else None
        (settled.taken if chosen == THEIRS else settled.kept if chosen == OURS else settled.left).append(name)
    settled.undecided = [name for name in settled.left if found.found[name] in (drift.THEIRS, drift.BOTH)]
    return settled


def _take(
    content: Content, row: Any, found: Standing, told: Incoming, settled: Settled, picture: Picture | None
) -> None:
    names = [name for name in settled.taken if name in found.theirs and name not in drift.NOT_TAKEN]
    values = {name: found.theirs[name] for name in names}
    if "terms" in settled.taken:
        _take_terms(content.id, found, told)
    if settled.taken:
        bulk.change_contents({row.id: columns_of(values)}, edits={row.id})
    if "featured_image" in settled.taken:
        _take_picture(content, picture)


def _take_terms(content_id: int, found: Standing, told: Incoming) -> None:
    keys = {(taxonomy, one) for taxonomy, ids in (told.terms or {}).items() for one in ids}
    wanted, had = {found.known.terms[key] for key in keys if key in found.known.terms}, set(found.ours["terms"])
    bulk.attach_terms((content_id, term) for term in wanted - had)
    bulk.detach_terms((content_id, term) for term in had - wanted)


def _take_picture(content: Content, picture: Picture | None) -> None:
    held = hold(content.id, content.account_id)
    if picture is not None:
        add_image(held, picture.data, picture.filename, "featured")
        return
    for image in [one for one in held.images if one.role == "featured"]:
        remove(held, image)


def _write(state: Any, content: Content, found: Standing, told: Incoming, settled: Settled) -> None:
    """The new base: what was taken is the same on both sides; what was kept is ours over a value of theirs we know."""
    ours, stored = drift.digests(found.ours), drift.digests(found.theirs)
    base = dict(state.base)
    for name, verdict in found.found.items():
        if name in stored and verdict == drift.IN_STEP:
            base[name] = [ours[name], stored[name]]
        elif name in stored and name not in settled.left:
            base[name] = [stored[name], stored[name]]
    if "featured_image" in settled.taken:
        mine = bulk.featured_images([content.id]).get(content.id, "")
        base["featured_image"] = [drift.digest("featured_image", mine), stored["featured_image"]]
    terms = dict(found.fields.get("terms") or {})
    if told.terms is not None and "terms" not in settled.left:
        for taxonomy, ids in told.terms.items():
            terms[taxonomy] = sorted(one for one in ids if (taxonomy, one) in found.known.terms)
    verdicts = {name: verdict for name, verdict in found.found.items() if verdict != drift.IN_STEP}
    verdicts = {
        name: drift.OURS if name in settled.kept else verdict
        for name, verdict in verdicts.items()
        if name not in settled.taken
    }
    left = [name for name in settled.left if name not in drift.OURS_ONLY]
    seen = {name: value for name, value in found.theirs.items() if name != "content"}
    store_decision(
        content,
        told,
        verdicts,
        base=base,
        ahead=[name for name in left if verdicts[name] in (drift.THEIRS, drift.BOTH)],
        fields=found.fields | seen | told.shown | {"terms": terms},
    )
    if "terms" in settled.taken:
        drift_state.agree_on_terms([content.id])


def _tell(content: Content, settled: Settled, by: str) -> None:
    taken, kept = (["text" if name == "images" else name for name in names] for names in (settled.taken, settled.kept))
    tell_decision(content, taken, kept, by)
