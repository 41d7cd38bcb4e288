"""The versions of content, kept by whoever writes one: `update_content` and `bulk.change_contents`, and nobody else.

What is imported or drafted first is kept when it is changed for the first time, as a copy of the row before the change:
imports write no revisions. Moves between clusters raise the version and keep nothing, as no text changes. Services
flush; callers commit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, case, cast, delete, exists, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import defer

from app.content.editing.models import ContentRevision
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import N_
from app.core.row_security import every_account

FIELDS = (
    "excerpt",
    "slug",
    "seo_title",
    "seo_description",
    "seo_canonical",
    "focus_keywords",
    "cluster_id",
    "content_type",
    "content_structure",
    "author_email",
    "parent_external_id",
    "template",
    "taxonomy",
)
CAUSES = {
    "person": N_("Edited"),
    "rewrite": N_("Written anew"),
    "restore": N_("Restored"),
    "links": N_("Internal links"),
    "optimize": N_("Optimized"),
    "draft": N_("Draft"),
    "wordpress": N_("Changed in WordPress"),
    "import": N_("Import"),
    "earlier": N_("Before versions were kept"),
}
RESTORED = ("title", "content_html", "excerpt", "seo_title", "seo_description", "seo_canonical", "focus_keywords")
MOST_LISTED = 200
NEVER_THINNED = 50  # the newest of each content
WHOLE_FOR = timedelta(days=30)
DAILY_FOR = timedelta(days=365)
THINNED_AT_ONCE = 10_000
R = ContentRevision
COPIED = ("account_id", "content_id", "version", "title", "content_html", "fields")


@dataclass(frozen=True, slots=True)
class VersionCause:
    """What made a version (`CAUSES`), and who: a person by id and name, somebody in WordPress by name alone."""

    cause: str = "person"
    actor_id: int | None = None
    name: str = ""


def keep_before(content_ids: Collection[int]) -> None:
    """Keep the present versions of these contents, where they are not kept yet. Flushes.

    The contents are locked before their versions, as who writes them does: else each would wait for the other.
    """
    ids = select(Content.id).where(_among(content_ids)).order_by(Content.id)
    db.session.execute(ids.with_for_update(read=True, key_share=True))
    first = case((Content.source == "wordpress", "import"), (Content.task_id.is_not(None), "draft"), else_="person")
    kept = exists().where(R.content_id == Content.id, R.version == Content.version)
    rows = select(
        *_copied(),
        case((Content.version == 1, first), else_="earlier"),
        literal(""),
        Content.updated_at,
        Content.updated_at,
    ).where(_among(content_ids), ~kept)
    _insert([*COPIED, "cause", "actor_name", "created_at", "updated_at"], rows)


def keep_after(
    content_ids: Collection[int], version_cause: VersionCause, names: Mapping[int, str] | None = None
) -> None:
    """Keep the versions of these contents that were written just now; `names` says who, by content. Flushes."""
    now = literal(utcnow())
    name: Any = literal(version_cause.name[:120])
    if names:
        by_id = literal({str(content_id): one[:120] for content_id, one in names.items() if one}, JSONB)
        name = func.coalesce(by_id[cast(Content.id, Text)].astext, name)
    rows = select(
        *_copied(),
        literal(version_cause.cause),
        name,
        now.label("created"),
        now.label("updated"),
        literal(version_cause.actor_id),
    ).where(_among(content_ids))
    _insert([*COPIED, "cause", "actor_name", "created_at", "updated_at", "actor_id"], rows)


def _copied() -> tuple[Any, ...]:
    pairs = [part for name in FIELDS for part in (literal(name), getattr(Content, name))]
    fields = func.jsonb_build_object(*pairs)
    return Content.account_id, Content.id, Content.version, Content.title, Content.content_html, fields


def _among(content_ids: Collection[int]) -> Any:
    return Content.id == func.any(cast(sorted(content_ids), ARRAY(BigInteger)))


def _insert(names: Sequence[str], rows: Any) -> None:
    stmt = insert(R).from_select(list(names), rows, include_defaults=False)
    db.session.execute(stmt.on_conflict_do_nothing())


def find_revision(account_id: int, content_id: int, version: int) -> ContentRevision | None:
    """The version of the content, when it was kept."""
    stmt = select(R).where(R.account_id == account_id, R.content_id == content_id, R.version == version)
    return db.session.scalar(stmt)


def before(revision: ContentRevision) -> ContentRevision | None:
    """The kept version before this one."""
    stmt = select(R).where(R.content_id == revision.content_id, R.version < revision.version)
    return db.session.scalar(stmt.order_by(R.version.desc()).limit(1))


def list_revisions(account_id: int, content_id: int) -> Sequence[ContentRevision]:
    """The newest versions of the content that are kept, the newest first, without their texts."""
    stmt = select(R).where(R.account_id == account_id, R.content_id == content_id)
    stmt = stmt.options(defer(R.content_html), defer(R.fields))
    return db.session.scalars(stmt.order_by(R.version.desc()).limit(MOST_LISTED)).all()


def values_of(row: Content | ContentRevision) -> dict[str, Any]:
    """The columns of a version that a person edits, by name."""
    fields = {name: getattr(row, name) for name in FIELDS} if isinstance(row, Content) else dict(row.fields)
    return {"title": row.title, "content_html": row.content_html} | fields


@every_account("versions are thinned out alike in every account")
def thin_out() -> None:
    """Thin out versions beyond a content's newest 50: one a day after 30 days, one a month after a year. Commits."""
    many = select(R.content_id).group_by(R.content_id).having(func.count() > NEVER_THINNED)
    age = utcnow() - R.created_at
    period = case(
        (age > DAILY_FOR, func.date_trunc("month", R.created_at)),
        else_=func.date_trunc("day", R.created_at),
    )
    ranked = (
        select(
            R.id,
            func.row_number().over(partition_by=R.content_id, order_by=R.version.desc()).label("place"),
            func.row_number().over(partition_by=(R.content_id, period), order_by=R.version.desc()).label("in_period"),
            R.created_at,
        )
        .where(R.content_id.in_(many))
        .subquery()
    )
    spare = select(ranked.c.id).where(
        ranked.c.place > NEVER_THINNED, ranked.c.in_period > 1, ranked.c.created_at < utcnow() - WHOLE_FOR
    )
    db.session.execute(delete(R).where(R.id.in_(spare.limit(THINNED_AT_ONCE))))
    db.session.commit()
