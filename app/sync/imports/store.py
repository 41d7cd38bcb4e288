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
from app.sync.imports.models import ImportProblem, SiteImport
from app.sync.imports.reader import Page, Trashed, Unreadable
from app.sync.models import SiteSync
from app.taxonomy.models import ContentTaxonomy

REFUSED = "It could not be stored: it holds characters or values that no database takes."
MENDED = "It held bytes that are no text (not UTF-8); they were replaced by �. Publishing it would store that."
STRANGE = "It may be another post than the one that was published from here, and was left out. The next publish asks."
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
    def of(cls, found: SiteImport) -> "Position":
        """Where it stopped last."""
        return cls(found.phase, found.cursor, found.page_limit, found.failures, found.done, found.total, found.rate)

    def behind(self, page: Page, more: int, seconds: float) -> "Position":
        """The position behind a page that took `seconds`, and `more` posts that were read besides (pure)."""
        there = replace(self, failures=0, cursor=page.last)
        if self.phase == "posts":
            there.done += len(page.ids) + more
            if page.total is not None:
                there.total = self.done + page.total
            there.total = None if there.total is None else there.total + more
            pace = len(page.ids) / max(seconds, 0.001)
            there.rate = pace if self.rate is None else SMOOTH * pace + (1 - SMOOTH) * self.rate
        if not page.has_more:
            there.phase, there.cursor = NEXT[self.phase], 0
        return there


