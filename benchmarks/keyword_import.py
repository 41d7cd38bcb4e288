"""Importing 100,000 keywords from a file against a raw COPY of the same rows.

The import is the real one: the file as it was uploaded, a run, a worker's execution of it, as the application's role
under row-level security. The COPY is the database owner's, into a table of the same columns and indexes, of values that
were made ready before. Both sides take turns on the same server. IMPORT_KEYWORDS names another number of rows. Says
FAIL where an import takes more than MOST_TIMES as long, and ends so.
"""

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import delete, func, select

import jobs
from app.accounts.services import accounts_of, sign_up
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.queue import redis_connection
from app.core.row_security import act_for
from app.core.runs import Run
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.redis_server import EmbeddedRedis
from app.planner.actions import start_keyword_import
from app.planner.imports.runs import Source
from app.planner.models import Keyword
from app.sites.services import add_site
from benchmarks.list_rows import WORDS
from benchmarks.live import environment_of, make_app

ROWS = int(os.environ.get("IMPORT_KEYWORDS", "100000"))
ROUNDS = 5
MOST_TIMES = 3  # as long as the COPY
INTENTS = ("informational", "commercial", "transactional", "navigational")
COLUMNS = (
    "account_id, site_id, sector_id, keyword, normalised, volume, difficulty, cpc, intent, country, "
    "created_at, updated_at"
)


@dataclass(frozen=True)
class Place:
    """The owner's connection to the database, and whose keywords they are."""

    owner: "psycopg.Connection[Any]"
    account_id: int
    site_id: int


@contextmanager
def place() -> Iterator[Place]:
    """A database and a site without keywords, and beside their table an empty one that is the same."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-keywords-"))
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    try:
        application = make_app({**environment_of(folder, postgres, redis), "DATABASE_APP_URL": postgres.app_url})
        with application.app_context(), psycopg.connect(postgres.url, autocommit=True) as owner:
            user = sign_up(email="bench@example.com", name="Bench", password="benchmark only", account_name="Bench")
            account_id = accounts_of(user.id)[0].id
            act_for(account_id)
            site = add_site(account_id, name="Bench", url="https://bench.example.com", time_zone="UTC", sectors=[])
            db.session.commit()
            owner.execute("create table copied (like keywords including all)")
            yield Place(owner, account_id, site.id)
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def make_file() -> bytes:
    """A CSV export with figures, one in ten keywords beyond ASCII."""
    dice = random.Random(20)
    lines = ["Keyword,Volume,Difficulty,CPC,Intent,Country"]
    for number in range(ROWS):
        words = " ".join(dice.choices(WORDS, k=3)) + (" für zuhause" if number % 10 == 0 else "")
        figures = f"{dice.randrange(10, 50_000)},{dice.randrange(101)},{dice.randrange(500) / 100},"
        lines.append(f"{words} {number},{figures}{dice.choice(INTENTS)},US")
    return "\n".join(lines).encode()


def imported(where: Place, data: bytes) -> float:
    """Seconds from the upload to the end of the run."""
    started = time.perf_counter()
    run = start_keyword_import(where.account_id, THE_APP, where.site_id, Source(data))
    db.session.commit()
    redis_connection().flushdb()  # nobody waits for a worker here
    run_id = run.id
    jobs.execute(str(run_id))
    seconds = time.perf_counter() - started
    db.session.expire_all()
    run = db.session.get_one(Run, run_id)
    stored = db.session.scalar(select(func.count()).select_from(Keyword))
    if run.state != "succeeded" or stored != ROWS:
        raise SystemExit(f"The import did not succeed: {run.state} {run.message} {run.error}, {stored} keywords")
    return seconds


def copied(where: Place, rows: list[tuple[Any, ...]]) -> float:
    """Seconds of the COPY."""
    started = time.perf_counter()
    with where.owner.cursor() as cursor, cursor.copy(f"copy copied ({COLUMNS}) from stdin".encode()) as copy:
        for row in rows:
            copy.write_row(row)
    return time.perf_counter() - started


def main() -> int:
    """Print both, and their ratio; 1 where it misses the goal."""
    data = make_file()
    with place() as where:
        imported(where, data)  # warm, and the rows to copy
        rows = where.owner.execute(f"select {COLUMNS} from keywords order by id".encode()).fetchall()
        ours, theirs = [], []
        for _ in range(ROUNDS):
            db.session.execute(delete(Keyword))
            db.session.commit()
            where.owner.execute("truncate copied")
            where.owner.execute("vacuum (analyze) keywords")
            theirs.append(copied(where, rows))
            ours.append(imported(where, data))
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    print(f"{ROWS:,} keywords; median of {ROUNDS} rounds")
    print(f"  raw COPY, the same columns and indexes  {statistics.median(theirs):6.2f} s")
    print(f"  import, from the upload to its end      {statistics.median(ours):6.2f} s", end="")
    ratio, between = statistics.median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}"
    holds = ratio <= MOST_TIMES
    print(f"   ratio {ratio:.2f} ({between}; goal {MOST_TIMES})  {'PASS' if holds else 'FAIL'}")
    return int(not holds)


if __name__ == "__main__":
    raise SystemExit(main())
