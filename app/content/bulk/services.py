"""Many contents at once, as WordPress reports them: a constant number of statements. Callers commit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Row,
    bindparam,
    cast,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from app.content.changes import changed
from app.content.editing import revisions
from app.content.editing.revisions import VersionCause
from app.content.models import Content, ContentImage, content_keywords, content_terms
from app.core.clock import utcnow
from app.core.extensions import db

Pairs = Iterable[tuple[int, int]]
COLUMNS: list[Any] = [
    Content.__table__.c[name]
    for name in (
        "id",
        "version",
        "status",
        "content_type",
        "title",
        "excerpt",
        "slug",
        "seo_title",
        "seo_description",
        "seo_canonical",
        "focus_keywords",
        "author_email",
        "parent_external_id",
        "template",
        "cluster_id",
        "sector_id",
        "external_id",
        "external_url",
        "published_at",
        "remote_status",
        "drift",
        "sync_state",
    )
]


def lock_contents(content_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The columns of these contents that WordPress has too, locked in id order, by id; without their texts."""
    stmt = select(*COLUMNS).where(Content.id.in_(content_ids)).order_by(Content.id).with_for_update()
    return {row.id: row for row in db.session.execute(stmt)}


def hold_contents(content_ids: Sequence[int]) -> set[int]:
    """Lock these contents in id order before writing runs about them. Returns which of them exist.

    Moving them to the trash locks them too: schedules are stored with both runs and contents.
    """
    stmt = select(Content.id).where(Content.id.in_(content_ids)).order_by(Content.id)
    return set(db.session.scalars(stmt.with_for_update(key_share=True)))


def content_html_of(content_ids: Sequence[int]) -> dict[int, str]:
    """The HTML of these contents."""
    if not content_ids:
        return {}
    stmt = select(Content.id, Content.content_html).where(Content.id.in_(content_ids))
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def featured_images(content_ids: Sequence[int]) -> dict[int, str]:
    """The hash of the featured image of each of these contents that has one."""
    stmt = select(ContentImage.content_id, ContentImage.sha256).where(
        ContentImage.content_id.in_(content_ids), ContentImage.role == "featured"
    )
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def change_contents(
    changes: dict[int, dict[str, Any]],
    *,
    edits: set[int],
    version_cause: VersionCause | None = None,
    names: Mapping[int, str] | None = None,
) -> None:
    """Write these columns of each content; the version of those in `edits` rises by one and both are kept. Flushes.

    `version_cause` and `names` as in `revisions.keep_after`: by default WordPress makes them.
    """
    if edits:
        revisions.keep_before(edits)
    now = utcnow()
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for content_id, values in changes.items():
        row = {f"new_{name}": value for name, value in values.items()} | {"at": content_id}
        row["more"] = 1 if content_id in edits else 0
        alike.setdefault(tuple(sorted(values)), []).append(row)
    table = Content.__table__
    with db.session.no_autoflush:
        for columns, rows in alike.items():
            stmt = (
                update(table)  # type: ignore[arg-type]
                .where(table.c.id == bindparam("at"))
                .values(version=table.c.version + bindparam("more"), updated_at=now)
                .values({table.c[name]: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns})
            )
            db.session.connection().execute(stmt, rows)
        if edits:
            revisions.keep_after(edits, version_cause or VersionCause("wordpress"), names)
    db.session.expire_all()


def move_to_clusters(
    account_id: int, site_id: int, targets: FromClause, *, where: ColumnElement[bool]
) -> Sequence[int]:
    """Put contents in the clusters that `targets` (content_id, cluster_id) has, where `where` holds. Returns their ids.

    What is in the trash stays where it is.
    """
    meant = (Content.id == targets.c.content_id, Content.trashed_at.is_(None), where)
    moved = db.session.scalars(
        update(Content)
        .where(Content.account_id == account_id, Content.site_id == site_id, *meant)
        .values(cluster_id=targets.c.cluster_id, version=Content.version + 1, updated_at=utcnow())
        .returning(Content.id)
        .execution_options(synchronize_session=False)
    ).all()
    changed(moved, ("cluster_id",))
    db.session.expire_all()
    return moved


def attach_terms(pairs: Pairs) -> None:
    """Attach terms to contents: (content, term). Flushes."""
    _link(content_terms, "term_id", pairs)


def detach_terms(pairs: Pairs) -> None:
    """Detach terms from contents: (content, term). Flushes."""
    _unlink(content_terms, "term_id", pairs)


def attach_keywords(pairs: Pairs) -> None:
    """Give contents keywords: (content, keyword). Flushes."""
    _link(content_keywords, "keyword_id", pairs)


def detach_keywords(pairs: Pairs) -> None:
    """Remove keywords from contents: (content, keyword). Flushes."""
    _unlink(content_keywords, "keyword_id", pairs)


def _link(table: Any, column: str, pairs: Pairs) -> None:
    rows = sorted(set(pairs))
    if rows:  # two arrays in place of hundreds of values: such a statement is made once
        contents, others = ([row[column_number] for row in rows] for column_number in (0, 1))
        linked = select(func.unnest(cast(contents, ARRAY(BigInteger))), func.unnest(cast(others, ARRAY(BigInteger))))
        db.session.execute(upsert(table).from_select(["content_id", column], linked).on_conflict_do_nothing())


def _unlink(table: Any, column: str, pairs: Pairs) -> None:
    rows = sorted(set(pairs))
    if rows:
        db.session.execute(delete(table).where(tuple_(table.c.content_id, table.c[column]).in_(rows)))


def lock_contents_of_sector(sector_id: int) -> None:
    """Lock the contents of a sector that is about to be deleted. Answers `sector_deleting`."""
    stmt = select(Content.id).where(Content.sector_id == sector_id).order_by(Content.id)
    db.session.execute(stmt.with_for_update(key_share=True))
