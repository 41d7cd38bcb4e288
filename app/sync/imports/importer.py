"""An import of a site, from where it stopped to its end: terms, then posts, page by page.

A page and the cursor behind it are stored in one transaction, so that a worker killed anywhere costs one page, which is
read again. The next page is read while this one is stored. No transaction is open while the site is asked.
"""

import gc
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import OperationalError

from app.core.actor import THE_APP
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.lock_order import is_deadlock
from app.core.logs import get_logger
from app.core.queue import depths
from app.core.runs import Cancelled, Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.tenancy import owned
from app.sites.connection import credentials_for
from app.sites.models import Site
from app.sites.wordpress import Credentials
from app.sites.wordpress_errors import WordPressError
from app.suggestions import services as suggestions
from app.sync.imports import limits, site_imports
from app.sync.imports.reader import Reader, ReadPage, open_reader, wait_for
from app.sync.imports.store import Position, Store

SLICE_SECONDS, LONGEST_SLICE = 15.0, 600.0
TRIES = 3
AT_ONCE = 100_000  # objects of some pages
STEPS = {"terms": "Reading categories, tags and other terms", "posts": "Importing"}
log = get_logger(__name__)


@contextmanager
def _gc_frozen() -> Iterator[None]:
    """Keep the garbage collector off the application's own half million objects: that saves a third of the time."""
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(AT_ONCE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def import_site(context: RunContext) -> Outcome:
    """Import the run's site, then start suggesting clusters for the imported content. Commits."""
    account_id, site_id, actor_id = context.run.account_id, context.run.site_id, context.run.actor_id
    outcome = Importer(context).work()
    assert site_id is not None
    asker = replace(THE_APP, id=actor_id)  # it follows from what they were allowed to start
    suggestions.start_suggesting(account_id, site_id, asker)
    db.session.commit()
    return outcome


class Importer:
    """One slice of an import: from the cursor to the end, or until others want the worker or a person stops it."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._run_id = context.run.id
        self._account_id = context.run.account_id
        self._started = self._stored_at = time.monotonic()

    def work(self) -> Outcome:
        """Go on. Raises WordPressError, TryAgain, Cancelled or LeaseLost."""
        site_import = site_imports.claim_import(self._account_id, self._run_id)
        self._at = Position.of(site_import)
        self._site_id, types = site_import.site_id, list(site_import.types)
        self._store = Store(site_import)
        credentials = credentials_for(owned(Site, site_import.site_id, self._account_id))
        db.session.commit()
        try:
            self._report_progress()
            with _gc_frozen():
                self._read(credentials, types)
        except Cancelled:
            raise Cancelled(site_imports.stopped_message(self._account_id, self._run_id)) from None
        except WordPressError as error:
            raise self._after(error, credentials)
        return site_imports.outcome_of(self._account_id, self._run_id)

    def _read(self, credentials: Credentials, types: list[str]) -> None:
        with open_reader(credentials, types) as reader:
            if self._at.phase == "terms":
                if self._at.total is None:
                    self._at.total = wait_for(reader.ask_total(), self._context)
                self._read_phase(reader)
            if self._at.phase == "posts":
                self._read_phase(reader)

    def _read_phase(self, reader: Reader) -> None:
        ahead = reader.ask_page(self._at.phase, self._at.cursor, self._at.page_limit, count=True)
        phase = self._at.phase
        while self._at.phase == phase:
            page = self._receive(reader, ahead)
            if page is None:
                ahead = reader.ask_page(phase, self._at.cursor, self._at.page_limit)
                continue
            self._at.page_limit = limits.next_limit(self._at.page_limit, page.seconds)
            if page.has_more:
                ahead = reader.ask_page(phase, page.last, self._at.page_limit)
            absent = self._store.absent(phase, page)
            unknown_ids = self._store.unknown_terms(page) if phase == "posts" else []
            db.session.commit()
            futures = (
                reader.ask_items(phase, sorted(absent)) if absent else None,
                reader.ask_items("terms", unknown_ids) if unknown_ids else None,
            )
            present_items, terms = (wait_for(future, self._context) if future else [] for future in futures)
            self._keep(page, absent, present_items, terms)
            self._yield_worker()

    def _receive(self, reader: Reader, ahead: Future[ReadPage]) -> ReadPage | None:
        """The requested page; None when it was too much: then less is asked for next, or one item was skipped."""
        try:
            return wait_for(ahead, self._context)
        except WordPressError as error:
            if limits.is_to_be_skipped(error, self._at.page_limit, self._at.failures):
                self._skip(reader, error)
            elif error.code == "TOO_LARGE" and self._at.page_limit > 1:
                self._at.page_limit = limits.limit_after(error, self._at.page_limit)
            else:
                raise
        return None

    def _skip(self, reader: Reader, error: DomainError) -> None:
        object_id = wait_for(reader.ask_next_id(self._at.phase, self._at.cursor), self._context)
        self._at = self._store.skip(self._at, object_id, f"It could not be read and was left out: {error.message}")
        db.session.commit()
        log.warning("import_skipped", object_id=object_id, code=error.code)
        self._report_progress()

    def _keep(self, page: ReadPage, absent: set[int], present_items: list[Any], terms: list[Any]) -> None:
        """Store the page and move the cursor; tried again when PostgreSQL ended a deadlock."""
        for attempt in range(1, TRIES + 1):
            before = self._at
            try:
                now = time.monotonic()
                self._at = self._store.keep(before, page, absent, present_items, terms, now - self._stored_at)
                db.session.commit()
                break
            except OperationalError as error:
                db.session.rollback()
                if not is_deadlock(error) or attempt == TRIES:
                    raise
        self._stored_at = now
        db.session.expunge_all()
        self._report_progress()

    def _report_progress(self) -> None:
        step = STEPS.get(self._at.phase, "Finishing")
        self._context.progress(step=step, done=self._at.done, total=self._at.total)

    def _yield_worker(self) -> None:
        """Let others have the worker now and then; the import goes on where it is."""
        spent = time.monotonic() - self._started
        if self._at.phase == "done" or spent < SLICE_SECONDS:
            return
        if spent > LONGEST_SLICE or any(depths().values()):
            raise TryAgain(timedelta(0), "Letting shorter work go first", counts=False)

    def _after(self, error: WordPressError, credentials: Credentials) -> Exception:
        """The exception to raise after a failure of the site: wait and go on, or end with an error and its cure."""
        if error.code in ("PLUGIN_MISSING", "ROUTE_UNKNOWN") and site_imports.plugin_answers(credentials):
            return site_imports.plugin_too_old_error()
        if not limits.may_recover(error):
            return error
        failures = site_imports.count_failure(
            self._account_id, self._run_id, limits.limit_after(error, self._at.page_limit), self._at.total
        )
        delay = limits.import_retry_delay(error, failures)
        if delay is None:
            site_imports.reset_failures(self._account_id, self._run_id)
            return error
        return TryAgain(delay, f"{error.message} Trying again in {delay.seconds} s", counts=False)
