"""Comparing a site with what we know of it: hashes of everything, then what differs, one gentle request at a time.

Finds what no event reported: edits straight in the database, posts that vanished, posts whose content is not here. No
transaction is open while the site is asked; each page is stored by itself, so starting again costs little.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.lock_order import is_deadlock
from app.core.logs import get_logger
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.context import TryAgain
from app.core.tenancy import owned
from app.mirror.apply import apply_post_items, apply_term_pages
from app.mirror.site_locks import read_lock
from app.mirror.terms import apply_term_items, unknown_terms
from app.mirror.wire import PostItem, TermItem, Wire
from app.sites.connection import credentials_for, open_client
from app.sites.health import refuse_moved
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from app.sites.wordpress_errors import WordPressError
from app.sync.imports.limits import MAX_PAGE_BYTES, READ_SECONDS
from app.sync.imports.reader import item_id, trashed_of
from app.sync.reconcile import hashes
from app.sync.reconcile.hashes import ComparedPage, Hashes, Report
from app.sync.run_kinds import COMPARE

HASHES, FEWEST, TERMS, IDS = 5000, 500, 500, 100
FAST_SECONDS, SLOW_SECONDS, LONGEST_PAUSE = 4.0, 8.0, 10.0
TRIES, AGAIN = 3, timedelta(minutes=5)
NAMED = 50
T = TypeVar("T", PostItem, TermItem)
log = get_logger(__name__)


def start_comparison(site: Site, actor: Actor, queue: str = "bulk") -> Run:
    """Start comparing this site; a comparison under way is returned. Flushes."""
    return start_run(
        account_id=site.account_id,
        kind=COMPARE,
        title=f"Compare {site.name} with WordPress",
        actor=actor,
        site_id=site.id,
        subject_type="site",
        subject_id=site.id,
        params={"site_id": site.id},
        queue=queue,
        exclusive_key=f"{COMPARE.name}:{site.id}",
    )


class SiteComparison:
    """One comparison of one site."""

    def __init__(self, context: RunContext, page: int = HASHES) -> None:
        self._context = context
        self._account_id, self._attempt = context.run.account_id, context.run.attempt
        self._site_id = int(context.run.params["site_id"])
        self._limit = page
        self._stop = threading.Event()
        self._trashed: set[int] = set()
        self._unreadable: set[tuple[type[Wire], int | None]] = set()  # they are there, and no more is known of them
        self.report = Report()

    def work(self) -> Outcome:
        """Go through terms and posts. Raises WordPressError, TryAgain, Cancelled or LeaseLost."""
        site = owned(Site, self._site_id, self._account_id)
        refuse_moved(site)
        credentials = credentials_for(site)
        self._wanted = hashes.scope_of(self._site_id)
        db.session.commit()
        try:
            with open_client(credentials, max_bytes=MAX_PAGE_BYTES) as client:
                self._client: WordPressClient = client
                self._compare_terms()
                self._compare_posts()
                self._check_trash()
        except WordPressError as error:
            if error.retryable and self._attempt < TRIES:
                raise TryAgain(AGAIN, f"{error.message} Trying again in {AGAIN.seconds // 60} min") from error
            raise
        return self._outcome()

    def _outcome(self) -> Outcome:
        report = self.report
        query = "both" if report.kept else "gone" if report.gone else ""
        link = f"/content/?site={self._site_id}&sync={query}" if query else None
        if report.orphan_count and not link:
            link = f"/sites/{self._site_id}/settings/?tab=health"
        return Outcome(report.summary(), link=link, data=dict(vars(report)))

    def _ask(self, route: str, query: dict[str, str]) -> tuple[dict[str, Any], float]:
        """The answer and the seconds it took. Publishes go first, and a slow answer is followed by a pause."""
        self._context.check()
        with read_lock(db.engine, self._site_id, self._stop):
            started = time.monotonic()
            answer = self._client.get(route, query, read_seconds=READ_SECONDS)
            seconds = time.monotonic() - started
        if seconds > SLOW_SECONDS:
            time.sleep(min(LONGEST_PAUSE, seconds / 2))
        return answer, seconds

    def _by_ids(self, route: str, ids: Sequence[int], model: type[T]) -> Iterator[list[T]]:
        """Ask for these posts or terms, some at a time.

        Returns those that exist and are readable; notes which are in the trash.
        """
        for start in range(0, len(ids), IDS):
            after, part = 0, ",".join(map(str, ids[start : start + IDS]))
            while True:
                answer, _seconds = self._ask(route, {"ids": part, "after": str(after)})
                self._trashed.update(trashed_of(answer))
                yield self._valid(answer.get("items"), model)
                following = answer.get("next")
                if not isinstance(following, int) or following <= after:
                    break
                after = following

    def _valid(self, raw: Any, model: type[T]) -> list[T]:
        items = []
        for entry in raw if isinstance(raw, list) else []:
            try:
                items.append(model.model_validate(entry))
            except ValidationError as error:
                log.warning("item_unreadable", site_id=self._site_id, error=str(error.errors()[0]["loc"]))
                self._unreadable.add((model, item_id(entry, "term_id" if model is TermItem else "id")))
        return items

    def _store(self, write: Callable[[], None]) -> None:
        """Write and commit; tried again when PostgreSQL ended a deadlock."""
        for attempt in range(1, TRIES + 1):
            try:
                write()
                db.session.commit()
                break
            except OperationalError as error:
                db.session.rollback()
                if not is_deadlock(error) or attempt == TRIES:
                    raise
        db.session.expunge_all()

    def _compare_terms(self) -> None:
        self._context.progress(step="Comparing terms")
        known_keys, asked_at = hashes.known_terms(self._site_id), utcnow()
        db.session.commit()
        missing, after = set(known_keys), 0
        while True:
            answer, _seconds = self._ask("taxonomies", {"after": str(after), "limit": str(TERMS)})
            items = self._valid(answer.get("items"), TermItem)
            missing -= {item.key for item in items}
            applicable = items if self._wanted.types else [item for item in items if item.key in known_keys]
            self._store(lambda applicable=applicable: self._apply_terms(applicable))  # type: ignore[misc]
            self.report.terms += len(items)
            following = answer.get("next")
            if not isinstance(following, int) or following <= after:
                break
            after = following
        names = {str(taxonomy.get("name")) for taxonomy in answer.get("taxonomies") or [] if isinstance(taxonomy, dict)}
        self._forget_missing_terms({key for key in missing if key[0] in names}, asked_at)

    def _apply_terms(self, items: list[TermItem]) -> None:
        apply_term_items(self._account_id, self._site_id, items)
        self.report.updated += apply_term_pages(self._account_id, self._site_id, items, cause=COMPARE.name).updated

    def _forget_missing_terms(self, missing: set[tuple[str, int]], asked_at: datetime) -> None:
        for page in self._by_ids("taxonomies", sorted({key[1] for key in missing}), TermItem):
            missing -= {item.key for item in page}
        now = hashes.known_terms(self._site_id)
        missing_keys = {key for key in missing if key in now and (TermItem, key[1]) not in self._unreadable}
        if missing_keys:
            self._store(lambda: self._forget(missing_keys))

    def _forget(self, missing_keys: set[tuple[str, int]]) -> None:
        self.report.terms_gone = hashes.forget_missing_terms(self._account_id, self._site_id, missing_keys)

    def _compare_posts(self) -> None:
        after, total = 0, None
        while True:
            query = {"fields": "hashes", "after": str(after), "limit": str(self._limit)}
            read_at = utcnow()
            answer, seconds = self._ask("posts", query if total else query | {"count": "1"})
            lines = hashes.read_hashes(answer.get("items"))
            total = total or int(answer.get("total") or 0)
            following = answer.get("next")
            last = following if isinstance(following, int) and following > after else None
            page = hashes.compare_page(self._site_id, lines, after, last, read_at)
            orphan_ids = hashes.orphans(self._site_id, page.named)
            db.session.commit()
            self._apply_page(page, orphan_ids, lines, read_at)
            self._context.progress(step="Comparing posts", done=self.report.posts, total=max(total, self.report.posts))
            self._limit = self._next_limit(seconds)
            if last is None:
                break
            after = last

    def _next_limit(self, seconds: float) -> int:
        if seconds > SLOW_SECONDS:
            return max(FEWEST, self._limit // 2)
        return min(HASHES, self._limit * 2) if seconds < FAST_SECONDS else self._limit

    def _apply_page(self, page: ComparedPage, orphan_ids: set[int], lines: Sequence[Hashes], read_at: datetime) -> None:
        self.report.posts += len(lines)
        self.report.same += page.same
        self._report_orphans(orphan_ids)
        named = [post_id for post_id in page.new if post_id in page.named and post_id not in orphan_ids]
        new = [post_id for post_id in page.new if post_id not in page.named] if self._wanted.types else []
        self.report.unknown += len(page.new) - len(named) - len(new) - len(orphan_ids)
        for items in self._by_ids("posts", sorted([*page.differing, *named, *new]), PostItem):
            self._take(items, set(new), read_at)
        self._fetch_missing(page.missing)

    def _take(self, items: list[PostItem], new: set[int], read_at: datetime) -> None:
        """Apply these items; terms that are not known yet are asked for first."""
        wanted_items = [item for item in items if item.id not in new or self._wanted.takes(item)]
        self.report.unknown += len(items) - len(wanted_items)
        unknown_ids = unknown_terms(self._site_id, [item.terms for item in wanted_items])
        db.session.commit()
        terms = [item for page in self._by_ids("taxonomies", unknown_ids, TermItem) for item in page]
        if wanted_items:
            self._store(lambda: self._apply(wanted_items, terms, read_at))

    def _apply(self, items: list[PostItem], terms: list[TermItem], read_at: datetime) -> None:
        apply_term_items(self._account_id, self._site_id, terms)
        applied = apply_post_items(
            self._account_id, self._site_id, items, create=bool(self._wanted.types), read_at=read_at, cause=COMPARE.name
        )
        self.report.updated += applied.updated
        self.report.kept += applied.kept
        self.report.added += applied.created
        self.report.same += applied.unchanged
        self.report.unknown += applied.ignored

    def _fetch_missing(self, missing: list[int]) -> None:
        """Ask by id for what was not listed: it may be of a type that is no longer listed."""
        if not missing:
            return
        asked_at = utcnow()
        absent = set(missing)
        for items in self._by_ids("posts", missing, PostItem):
            absent -= {item.id for item in items}
            self._take(items, set(), asked_at)
        absent = {post_id for post_id in absent if (PostItem, post_id) not in self._unreadable}
        if absent:
            where = {post_id: "trash" if post_id in self._trashed else "deleted" for post_id in absent}
            self._store(lambda: self._mark_missing(where, asked_at))

    def _check_trash(self) -> None:
        """Check whether what was in the trash was deleted since; what came back from it was in the listing."""
        trashed_ids = hashes.in_trash(self._site_id)
        db.session.commit()
        found_ids: set[int] = set()
        for items in self._by_ids("posts", trashed_ids, PostItem):
            found_ids |= {item.id for item in items}
        existing_ids = found_ids | self._trashed
        emptied = [
            post_id
            for post_id in trashed_ids
            if post_id not in existing_ids and (PostItem, post_id) not in self._unreadable
        ]
        if emptied:
            self._store(lambda: hashes.mark_emptied(self._account_id, self._site_id, emptied))

    def _mark_missing(self, where: dict[int, str], asked_at: datetime) -> None:
        self.report.gone += hashes.mark_missing(self._account_id, self._site_id, where, asked_at)

    def _report_orphans(self, orphan_ids: set[int]) -> None:
        self.report.orphan_count += len(orphan_ids)
        room = sorted(orphan_ids)[: NAMED - len(self.report.orphans)]
        for items in self._by_ids("posts", room, PostItem):
            self.report.orphans += [{"id": item.id, "title": item.title[:200], "url": item.permalink} for item in items]


def newest_comparisons(site: Site, limit: int) -> Sequence[Run]:
    """The last comparisons of a site, the newest first."""
    stmt = select(Run).where(Run.account_id == site.account_id, Run.site_id == site.id, Run.kind == COMPARE.name)
    return db.session.scalars(stmt.order_by(Run.created_at.desc()).limit(limit)).all()
