"""Apply what WordPress sends of posts and term pages: many at once, in a constant number of statements.

Services flush; callers commit. Each row of remote state is locked before its content, as publishing does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Row, any_, bindparam, cast, select, tuple_, update

from app.content.bulk import services as bulk
from app.content.editing.revisions import VersionCause
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.mirror import drift, drift_state
from app.mirror.changes import ChangeLine, add_lines
from app.mirror.create import add_posts, bind_posts
from app.mirror.incoming import Incoming, from_post, from_term
from app.mirror.locks import lock_for_create
from app.mirror.merge import MergedContent, change_message, merge_remote
from app.mirror.models import RemoteState
from app.mirror.published import mark_unchanged
from app.mirror.references import resolve_references
from app.mirror.wire import PostItem, TermItem, to_wire_json
from app.taxonomy.slugs import readable_url

States = dict[int, Row[Any]]
S = RemoteState.__table__


@dataclass
class Applied:
    """Counts of what was done, and the content id of each object by its id in WordPress.

    `kept` counts contents with a field that was changed on both sides and stayed as it is here; they count as updated
    or unchanged, too. `strangers` are ignored posts that may not be the ones that we know.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    ignored: int = 0
    kept: int = 0
    contents: dict[int, int] = field(default_factory=dict)
    strangers: list[PostItem] = field(default_factory=list)


def apply_post_items(
    account_id: int,
    site_id: int,
    items: Sequence[PostItem],
    *,
    create: bool = True,
    read_at: datetime | None = None,
    cause: str = "import",
    changed_by: dict[int, str] | None = None,
) -> Applied:
    """Update our contents to what WordPress reports about these posts. Flushes.

    A post is known by its id there, or by the content that it was published from; others are added when `create`. The
    terms of the posts have to be applied before (`apply_term_items`); posts with unknown terms are looked at again next
    time. `read_at`: when the items were read; what was reported about a post after that is not overwritten.
    """
    latest = {item.id: item for item in items}
    applied = Applied()
    states = _states(site_id, "post", "", latest)
    unknown = [item for post_id, item in sorted(latest.items()) if post_id not in states]
    if unknown:
        lock_for_create(site_id)
        bind_posts(account_id, site_id, unknown)
        states |= _states(site_id, "post", "", [item.id for item in unknown])
        new_items = [item for item in unknown if item.id not in states]
        applied.ignored = 0 if create else len(new_items)
        if create and new_items:
            applied.contents.update(add_posts(account_id, site_id, new_items))
            applied.created = len(new_items)
    pairs = []
    lost = _published([state.content_id for post_id, state in states.items() if latest[post_id].content_id is None])
    for post_id, state in states.items():
        item, is_lost = latest[post_id], state.content_id in lost
        applied.contents[post_id] = state.content_id
        if _same(state, item) or (read_at is not None and state.seen_at > read_at):
            applied.unchanged += 1
        elif (is_lost and is_another(item, state.permalink, state.content_hash)) or is_other_than_told(item, state):
            applied.ignored += 1  # a rebuilt site, or not the one: a person is asked at the next publish
            applied.strangers.append(item)
        else:
            author = (changed_by or {}).get(post_id, "")
            pairs.append((state, from_post(item, state.images, author, content_id=state.content_id, is_lost=is_lost)))
    _merge_all(account_id, site_id, pairs, cause, applied)
    return applied


def is_another(item: PostItem, known_as: str, content_hash: str) -> bool:
    """Whether a post may not be ours: the plugin does not know it, and its address and texts differ (pure)."""
    same = readable_url(item.permalink).rstrip("/") == readable_url(known_as).rstrip("/")
    return item.content_id is None and not same and item.content_hash != content_hash


