"""Storing pages of an import, each with the cursor behind it. Services flush; the importer commits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DataError, IntegrityError

from app.core import events
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import LeaseLost
from app.mirror.apply import Applied, apply_post_items, apply_term_pages
from app.mirror.models import RemoteState
from app.mirror.removals import mark_gone
from app.mirror.terms import apply_term_items, forget_terms, unknown_terms
from app.mirror.wire import PostItem, TermItem, Wire
from app.sync.events import ImportFinished
from app.sync.imports.models import ImportProblem, SiteImport
from app.sync.imports.reader import ReadPage, Trashed, Unreadable
from app.sync.models import SiteSync
from app.taxonomy.models import ContentTaxonomy

REFUSED = "It could not be stored: it holds characters or values that no database takes."
MENDED = "It held bytes that are no text (not UTF-8); they were replaced by �. Publishing it would store that."
STRANGE = "It may be another post than the one that has its number here, and was left out. The next publish asks."
SUMS = ("terms", "created", "updated", "unchanged", "kept", "passed_over", "gone", "problems")
NEXT = {"terms": "posts", "posts": "done"}
SMOOTH = 0.3
T = TypeVar("T", bound=Wire)


@dataclass
class Position:
    """How far an import is; the columns of the same names of `SiteImport`."""

    phase: str
    cursor: int
    page_limit: int
    failures: int
    done: int
    total: int | None
    rate: float | None

    @classmethod
    def of(cls, site_import: SiteImport) -> "Position":
        """The position where the import stopped last."""
        return cls(
            site_import.phase,
            site_import.cursor,
            site_import.page_limit,
            site_import.failures,
            site_import.done,
            site_import.total,
            site_import.rate,
        )

    def behind(self, page: ReadPage, more: int, seconds: float) -> "Position":
        """The position after a page that took `seconds`, and `more` posts that were read besides (pure)."""
        following = replace(self, failures=0, cursor=page.last)
        if self.phase == "posts":
            following.done += len(page.ids) + more
            if page.total is not None:
                following.total = self.done + page.total
            following.total = None if following.total is None else following.total + more
            pace = len(page.ids) / max(seconds, 0.001)
            following.rate = pace if self.rate is None else SMOOTH * pace + (1 - SMOOTH) * self.rate
        if not page.has_more:
            following.phase, following.cursor = NEXT[self.phase], 0
        return following


class Store:
    """Stores what was read from a site, for one import."""

    def __init__(self, site_import: SiteImport) -> None:
        self._account_id, self._site_id, self._import_id = site_import.account_id, site_import.site_id, site_import.id
        self._types, self._statuses = list(site_import.types), frozenset(site_import.statuses)
        self._asked: set[int] = set()
        self._sums: dict[str, int] = {}

    def absent(self, phase: str, page: ReadPage) -> set[int]:
        """Ids known here that are missing in the page's range: they are gone, or are something else now."""
        return self._absent_terms(page) if phase == "terms" else self._absent_posts(page)

    def _absent_posts(self, page: ReadPage) -> set[int]:
        stmt = select(RemoteState.external_id).where(
            RemoteState.site_id == self._site_id,
            RemoteState.kind == "post",
            RemoteState.taxonomy == "",
            RemoteState.external_id > page.after,
            RemoteState.gone_at.is_(None),
            RemoteState.seen_at < page.read_at,
            RemoteState.remote_type.in_(self._types),
        )
        if page.has_more:
            stmt = stmt.where(RemoteState.external_id <= page.last)
        return set(db.session.scalars(stmt)) - page.ids

    def _absent_terms(self, page: ReadPage) -> set[int]:
        term = ContentTaxonomy
        stmt = select(term.external_taxonomy, term.external_id).where(
            term.site_id == self._site_id,
            term.external_id > page.after,
            term.external_taxonomy.in_(sorted(page.taxonomies)),
            term.updated_at < page.read_at,
        )
        if page.has_more:
            stmt = stmt.where(term.external_id <= page.last)
        page_keys = {item.key for item in page.items}
        unread = {item.object_id for item in page.unreadable}
        keys = [(str(row[0]), int(row[1] or 0)) for row in db.session.execute(stmt)]
        return {key[1] for key in keys if key not in page_keys and key[1] not in unread}

    def unknown_terms(self, page: ReadPage) -> list[int]:
        """Ids of terms of these posts that are not known here yet and were not asked for before."""
        unknown_ids = set(unknown_terms(self._site_id, (item.terms for item in page.items))) - self._asked
        self._asked |= unknown_ids
        return sorted(unknown_ids)

    def keep(
        self,
        position: Position,
        page: ReadPage,
        absent: set[int],
        present_items: list[Any],
        terms: list[Any],
        seconds: float,
    ) -> Position:
        """Store a page and the position after it. Returns that position.

        Raises LeaseLost when another worker has done so. `present_items` are those of `absent` that exist, or are in
        the trash; `terms` the unknown ones. Flushes.
        """
        trashed = {entry.id for entry in present_items if isinstance(entry, Trashed)}
        unreadable = [entry for entry in present_items if isinstance(entry, Unreadable)]
        absent = absent - {entry.object_id for entry in unreadable}
        present_items, terms = (
            [entry for entry in some if not isinstance(entry, Trashed | Unreadable)] for some in (present_items, terms)
        )
        nameless = sum(1 for entry in page.unreadable if entry.object_id is None)
        following = position.behind(page, len(present_items) + len(unreadable) + nameless, seconds)
        self._sums = dict.fromkeys(SUMS, 0)
        self._store_position(position, following)
        if position.phase == "terms":
            self._keep_terms([*page.items, *present_items])
            self._forget(absent, present_items, page)
        else:
            self._keep_terms(terms)
            self._keep_posts(page, present_items)
            self._mark_gone(absent - {item.id for item in present_items}, trashed)
        self._record_unreadable(position.phase, page)
        self._problems(position.phase, unreadable)
        self._add_sums()
        if following.phase == "done":
            self._finish()
        return following

    def skip(self, position: Position, object_id: int | None, message: str) -> Position:
        """Leave out one object and go on after it; without an id, end the phase. Flushes."""
        following = replace(position, failures=position.failures + 1, cursor=object_id or position.cursor)
        self._sums = dict.fromkeys(SUMS, 0)
        if object_id is None:
            following.phase, following.cursor = NEXT[position.phase], 0
        elif position.phase == "posts":
            following.done += 1
        self._store_position(position, following)
        if object_id is not None:
            self._problems(position.phase, [Unreadable(object_id, "", message)])
        self._add_sums()
        if following.phase == "done":
            self._finish()
        return following

    def _store_position(self, position: Position, following: Position) -> None:
        moved = db.session.execute(
            update(SiteImport)
            .where(
                SiteImport.id == self._import_id,
                SiteImport.phase == position.phase,
                SiteImport.cursor == position.cursor,
            )
            .values(**vars(following), updated_at=utcnow())
            .returning(SiteImport.id)
            .execution_options(synchronize_session=False)
        ).first()
        if moved is None:
            raise LeaseLost()  # another worker has stored this page

    def _keep_terms(self, items: Sequence[TermItem]) -> None:
        def apply(some: Sequence[TermItem]) -> None:
            apply_term_items(self._account_id, self._site_id, some)
            apply_term_pages(self._account_id, self._site_id, some)

        if items:
            failed = _one_by_one(items, apply)
            self._sums["terms"] += len(items) - len(failed)
            self._problems("terms", [Unreadable(item.term_id, item.name, REFUSED) for item in failed])

    def _forget(self, absent: set[int], present_items: Iterable[TermItem], page: ReadPage) -> None:
        present_keys = {item.key for item in present_items}
        missing_keys = [
            (name, term_id) for term_id in absent for name in page.taxonomies if (name, term_id) not in present_keys
        ]
        page_keys = {item.key for item in page.items}
        if missing_keys:
            forget_terms(self._site_id, [key for key in missing_keys if key not in page_keys])

    def _keep_posts(self, page: ReadPage, present_items: Sequence[PostItem]) -> None:
        in_scope = [item for item in page.items if item.status in self._statuses]
        out_of_scope = [item for item in page.items if item.status not in self._statuses]
        failed: list[PostItem] = []
        for items, create in ((in_scope, True), ([*out_of_scope, *present_items], False)):
            failed += _one_by_one(items, lambda some, create=create: self._apply(some, create, page))  # type: ignore[misc]
        self._problems("posts", [Unreadable(item.id, item.title, REFUSED) for item in failed])

    def _apply(self, items: Sequence[PostItem], create: bool, page: ReadPage) -> None:
        applied: Applied = apply_post_items(
            self._account_id, self._site_id, items, create=create, read_at=page.read_at, cause="import"
        )
        for name, count in (
            ("created", applied.created),
            ("updated", applied.updated),
            ("kept", applied.kept),
            ("unchanged", applied.unchanged),
            ("passed_over", applied.ignored - len(applied.strangers)),
        ):
            self._sums[name] += count
        self._problems("posts", [Unreadable(item.id, item.title, STRANGE) for item in applied.strangers])

    def _mark_gone(self, ids: set[int], trashed: set[int]) -> None:
        missing = {("", post_id): "trash" if post_id in trashed else "deleted" for post_id in ids}
        self._sums["gone"] += mark_gone(self._account_id, self._site_id, missing, cause="import", by={})

    def _record_unreadable(self, phase: str, page: ReadPage) -> None:
        """Record the items that could not be imported as they are."""
        problems = list(page.unreadable)
        if phase == "posts":
            problems += [Unreadable(item.id, item.title, MENDED) for item in page.items if item.id in page.mended]
        self._problems(phase, problems)

    def _problems(self, phase: str, problems: Sequence[Unreadable]) -> None:
        now = utcnow()
        rows = [
            {
                "account_id": self._account_id,
                "import_id": self._import_id,
                "object": phase[:-1],
                "object_id": problem.object_id,
                "title": _plain(problem.title)[:300],
                "message": _plain(problem.message),
                "created_at": now,
                "updated_at": now,
            }
            for problem in problems
        ]
        if rows:
            db.session.execute(insert(ImportProblem), rows)
            self._sums["problems"] += len(rows)

    def _add_sums(self) -> None:
        added = {name: getattr(SiteImport, name) + count for name, count in self._sums.items() if count}
        if added:
            stmt = update(SiteImport).where(SiteImport.id == self._import_id).values(**added)
            db.session.execute(stmt.execution_options(synchronize_session=False))

    def _finish(self) -> None:
        """Mark the import finished. From now on new posts come in by events."""
        now = utcnow()
        stmt = update(SiteImport).where(SiteImport.id == self._import_id).values(finished_at=now)
        db.session.execute(stmt.execution_options(synchronize_session=False))
        first = upsert(SiteSync).values(site_id=self._site_id, account_id=self._account_id, imported_at=now)
        values = {"imported_at": func.coalesce(SiteSync.imported_at, now)}
        db.session.execute(first.on_conflict_do_update(index_elements=["site_id"], set_=values))
        events.publish(ImportFinished(self._account_id, self._site_id, ()))


def _plain(text: str) -> str:
    return text.replace("\0", "�").encode("utf-8", "replace").decode()


def _one_by_one(items: Sequence[T], apply: Callable[[Sequence[T]], None]) -> list[T]:
    """Apply all items at once; when the database refuses, apply halves, so that only the refused items are left out."""
    if not items:
        return []
    try:
        with db.session.begin_nested():
            apply(items)
    except (DataError, IntegrityError, UnicodeError):
        if len(items) == 1:
            return [items[0]]
        half = len(items) // 2
        return _one_by_one(items[:half], apply) + _one_by_one(items[half:], apply)
    return []
