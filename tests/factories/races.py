"""Several doing the same thing at the same moment, each with a database connection of its own."""

import contextvars
import re
import threading
import time
from collections.abc import Callable
from itertools import count as numbers
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, text

from app.core.errors import DomainError
from app.core.extensions import db
from app.core.row_security import every_account

LOCKS = re.compile(r"\s*(?:update|delete|insert)\b|.*\bfor (?:no key )?(?:update|share|key share)\b", re.I | re.S)


def race(app: Flask, act: Callable[[int], Any], count: int = 2) -> list[Any]:
    """What `act(number)` gave or raised in each of `count` threads that start together, each committed."""
    start, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        with app.app_context(), every_account("a test looks on"):
            start.wait()
            try:
                results[number] = act(number)
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                results[number] = error
            finally:
                db.session.remove()

    db.session.commit()
    threads = [threading.Thread(target=contextvars.Context().run, args=(run, number)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    db.session.expire_all()
    return results


class _Meeting:
    """One function stops once it has sent so many statements that lock, until the other has ended or has to wait."""

    def __init__(self, engine: Engine, stop_after: int) -> None:
        self._engine, self._left, self._thread = engine, stop_after, 0
        self._other_process = self._other_sent = 0
        self._other_ended = threading.Event()
        self.stopped = threading.Event()
        self.at_its_first = False  # the other had to wait before it had locked anything: so it is from here on

    def act(self, function: Callable[[], Any]) -> None:
        self._thread = threading.get_ident()
        function()

    def act_meanwhile(self, function: Callable[[], Any]) -> None:
        try:
            self._other_process = db.session.scalar(text("select pg_backend_pid()")) or 0
            function()
        finally:
            db.session.rollback()
            self._other_ended.set()

    def after_statement(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not LOCKS.match(statement):
            return
        if threading.get_ident() != self._thread:
            self._other_sent += 1
            return
        self._left -= 1
        if not self._left:
            self.stopped.set()
            deadline = time.monotonic() + 30
            while not self._other_ended.wait(0.002) and not self._is_other_kept() and time.monotonic() < deadline:
                continue
            self.at_its_first = not self._other_ended.is_set() and not self._other_sent

    def _is_other_kept(self) -> bool:
        stmt = text("select cardinality(pg_blocking_pids(:process)) > 0")
        with self._engine.connect() as connection:
            return bool(self._other_process and connection.scalar(stmt, {"process": self._other_process}))


def meet_at_each_lock(app: Flask, engine: Engine, one: Callable[[], Any], other: Callable[[], Any]) -> list[Exception]:
    """What was raised when `other` came while `one` had locked its first row, its second, and so on.

    Errors that a person can act on do not count. Nothing is committed; `engine` looks on.
    """
    raised: list[Exception] = []

    def run(act: Callable[[Callable[[], Any]], None], function: Callable[[], Any]) -> None:
        with app.app_context(), every_account("a test looks on"):
            try:
                act(function)
            except DomainError:
                pass
            except Exception as error:
                raised.append(error)
            finally:
                db.session.remove()

    db.session.commit()
    for stop_after in numbers(1):
        meeting = _Meeting(engine, stop_after)
        event.listen(db.engine, "after_cursor_execute", meeting.after_statement)
        threads = [
            threading.Thread(target=contextvars.Context().run, args=(run, *args))
            for args in ((meeting.act, one), (meeting.act_meanwhile, other))
        ]
        try:
            threads[0].start()
            while threads[0].is_alive() and not meeting.stopped.wait(0.005):
                continue
            if meeting.stopped.is_set():
                threads[1].start()
                threads[1].join(30)
            threads[0].join(30)
        finally:
            event.remove(db.engine, "after_cursor_execute", meeting.after_statement)
        if meeting.at_its_first or not meeting.stopped.is_set():
            break
    return raised