def is_other_than_told(item: PostItem, state: Any) -> bool:
    """Whether a post is not the one that was moved in by its number: title, slug and date are all others (pure).

    Of what was moved in WordPress itself has told nothing yet: there are no hashes.
    """
    moved_in: dict[str, Any] = state.fields
    if item.content_id is not None or state.content_hash or state.state_hash or not moved_in.get("slug"):
        return False
    dates = (moved_in.get("date_utc"), to_wire_json(item.date_utc))
    same = (
        item.title == moved_in.get("title")
        or item.readable_slug == moved_in["slug"]
        or dates[0] == dates[1] is not None
    )
    return not same


def _published(content_ids: Sequence[int]) -> set[int]:
    """Those of these contents that were published from here."""
    if not content_ids:
        return set()
    stmt = select(Content.id).where(Content.id.in_(content_ids), Content.published_at.is_not(None))
    return set(db.session.scalars(stmt))


def apply_term_pages(
    account_id: int,
    site_id: int,
    items: Sequence[TermItem],
    *,
    cause: str = "import",
    changed_by: dict[tuple[str, int], str] | None = None,
) -> Applied:
    """Update the contents that are pages of these terms to what WordPress reports; terms without one are skipped."""
    latest = {item.key: item for item in items}
    stmt = (
        select(*S.c)
        .where(S.c.site_id == site_id, S.c.kind == "term", tuple_(S.c.taxonomy, S.c.external_id).in_(sorted(latest)))
        .order_by(S.c.id)
        .with_for_update()
    )
    applied = Applied()
    pairs = []
    for state in db.session.execute(stmt) if latest else ():
        key = (state.taxonomy, state.external_id)
        applied.contents[state.external_id] = state.content_id
        pairs.append((state, from_term(latest[key], state.images, (changed_by or {}).get(key, ""))))
    _merge_all(account_id, site_id, pairs, cause, applied)
    return applied


def apply_partial(content: Content, incoming: Incoming, cause: str) -> MergedContent:
    """Apply the terms and relations that came for one content, whether or not it is in WordPress yet. Flushes."""
    stmt = select(*S.c).where(S.c.content_id == content.id).with_for_update()
    state: Any = db.session.execute(stmt).first() or _state_of_content(content)
    incoming.external_id = state.external_id
    return _merge_all(content.account_id, content.site_id, [(state, incoming)], cause, Applied())[0]


def _state_of_content(content: Content) -> SimpleNamespace:
    """A stand-in for the remote state where both sides have the values of the content."""
    terms: dict[str, list[int]] = {}
    for term in content.terms:
        if term.external_id and term.external_taxonomy:
            terms.setdefault(term.external_taxonomy, []).append(term.external_id)
    fields = {
        "terms": terms,
        "cluster": content.cluster_id,
        "sector": content.sector_id,
        "keyword_ids": [keyword.id for keyword in content.keywords],
    }
    base = {name: [digest, digest] for name, digest in drift.digests(fields).items()}
    return SimpleNamespace(
        id=None,
        content_id=content.id,
        external_id=0,
        fields=fields,
        base=base,
        ahead=[],
        images={},
        gone_at=None,
        agreed_version=0,
        remote_type="",
        status="",
        permalink="",
        content_hash="",
        state_hash="",
        modified_utc=None,
    )


def _states(site_id: int, kind: str, taxonomy: str, ids: Iterable[int]) -> States:
    """The states of these objects, locked in the order in which everybody locks them."""
    stmt = select(*S.c).where(S.c.site_id == site_id, S.c.kind == kind, S.c.taxonomy == taxonomy)
    stmt = stmt.where(S.c.external_id == any_(cast(list(ids), ARRAY(BigInteger)))).order_by(S.c.id).with_for_update()
    return {row.external_id: row for row in db.session.execute(stmt)}


def _same(state: Row[Any], item: PostItem) -> bool:
    remote = (item.content_hash, item.state_hash, item.status, item.permalink)
    return (
        all(remote[:2])
        and state.gone_at is None
        and remote == (state.content_hash, state.state_hash, state.status, state.permalink)
    )


