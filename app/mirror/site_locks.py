"""Who may send requests to a site: never more than two at a time, and publishes go first.

One publish at a time goes to a site; it uploads two images at once, or one while the site is read in bulk. Bulk readers
(imports, comparisons) ask for one page at a time, only one of them per site, and none while somebody publishes. Turns
are session-level advisory locks of PostgreSQL, so they end with the process that has them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select, text

from app.core.extensions import db

TURNS = 8_408_002  # the classes of these locks among all advisory locks
READS = 8_408_004
WAIT_SECONDS = 0.2


def _lock_connection(engine: Engine) -> Connection:
    """A database connection of its own, outside of any transaction."""
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def publish_lock(site_id: int) -> Iterator[bool]:
    """Yield True while this process holds the site's publish lock, False at once when another holds it."""
    with _lock_connection(db.engine) as connection:
        has_lock = _try(connection, TURNS, site_id)
        try:
            yield has_lock
        finally:
            if has_lock:
                _free(connection, TURNS, site_id)


@contextmanager
def read_lock(engine: Engine, site_id: int, stop: threading.Event) -> Iterator[bool]:
    """Wait until nobody publishes to the site or reads it in bulk; yield True then, False when `stop` was set first.

    Hold it for one request only. Works in any thread.
    """
    with _lock_connection(engine) as connection:
        while not (has_lock := not _is_held(connection, TURNS, site_id) and _try(connection, READS, site_id)):
            if stop.wait(WAIT_SECONDS):
                break
        try:
            yield has_lock
        finally:
            if has_lock:
                _free(connection, READS, site_id)


def is_being_read(site_id: int) -> bool:
    """Whether a request that reads the site in bulk is under way."""
    with _lock_connection(db.engine) as connection:
        return _is_held(connection, READS, site_id)


def _try(connection: Connection, kind: int, site_id: int) -> bool:
    return bool(connection.scalar(select(func.pg_try_advisory_lock(kind, site_id % 2**31))))


def _free(connection: Connection, kind: int, site_id: int) -> None:
    connection.execute(select(func.pg_advisory_unlock(kind, site_id % 2**31)))


_HELD = text(
    "select exists(select from pg_locks where locktype = 'advisory' and granted and classid = :kind and objid = :site"
    " and database = (select oid from pg_database where datname = current_database()))"
)


def _is_held(connection: Connection, kind: int, site_id: int) -> bool:
    return bool(connection.scalar(_HELD, {"kind": kind, "site": site_id % 2**31}))
