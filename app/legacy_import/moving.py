"""Moving staged rows to where they belong, table by table. Services flush; the run commits after each batch.

What the site has already stays as it is: a row that fits one of ours is merged into it, and changes nothing. A batch
and what became of its rows are one transaction, so that a kill anywhere costs one batch, which is done again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from app.accounts import invitations, members
from app.content.moved_in import add_drafts, give_tasks
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.legacy_import.batches import Staged, StagedReader, moved_in_parts
from app.legacy_import.cleaning import text_of_task
from app.legacy_import.models import IMPORTED, MERGED, QUARANTINED, RECORD, STAGED, ImportFacts, LegacyImport
from app.legacy_import.posts import PostMover
from app.legacy_import.refusals import RowRefused
from app.legacy_import.schema import TABLES
from app.legacy_import.targets import Moved, R, moved_before, moved_targets, settle, written_digest
from app.legacy_import.transforms import (
    Context,
    cluster_values,
    draft_values,
    idea_values,
    keyword_row,
    task_values,
)
from app.planner import moved_in as planner_rows
from app.planner.clusters import services as cluster_services
from app.planner.clusters.locks import keep_clusters
from app.planner.models import Idea
from app.writer.moved_in import add_moved_tasks

AT_ONCE = {"posts": 250, "tasks": 500, "users": 20}
BATCH = 2_000
# What others refer to comes first; tasks find the contents of their posts.
ORDER = ("users", "clusters", "keywords", "content_ideas", "posts", "postmeta", "tasks")
TABLE_ORDER = (*ORDER, *(key for key in TABLES if key not in ORDER))


class Mover:
    """Moves the rows of one import. `inviter` is who invites people, when the person chose that."""

    def __init__(self, legacy: ImportFacts, inviter: Actor | None) -> None:
        self._legacy, self._inviter = legacy, inviter
        self._account_id, self._site_id, self._stamp = legacy.account_id, legacy.site_id, legacy.stamp
        self._choices: dict[str, Any] = legacy.choices
        self._reader = StagedReader(legacy)
        self._has_earlier = self._was_moved_before()
        self._posts = PostMover(legacy, self._reader)

    def _was_moved_before(self) -> bool:
        other = LegacyImport
        same = (other.site_id == self._site_id, other.origin == self._legacy.origin, other.id != self._legacy.id)
        return bool(self._legacy.origin) and db.session.scalar(select(other.id).where(*same).limit(1)) is not None

    def move_some(self, table: str) -> int:
        """Move the next rows of a table. Returns how many; 0 when none is left. Flushes."""
        rows = self._reader.staged(table, AT_ONCE.get(table, BATCH))
        if not rows:
            return 0
        earlier, fresh = self._split(table, rows)
        settle(earlier)
        if fresh:
            settle(moved_in_parts(fresh, self._handler(table)))
        return len(rows)

    def _handler(self, table: str) -> Callable[[list[Staged]], list[Moved]]:
        handlers: dict[str, Callable[[list[Staged]], list[Moved]]] = {
            "users": self._users,
            "clusters": self._clusters,
            "keywords": self._keywords,
            "content_ideas": self._ideas,
            "posts": self._posts.move,
            "postmeta": self._posts.move_metas,
            "tasks": self._tasks,
        }
        return handlers.get(table, _as_records)

    def _split(self, table: str, rows: list[Staged]) -> tuple[list[Moved], list[Staged]]:
        """What earlier imports of the installation have moved, and the rest."""
        if not self._has_earlier:
            return [], rows
        before = moved_before(self._legacy, table, [row.key for row in rows])
        merged = [
            Moved(
                row.id,
                MERGED,
                "moved_before" if before[row.key][2] == row.digest else "moved_before_changed",
                target_type=before[row.key][0],
                target_id=before[row.key][1],
            )
            for row in rows
            if row.key in before
        ]
        return merged, [row for row in rows if row.key not in before]

    # people

    def _users(self, rows: list[Staged]) -> list[Moved]:
        by_email = {one.user.email.lower(): one.user_id for one in members.list_members(self._account_id)}
        return [self._user(row, by_email) for row in rows]

    def _user(self, row: Staged, by_email: Mapping[str, int]) -> Moved:
        email = row.row.text("email").strip()
        user_id = by_email.get(email.lower())
        if user_id is not None:
            return Moved(row.id, MERGED, "member", target_type="user", target_id=user_id)
        if not self._choices.get("invite") or self._inviter is None:
            return Moved(row.id, IMPORTED, target_type=RECORD)
        try:
            with db.session.begin_nested():
                invited = invitations.invite(
                    self._account_id, self._inviter, email=email, role="editor", site_ids=[self._site_id]
                )
        except DomainError as error:
            return Moved(row.id, QUARANTINED, "not_invited", error.message[:200])
        return Moved(row.id, IMPORTED, target_type="invitation", target_id=invited.id)

    # planner

    def _clusters(self, rows: list[Staged]) -> list[Moved]:
        return self._added(rows, "cluster", lambda row: cluster_values(row.row), planner_rows.add_clusters)

    def _keywords(self, rows: list[Staged]) -> list[Moved]:
        context = self._context(rows)
        return self._added(rows, "keyword", lambda row: keyword_row(row.row, context), planner_rows.add_keywords)

    def _ideas(self, rows: list[Staged]) -> list[Moved]:
        context = self._context(rows)
        return self._added(rows, "idea", lambda row: idea_values(row.row, context), planner_rows.add_ideas)

    def _added(
        self,
        rows: list[Staged],
        kind: str,
        values_of: Callable[[Staged], dict[str, Any]],
        add: Callable[[int, Sequence[Mapping[str, Any]]], list[tuple[int, bool]]],
    ) -> list[Moved]:
        good, moved = _transformed(rows, values_of)
        if not good:
            return moved
        added = add(self._site_id, [self._columns(row, values) for row, values in good])
        for (row, values), (target_id, is_new) in zip(good, added, strict=True):
            written = written_digest(kind, values) if is_new else ""
            state, reason = (IMPORTED, "") if is_new else (MERGED, "same")
            moved.append(Moved(row.id, state, reason, "", kind, target_id, written))
        return moved

    def _columns(self, row: Staged, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **values,
            "account_id": self._account_id,
            "site_id": self._site_id,
            "created_at": row.row.made_at(self._stamp),
            "updated_at": self._stamp,
        }

    def _context(self, rows: Sequence[Staged], *, ideas: bool = False) -> Context:
        import_id = self._legacy.id
        idea_ids = moved_targets(import_id, "content_ideas", (row.row.key("idea_id") for row in rows)) if ideas else {}
        of_ideas = select(Idea.id, Idea.cluster_id).where(Idea.id.in_(idea_ids.values()))
        cluster_of = {row.id: row.cluster_id for row in db.session.execute(of_ideas)} if idea_ids else {}
        clusters = moved_targets(import_id, "clusters", {row.row.key("cluster_id") for row in rows})
        home = self._home_cluster()
        kept = keep_clusters([*clusters.values(), *cluster_of.values(), home])
        return Context(
            self._stamp,
            statuses=self._choices.get("statuses", {}),
            clusters={key: cluster for key, cluster in clusters.items() if cluster in kept},
            ideas={key: (one, cluster_of[one]) for key, one in idea_ids.items() if cluster_of.get(one) in kept},
            home_cluster=home if home in kept else None,
        )

    def _home_cluster(self) -> int | None:
        """The cluster for ideas and tasks that have none, made where it is missing."""
        name = str(self._choices.get("home_cluster") or "")
        if not name:
            return None
        row = {"name": cluster_services.clean_cluster_name(name), "description": ""}
        times = {"created_at": self._stamp, "updated_at": self._stamp}
        values = {**row, **times, "account_id": self._account_id, "site_id": self._site_id}
        return planner_rows.add_clusters(self._site_id, [values])[0][0]

    # writer

    def _tasks(self, rows: list[Staged]) -> list[Moved]:
        context = self._context(rows, ideas=True)
        good, moved = _transformed(rows, lambda row: task_values(row.row, context))
        contents = self._posts.contents_of_tasks([row for row, _values in good])
        drafts: dict[int, dict[str, Any]] = {}
        ready: list[tuple[Staged, dict[str, Any]]] = []
        for row, values in good:
            try:
                draft = None if row.id in contents else self._draft(row, values)
            except RowRefused as refusal:
                moved.append(Moved(row.id, QUARANTINED, refusal.reason, refusal.detail))
                continue
            ready.append((row, values))
            if draft is not None:
                drafts[row.id] = draft
        return moved + self._with_contents(ready, contents, drafts)

    def _draft(self, row: Staged, values: Mapping[str, Any]) -> dict[str, Any] | None:
        answer = text_of_task(row.row)
        return draft_values(values, answer) if answer is not None else None

    def _with_contents(
        self,
        rows: Sequence[tuple[Staged, dict[str, Any]]],
        contents: Mapping[int, tuple[int, bool]],
        drafts: Mapping[int, dict[str, Any]],
    ) -> list[Moved]:
        """Store tasks, and their drafts; contents of posts that this import added are given their tasks."""
        ids = add_moved_tasks([self._columns(row, values) for row, values in rows])
        task_of = {row.id: task_id for (row, _values), task_id in zip(rows, ids, strict=True)}
        structures = {row.id: values["content_structure"] for row, values in rows}
        give_tasks(
            {
                content_id: (task_of[row_id], structures[row_id])
                for row_id, (content_id, is_ours) in contents.items()
                if is_ours and row_id in task_of
            }
        )
        draft_rows = [(row, drafts[row.id]) for row, _values in rows if row.id in drafts]
        draft_ids = add_drafts(
            [{**self._columns(row, draft), **_NEW_DRAFT, "task_id": task_of[row.id]} for row, draft in draft_rows]
        )
        draft_of = {row.id: draft_id for (row, _draft), draft_id in zip(draft_rows, draft_ids, strict=True)}
        return [
            Moved(
                row.id,
                IMPORTED,
                target_type="task",
                target_id=task_of[row.id],
                written=written_digest("task", values),
                draft_id=draft_of.get(row.id),
                draft_written=written_digest("draft", drafts[row.id] | {"version": 1}) if row.id in drafts else "",
            )
            for row, values in rows
        ]


_NEW_DRAFT = {
    "excerpt": "",
    "slug": "",
    "version": 1,
    "source": "igny8",
    "status": "draft",
    "is_outline": False,
    "outline_notes": [],
}


def _transformed(
    rows: Sequence[Staged], values_of: Callable[[Staged], dict[str, Any]]
) -> tuple[list[tuple[Staged, dict[str, Any]]], list[Moved]]:
    """Rows with their values, and those that are refused."""
    good: list[tuple[Staged, dict[str, Any]]] = []
    refused = []
    for row in rows:
        try:
            good.append((row, values_of(row)))
        except RowRefused as refusal:
            refused.append(Moved(row.id, QUARANTINED, refusal.reason, refusal.detail))
    return good, refused


def _as_records(rows: list[Staged]) -> list[Moved]:
    """What has no place in the app is kept as it is."""
    return [Moved(row.id, IMPORTED, target_type=RECORD) for row in rows]


def count_staged(import_id: int) -> dict[str, int]:
    """How many rows of each table are still to be moved."""
    stmt = select(R.c.source_table, func.count()).where(R.c.import_id == import_id, R.c.state == STAGED)
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(R.c.source_table))}
