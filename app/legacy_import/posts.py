"""Moving the posts of the old plugin: each is joined to the content that the site has of it, or added as one.

A post is known by its id in WordPress, as everywhere. What WordPress itself knows better (terms, images, the fields of
SEO plugins) comes with the next import from WordPress.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, any_, cast, func, select

from app.core.extensions import db
from app.legacy_import.batches import Metas, Staged, StagedReader
from app.legacy_import.models import IMPORTED, MERGED, QUARANTINED, ImportFacts
from app.legacy_import.php_values import stored_value
from app.legacy_import.refusals import RowRefused
from app.legacy_import.targets import Moved, R, moved_targets, written_digest
from app.legacy_import.transforms import Context, post_item
from app.mirror.create import add_posts
from app.mirror.locks import lock_for_create
from app.mirror.models import RemoteState
from app.mirror.wire import PostItem
from app.planner.clusters.locks import keep_clusters

TASK_META = "_igny8_task_id"


class PostMover:
    """Moves posts, with the metas that the plugin gave them."""

    def __init__(self, legacy: ImportFacts, reader: StagedReader) -> None:
        self._legacy, self._reader = legacy, reader
        self._account_id, self._site_id = legacy.account_id, legacy.site_id
        self._emails: dict[str, str] | None = None
        self._post_of_task: dict[str, str] | None = None

    def move(self, rows: list[Staged]) -> list[Moved]:
        """Posts, and their metas with them."""
        metas = self._reader.metas([row.key for row in rows])
        context = Context(self._legacy.stamp, emails=self._author_emails())
        items: dict[int, PostItem] = {}
        moved: list[Moved] = []
        for row in rows:
            try:
                items[row.id] = post_item(row.row, metas.of(row.key), context)
            except RowRefused as refusal:
                moved.append(Moved(row.id, QUARANTINED, refusal.reason, refusal.detail))
        moved += self._joined(items, self._clusters_of(rows, items, metas))
        return moved + metas.refused + self._metas_of(rows, metas, {one.row_id: one for one in moved})

    def _joined(self, items: dict[int, PostItem], clusters: dict[int, int]) -> list[Moved]:
        lock_for_create(self._site_id)
        content_of = self._known_posts([item.id for item in items.values()])
        new = {item.id: item for item in items.values() if item.id not in content_of}
        added = add_posts(self._account_id, self._site_id, list(new.values()), clusters=clusters) if new else {}
        moved, made = [], set()
        for row_id, item in items.items():
            is_new = item.id in added and item.id not in made
            made.add(item.id)
            content_id = added.get(item.id) or content_of.get(item.id)
            written = written_digest("content", _written(item, clusters)) if is_new else ""
            state, reason = (IMPORTED, "") if is_new else (MERGED, "same")
            moved.append(Moved(row_id, state, reason, "", "content", content_id, written))
        return moved

    def _known_posts(self, ids: Sequence[int]) -> dict[int, int]:
        stmt = select(RemoteState.external_id, RemoteState.content_id).where(
            RemoteState.site_id == self._site_id,
            RemoteState.kind == "post",
            RemoteState.taxonomy == "",
            RemoteState.external_id == any_(cast(list(ids), ARRAY(BigInteger))),
        )
        return {row.external_id: row.content_id for row in db.session.execute(stmt)}

    def _clusters_of(self, rows: Sequence[Staged], items: dict[int, PostItem], metas: Metas) -> dict[int, int]:
        """Our clusters by post, as the metas name the old ones."""
        old = {
            items[row.id].id: metas.of(row.key)["cluster_id"].key("value")
            for row in rows
            if row.id in items and "cluster_id" in metas.of(row.key)
        }
        clusters = moved_targets(self._legacy.id, "clusters", old.values())
        kept = keep_clusters(clusters.values())
        return {post: clusters[key] for post, key in old.items() if clusters.get(key) in kept}

    def _author_emails(self) -> dict[str, str]:
        if self._emails is None:
            stmt = select(R.c.old_key, R.c.raw).where(R.c.import_id == self._legacy.id, R.c.source_table == "users")
            self._emails = {
                row.old_key: self._reader.old_row("users", row.raw).text("email").strip()
                for row in db.session.execute(stmt)
            }
        return self._emails

    def _metas_of(self, rows: Sequence[Staged], metas: Metas, posts: dict[int, Moved]) -> list[Moved]:
        """What became of the metas: what became of their posts."""
        moved = []
        for row in rows:
            post = posts[row.id]
            for meta_id in metas.ids.get(row.key, ()):
                if post.state == QUARANTINED:
                    moved.append(Moved(meta_id, QUARANTINED, "not_moved", f"post {row.key}"))
                else:
                    moved.append(Moved(meta_id, post.state, post.reason, "", "content", post.target_id))
        return moved

    def move_metas(self, rows: list[Staged]) -> list[Moved]:
        """Metas that did not come with a post: of posts that were moved before, or of none."""
        posts = moved_targets(self._legacy.id, "posts", (row.row.key("post_id") for row in rows))
        return [self._meta(row, posts) for row in rows]

    def _meta(self, row: Staged, posts: dict[str, int]) -> Moved:
        key = row.row.key("post_id")
        try:
            stored_value(row.row.text("value"), row.row.text("name"))
            if key not in posts:
                raise RowRefused("orphan", f"post {key or '–'}")
        except RowRefused as refusal:
            return Moved(row.id, QUARANTINED, refusal.reason, refusal.detail)
        return Moved(row.id, IMPORTED, target_type="content", target_id=posts[key])

    # tasks

    def contents_of_tasks(self, rows: Sequence[Staged]) -> dict[int, tuple[int, bool]]:
        """The content of each task's post, by row, and whether this import added it."""
        post_of = {row.id: row.row.key("post_id") or self._posts_of_tasks().get(row.key, "") for row in rows}
        wanted = sorted({key for key in post_of.values() if key})
        stmt = select(R.c.old_key, R.c.target_id, R.c.state).where(
            R.c.import_id == self._legacy.id,
            R.c.source_table == "posts",
            R.c.old_key == any_(cast(wanted, ARRAY(Text))),
            R.c.target_id.is_not(None),
        )
        contents = {row.old_key: (row.target_id, row.state == IMPORTED) for row in db.session.execute(stmt)}
        return {row_id: contents[key] for row_id, key in post_of.items() if key in contents}

    def _posts_of_tasks(self) -> dict[str, str]:
        """The posts that say by a meta which task they are of: {old task: old post}."""
        if self._post_of_task is None:
            mapping = self._legacy.tables.get("postmeta", {}).get("mapping", {})
            name, value = (R.c.raw[mapping.get(column, column)].astext for column in ("name", "value"))
            stmt = select(R.c.parent_key, value.label("task")).where(
                R.c.import_id == self._legacy.id, R.c.source_table == "postmeta", func.lower(name) == TASK_META
            )
            self._post_of_task = {row.task: row.parent_key for row in db.session.execute(stmt) if row.task}
        return self._post_of_task


def _written(item: PostItem, clusters: dict[int, int]) -> dict[str, Any]:
    return {
        "title": item.title,
        "content_html": item.content,
        "excerpt": item.excerpt,
        "seo_title": item.seo.title,
        "seo_description": item.seo.description,
        "cluster_id": clusters.get(item.id),
        "version": 1,
    }
