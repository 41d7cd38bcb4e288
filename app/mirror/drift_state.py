"""How each content differs from WordPress, stored on its row by all code that changes one of the two sides.

What was changed here is found by comparing our values with what both sides last agreed on; what WordPress has that was
not stored here is in `RemoteState.ahead`. Callers hold the content's row, so that two writers come one after the other.
Services flush.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select, text

from app.content.models import Content, ContentImage, content_terms
from app.core.extensions import db
from app.mirror import drift
from app.mirror.models import RemoteState
from app.taxonomy.models import ContentTaxonomy

AT_ONCE = 2000
Drift = dict[str, str]


def ours_of_row(row: Any, html: str | None, featured: str) -> dict[str, Any]:
    """The fields from a content's columns, including the text if it was loaded."""
    fields = {
        "title": row.title,
        "excerpt": row.excerpt,
        "slug": row.slug,
        "seo_title": row.seo_title,
        "seo_description": row.seo_description,
        "seo_canonical": row.seo_canonical,
        "focus_keywords": list(row.focus_keywords),
        "author_email": row.author_email,
        "parent": row.parent_external_id,
        "template": drift.plain_template(row.template),
        "cluster": row.cluster_id,
        "sector": row.sector_id,
        "featured_image": featured,
    }
    return fields if html is None else fields | {"content": html}


def refresh_drift(content_ids: Collection[int], names: frozenset[str] | None = None) -> None:
    """Update how these contents differ after they were written here.

    `names` are the fields that may have changed (None: any).
    """
    compared = _compared_fields(names)
    ids = sorted(content_ids)
    for start in range(0, len(ids) if compared else 0, AT_ONCE):
        _refresh(ids[start : start + AT_ONCE], compared)


def _compared_fields(names: frozenset[str] | None) -> frozenset[str]:
    every = frozenset((*drift.FIELDS, *drift.OURS_ONLY))
    return every if names is None else names & every


def _refresh(ids: Sequence[int], names: frozenset[str]) -> None:
    rows = {row.id: row for row in db.session.execute(_rows(ids, names))}
    if not rows:
        return
    ours = _digests(list(rows.values()), names)
    changes = {}
    for content_id, row in rows.items():
        published_fields = drift.fields_of(row.kind)
        our_digests = {name: value for name, value in ours[content_id].items() if name in published_fields}
        verdicts = drift.changed_here(row.base, row.ahead, row.fields, our_digests)
        after = {
            name: verdict for name, verdict in merged_drift(row.drift, verdicts).items() if name in published_fields
        }
        state = drift.overall(after.values(), is_gone=row.gone_at is not None)
        if (after, state) != (row.drift, row.sync_state):
            changes[content_id] = (after, state)
    write(changes)


def _rows(ids: Sequence[int], names: frozenset[str]) -> Any:
    columns = [
        Content.__table__.c[drift.COLUMNS.get(name, name)]
        for name in drift.FIELDS
        if name in names and name != "featured_image"
    ]
    state = RemoteState.__table__.c
    part_columns = [_part(state[column], names).label(column) for column in ("base", "fields")]
    content_columns = [Content.id, Content.drift, Content.sync_state, *columns]
    stmt = select(*content_columns, *part_columns, state.ahead, state.gone_at, state.kind)
    return stmt.join(RemoteState, RemoteState.content_id == Content.id).where(Content.id.in_(ids))


def _part(column: Any, names: frozenset[str]) -> Any:
    """The wanted parts of a JSON column: a batch of many thousand rows reads only one field."""
    if len(names) > 2:
        return column
    keys = func.jsonb_each(column).table_valued("key", "value")
    picked = select(func.coalesce(func.jsonb_object_agg(keys.c.key, keys.c.value), text("'{}'::jsonb")))
    return picked.where(keys.c.key.in_(sorted(names))).scalar_subquery()