def _merge_all(
    account_id: int, site_id: int, pairs: Sequence[tuple[Any, Incoming]], cause: str, applied: Applied
) -> list[MergedContent]:
    if not pairs:
        return []
    now = utcnow()
    ids = [state.content_id for state, _incoming in pairs]
    rows = bulk.lock_contents(ids)
    unsure = [
        state.content_id
        for state, incoming in pairs
        if "content" in incoming.fields and rows[state.content_id].version != state.agreed_version
    ]
    texts, featured = bulk.content_html_of(unsure), bulk.featured_images(ids)
    references = resolve_references(site_id, [(state.fields, incoming) for state, incoming in pairs])
    merged = [
        merge_remote(
            state,
            rows[content_id := state.content_id],
            texts.get(content_id),
            featured.get(content_id, ""),
            incoming,
            references,
            now,
        )
        for state, incoming in pairs
    ]
    for entry, (state, _incoming) in zip(merged, pairs, strict=True):
        entry.state = entry.state if state.id else {}
    _write(account_id, merged, VersionCause("import" if cause == "import" else "wordpress"), _names(pairs))
    _record_changes(
        account_id, site_id, cause, zip(merged, (incoming.changed_by for _state, incoming in pairs), strict=True)
    )
    applied.updated += sum(1 for entry in merged if entry.is_edit)
    applied.unchanged += sum(1 for entry in merged if not entry.is_edit)
    applied.kept += sum(1 for entry in merged if entry.kept)
    return merged


def _names(pairs: Sequence[tuple[Any, Incoming]]) -> dict[int, str]:
    return {state.content_id: incoming.changed_by for state, incoming in pairs if incoming.changed_by}


def _write(
    account_id: int, merged: Sequence[MergedContent], version_cause: VersionCause, names: dict[int, str]
) -> None:
    bulk.change_contents(
        {entry.content_id: entry.columns for entry in merged if entry.columns or entry.is_edit},
        edits={entry.content_id for entry in merged if entry.is_edit},
        version_cause=version_cause,
        names=names,
    )
    bulk.detach_terms((entry.content_id, term) for entry in merged for term in entry.detach)
    bulk.attach_terms((entry.content_id, term) for entry in merged for term in entry.attach)
    bulk.detach_keywords((entry.content_id, keyword) for entry in merged for keyword in entry.drop_keywords)
    bulk.attach_keywords((entry.content_id, keyword) for entry in merged for keyword in entry.add_keywords)
    _write_states([entry for entry in merged if entry.state])
    _write_drift([entry for entry in merged if entry.state and entry.stands])
    mark_unchanged(account_id, [entry.content_id for entry in merged if entry.needs_no_publish])


def _write_drift(merged: Sequence[MergedContent]) -> None:
    drift_state.write({entry.content_id: entry.stands for entry in merged if entry.moves and entry.stands})
    drift_state.agree_on_terms(
        [
            entry.content_id
            for entry in merged
            if (entry.attach or entry.detach) and entry.stands and "terms" not in entry.stands[0]
        ]
    )


def _write_states(merged: Sequence[MergedContent]) -> None:
    if merged:
        names = sorted(merged[0].state)
        stmt = update(S).where(S.c.content_id == bindparam("at"))  # type: ignore[arg-type]
        stmt = stmt.values({S.c[name]: bindparam(f"new_{name}", type_=S.c[name].type) for name in names})
        rows = [{"at": entry.content_id, **{f"new_{name}": entry.state[name] for name in names}} for entry in merged]
        db.session.connection().execute(stmt, rows)


def _record_changes(account_id: int, site_id: int, cause: str, merged: Iterable[tuple[MergedContent, str]]) -> None:
    lines = (
        ChangeLine(entry.content_id, change_message(entry.taken, entry.kept), entry.taken, entry.kept, changed_by)
        for entry, changed_by in merged
        if entry.taken or entry.kept
    )
    add_lines(account_id, site_id, cause, lines)
