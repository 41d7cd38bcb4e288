"""One publish at a time to a site: with its two uploads at once, a site never gets more than two requests.

The turn is a session-level advisory lock of PostgreSQL, so it ends with the process that has it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from app.extensions import db

TURNS = 8_408_002  # the class of these locks among all advisory locks


@contextmanager
def turn(site_id: int) -> Iterator[bool]:
    """Yield True while this process has the site's turn, False at once when another has it.

    The lock is on a connection of its own, outside of any transaction.
    """
    key = site_id % 2**31
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = bool(connection.scalar(select(func.pg_try_advisory_lock(TURNS, key))))
        try:
            yield got
        finally:
            if got:
                connection.execute(select(func.pg_advisory_unlock(TURNS, key)))