def _digests(rows: Sequence[Row[Any]], names: frozenset[str]) -> dict[int, dict[str, str]]:
    ids = [row.id for row in rows]
    images = images_of(ids) if names & {"images", "featured_image"} else {}
    terms = terms_of(ids) if "terms" in names else {}
    digests = {}
    for row in rows:
        values = {name: _value(row, name) for name in names if name in drift.FIELDS and name != "featured_image"}
        if "featured_image" in names:
            values["featured_image"] = next(
                (image[0] for image in images.get(row.id, []) if image[1] == "featured"), ""
            )
        if "images" in names:
            values["images"] = images.get(row.id, [])
        if "terms" in names:
            values["terms"] = terms.get(row.id, [])
        digests[row.id] = drift.digests(values)
    return digests


def _value(row: Row[Any], name: str) -> Any:
    value = getattr(row, drift.COLUMNS.get(name, name))
    return drift.plain_template(value) if name == "template" else value


def images_of(content_ids: Sequence[int]) -> dict[int, list[list[Any]]]:
    """The images of each content as a publish sends them: hash, role and what is said of them, in order."""
    stmt = select(ContentImage).where(ContentImage.content_id.in_(content_ids))
    images: dict[int, list[list[Any]]] = {}
    for image in db.session.scalars(stmt.order_by(ContentImage.role, ContentImage.position, ContentImage.id)):
        entry = [image.sha256, image.role, image.alt, image.title, image.caption]
        images.setdefault(image.content_id, []).append(entry)
    return images


def terms_of(content_ids: Sequence[int]) -> dict[int, list[int]]:
    """Our ids of the terms that a publish sends for each content, in order."""
    stmt = (
        select(content_terms.c.content_id, content_terms.c.term_id)
        .join(ContentTaxonomy, ContentTaxonomy.id == content_terms.c.term_id)
        .where(content_terms.c.content_id.in_(content_ids), ContentTaxonomy.taxonomy_type != "cluster")
        .order_by(content_terms.c.term_id)
    )
    terms: dict[int, list[int]] = {}
    for content_id, term_id in db.session.execute(stmt):
        terms.setdefault(content_id, []).append(term_id)
    return terms


def merged_drift(before: Mapping[str, str], verdicts: Mapping[str, str]) -> Drift:
    """`before` with these verdicts; fields that are equal on both sides are left out (pure)."""
    after = {name: verdict for name, verdict in before.items() if name not in verdicts}
    return after | {name: verdict for name, verdict in verdicts.items() if verdict != drift.IN_STEP}


WRITE = text(
    """
    update contents set drift = new.drift::jsonb, sync_state = new.state
    from unnest(cast(:ids as bigint[]), cast(:drifts as text[]), cast(:states as text[])) as new(id, drift, state)
    where contents.id = new.id
    """
)
AGREE = text(
    """
    update remote_states set base = jsonb_set(base, '{terms}', jsonb_build_array(new.digest, null))
    from unnest(cast(:ids as bigint[]), cast(:digests as text[])) as new(id, digest)
    where content_id = new.id
    """
)


def write(changes: Mapping[int, tuple[Drift, str]]) -> None:
    """Write drift and state of these contents in one statement. What was loaded of them expires."""
    if not changes:
        return
    ids = sorted(changes)
    drifts, states = (
        [json.dumps(changes[content_id][0]) for content_id in ids],
        [changes[content_id][1] for content_id in ids],
    )
    db.session.flush()
    db.session.execute(WRITE, {"ids": ids, "drifts": drifts, "states": states})
    for row in list(db.session.identity_map.values()):
        if isinstance(row, Content) and row.id in changes:
            db.session.expire(row, ["drift", "sync_state", "state"])


def agree_on_terms(content_ids: Collection[int]) -> None:
    """Record that WordPress has the same terms as these contents have now. Flushes."""
    if not content_ids:
        return
    ids, terms = sorted(content_ids), terms_of(sorted(content_ids))
    digests = [drift.field_digest("terms", terms.get(content_id, [])) for content_id in ids]
    db.session.execute(AGREE, {"ids": ids, "digests": digests})