class Store:
    """Writes what came of one site into one import."""

    def __init__(self, found: SiteImport) -> None:
        self._account_id, self._site_id, self._import_id = found.account_id, found.site_id, found.id
        self._types, self._statuses = list(found.types), frozenset(found.statuses)
        self._asked: set[int] = set()
        self._sums: dict[str, int] = {}

    def absent(self, phase: str, page: Page) -> set[int]:
        """Ids that we know where the page has none: they are gone, or are something else now."""
        return self._absent_terms(page) if phase == "terms" else self._absent_posts(page)

    def _absent_posts(self, page: Page) -> set[int]:
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

    def _absent_terms(self, page: Page) -> set[int]:
        known = ContentTaxonomy
        stmt = select(known.external_taxonomy, known.external_id).where(
            known.site_id == self._site_id,
            known.external_id > page.after,
            known.external_taxonomy.in_(sorted(page.taxonomies)),
            known.updated_at < page.read_at,
        )
        if page.has_more:
            stmt = stmt.where(known.external_id <= page.last)
        told = {item.key for item in page.items}
        unread = {one.object_id for one in page.unreadable}
        keys = [(str(row[0]), int(row[1] or 0)) for row in db.session.execute(stmt)]
        return {key[1] for key in keys if key not in told and key[1] not in unread}

    def unknown_terms(self, page: Page) -> list[int]:
        """Ids of terms that these posts have and nobody told us of yet, as far as not asked for before."""
        found = set(unknown_terms(self._site_id, (item.terms for item in page.items))) - self._asked
        self._asked |= found
        return sorted(found)

    def keep(
        self, at: Position, page: Page, absent: set[int], found: list[Any], terms: list[Any], seconds: float
    ) -> Position:
        """Store a page, and that it is stored; the position behind it. Raises LeaseLost when another worker did.

        `found` are those of `absent` that are there all the same, or in the trash; `terms` the unknown ones. Flushes.
        """
        trashed = {one.id for one in found if isinstance(one, Trashed)}
        unreadable = [one for one in found if isinstance(one, Unreadable)]
        absent = absent - {one.object_id for one in unreadable}
        found, terms = ([one for one in some if not isinstance(one, Trashed | Unreadable)] for some in (found, terms))
        nameless = sum(1 for one in page.unreadable if one.object_id is None)
        there = at.behind(page, len(found) + len(unreadable) + nameless, seconds)
        self._sums = dict.fromkeys(SUMS, 0)
        self._move(at, there)
        if at.phase == "terms":
            self._keep_terms([*page.items, *found])
            self._forget(absent, found, page)
        else:
            self._keep_terms(terms)
            self._keep_posts(page, found)
            self._lose(absent - {item.id for item in found}, trashed)
        self._tell(at.phase, page)
        self._problems(at.phase, unreadable)
        self._add_up()
        if there.phase == "done":
            self._finish()
        return there

    def skip(self, at: Position, object_id: int | None, message: str) -> Position:
        """Leave one object out and go on behind it; without one, nothing is left of the phase. Flushes."""
        there = replace(at, failures=at.failures + 1, cursor=object_id or at.cursor)
        self._sums = dict.fromkeys(SUMS, 0)
        if object_id is None:
            there.phase, there.cursor = NEXT[at.phase], 0
        elif at.phase == "posts":
            there.done += 1
        self._move(at, there)
        if object_id is not None:
            self._problems(at.phase, [Unreadable(object_id, "", message)])
        self._add_up()
        if there.phase == "done":
            self._finish()
        return there

    def _move(self, at: Position, there: Position) -> None:
        moved = db.session.execute(
            update(SiteImport)
            .where(SiteImport.id == self._import_id, SiteImport.phase == at.phase, SiteImport.cursor == at.cursor)
            .values(**vars(there), updated_at=utcnow())
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

    def _forget(self, absent: set[int], found: Iterable[TermItem], page: Page) -> None:
        there = {item.key for item in found}
        gone = [(name, one) for one in absent for name in page.taxonomies if (name, one) not in there]
        told = {item.key for item in page.items}
        if gone:
            forget_terms(self._site_id, [key for key in gone if key not in told])

    def _keep_posts(self, page: Page, found: Sequence[PostItem]) -> None:
        wanted = [item for item in page.items if item.status in self._statuses]
        rest = [item for item in page.items if item.status not in self._statuses]
        failed: list[PostItem] = []
        for items, create in ((wanted, True), ([*rest, *found], False)):
            failed += _one_by_one(items, lambda some, create=create: self._apply(some, create, page))  # type: ignore[misc]
        self._problems("posts", [Unreadable(item.id, item.title, REFUSED) for item in failed])

    def _apply(self, items: Sequence[PostItem], create: bool, page: Page) -> None:
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

    def _lose(self, ids: set[int], trashed: set[int]) -> None:
        gone = {("", one): "trash" if one in trashed else "deleted" for one in ids}
        self._sums["gone"] += mark_gone(self._account_id, self._site_id, gone, cause="import", by={})

    def _tell(self, phase: str, page: Page) -> None:
        """Note what could not be taken as it is."""
        told = list(page.unreadable)
        if phase == "posts":
            told += [Unreadable(item.id, item.title, MENDED) for item in page.items if item.id in page.mended]
        self._problems(phase, told)

    def _problems(self, phase: str, found: Sequence[Unreadable]) -> None:
        now = utcnow()
        rows = [
            {
                "account_id": self._account_id,
                "import_id": self._import_id,
                "object": phase[:-1],
                "object_id": one.object_id,
                "title": _plain(one.title)[:300],
                "message": _plain(one.message),
                "created_at": now,
                "updated_at": now,
            }
            for one in found
        ]
        if rows:
            db.session.execute(insert(ImportProblem), rows)
            self._sums["problems"] += len(rows)

    def _add_up(self) -> None:
        added = {name: getattr(SiteImport, name) + count for name, count in self._sums.items() if count}
        if added:
            stmt = update(SiteImport).where(SiteImport.id == self._import_id).values(**added)
            db.session.execute(stmt.execution_options(synchronize_session=False))

    def _finish(self) -> None:
        """From now on what is new in WordPress comes in by itself (events)."""
        now = utcnow()
        stmt = update(SiteImport).where(SiteImport.id == self._import_id).values(finished_at=now)
        db.session.execute(stmt.execution_options(synchronize_session=False))
        first = upsert(SiteSync).values(site_id=self._site_id, account_id=self._account_id, imported_at=now)
        kept = {"imported_at": func.coalesce(SiteSync.imported_at, now)}
        db.session.execute(first.on_conflict_do_update(index_elements=["site_id"], set_=kept))
        events.publish(events.ImportFinished(self._account_id, self._site_id, ()))


def _plain(text: str) -> str:
    return text.replace("\0", "�").encode("utf-8", "replace").decode()


def _one_by_one(items: Sequence[T], apply: Callable[[Sequence[T]], None]) -> list[T]:
    """Apply all at once; when the database refuses, halves of them, so that only what it refuses is left out."""
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
