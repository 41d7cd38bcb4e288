"""How long the server takes for a page of each list, at any depth, sorted, filtered and searched, beside an empty page.

`python -m benchmarks lists` makes one site with DATA_ROWS (200,000) contents and as many keywords, a cluster for every
200 of them, 400 terms, a fifth as many ideas, tasks and audit events and a tenth as many runs, and another one that
begins from BASE_ROWS. Of each page it prints the median and the 95th percentile of ROUNDS whole requests of a signed-in
owner, what of it is the database's, and the size of the answer, and says FAIL where it misses the goal: at most
GOAL_MS, at most GOAL_FACTOR times what it is with BASE_ROWS, at most GOAL_BYTES.

The milliseconds are those that processors worked for the request, here and in its process of PostgreSQL: what else the
machine does changes them little. Beside them stands what the clock said. LISTS_FOLDER keeps the database between runs.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from app.core.extensions import db, limiter
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.redis_server import EmbeddedRedis
from benchmarks.list_rows import EMAIL, PASSWORD, fill
from benchmarks.live import environment_of, make_app

ROWS = int(os.environ.get("DATA_ROWS", "200000"))
BASE_ROWS = 10_000
ROUNDS = int(os.environ.get("ROUNDS", "15"))
GOAL_MS, GOAL_FACTOR, GOAL_BYTES = 50.0, 1.5, 60_000
PAGES = (
    ("empty page", "/help/errors/"),
    ("dashboard", "/dashboard/"),
    ("content, first page", "/content/"),
    ("content, page 200", "/content/?page=200"),
    ("content, page 2,000", "/content/?page=2000"),
    ("content, last page by number", "/content/?page={last}"),
    ("content, last page", "/content/?page=last"),
    ("content by title", "/content/?sort=title"),
    ("content by title, page 2,000", "/content/?sort=title&page=2000"),
    ("content by structure", "/content/?sort=structure"),
    ("content by state", "/content/?sort=-state"),
    ("content of a type", "/content/?type=Product"),
    ("content of a state", "/content/?state=draft"),
    ("content of a cluster", "/content/?cluster=5"),
    ("content in no cluster", "/content/?cluster=none"),
    ("content with a kind of term", "/content/?taxonomy=tag"),
    ("content with a term", "/content/?term=7"),
    ("content, filters combined", "/content/?type=Article&state=live&source=wordpress&sync=in_step"),
    ("content, filters that fit rarely", "/content/?type=Product&state=draft&cluster=5&term=7"),
    ("content, filters by title", "/content/?type=Page&state=draft&sort=title"),
    ("content, one word", "/content/?q=espresso"),
    ("content, three words", "/content/?q=espresso+water+best"),
    ("content, a word by title", "/content/?q=espresso&sort=title"),
    ("content, a word and filters", "/content/?q=espresso&type=Page&state=draft"),
    ("content, a rare word", "/content/?q=9999"),
    ("keywords, first page", "/planner/keywords/"),
    ("keywords, page 200", "/planner/keywords/?page=200"),
    ("keywords, page 2,000", "/planner/keywords/?page=2000"),
    ("keywords, last page by number", "/planner/keywords/?page={last}"),
    ("keywords, last page", "/planner/keywords/?page=last"),
    ("keywords by keyword", "/planner/keywords/?sort=keyword"),
    ("keywords by difficulty", "/planner/keywords/?sort=-difficulty"),
    ("keywords by CPC", "/planner/keywords/?sort=cpc"),
    ("keywords by intent", "/planner/keywords/?sort=intent"),
    ("keywords by country", "/planner/keywords/?sort=country"),
    ("keywords by cluster", "/planner/keywords/?sort=cluster"),
    ("keywords by date", "/planner/keywords/?sort=-added"),
    ("keywords, range of volume", "/planner/keywords/?volume=1000-9999"),
    ("keywords, range of difficulty", "/planner/keywords/?difficulty=30-49"),
    ("keywords, ranges combined", "/planner/keywords/?volume=20-30&difficulty=30-49&intent=commercial"),
    ("keywords of an intent", "/planner/keywords/?intent=commercial"),
    ("keywords of no intent here", "/planner/keywords/?intent=local"),
    ("keywords of a country", "/planner/keywords/?country=DE"),
    ("keywords in no cluster", "/planner/keywords/?cluster=none"),
    ("keywords of a cluster", "/planner/keywords/?cluster=5"),
    ("keywords, one word", "/planner/keywords/?q=espresso"),
    ("keywords, three words", "/planner/keywords/?q=espresso+water+best"),
    ("keywords, a word and filters", "/planner/keywords/?q=espresso&intent=commercial&volume=1000-"),
    ("keywords, a rare word", "/planner/keywords/?q=9999"),
    ("clusters", "/planner/clusters/"),
    ("clusters, last page", "/planner/clusters/?page=last"),
    ("clusters by name", "/planner/clusters/?sort=name"),
    ("clusters by keywords", "/planner/clusters/?sort=-keywords"),
    ("clusters, search", "/planner/clusters/?q=cluster+4"),
    ("clusters without content", "/planner/clusters/?uncovered=1"),
    ("cluster", "/planner/clusters/5/"),
    ("ideas", "/planner/ideas/"),
    ("ideas, last page", "/planner/ideas/?page=last"),
    ("ideas by title", "/planner/ideas/?sort=title"),
    ("ideas by cluster", "/planner/ideas/?sort=cluster"),
    ("ideas, open of a type", "/planner/ideas/?state=open&type=Page"),
    ("ideas, one word", "/planner/ideas/?q=espresso"),
    ("tasks", "/writer/tasks/"),
    ("tasks, last page", "/writer/tasks/?page=last"),
    ("tasks by title", "/writer/tasks/?sort=title"),
    ("tasks, queued of a type", "/writer/tasks/?status=queued&type=Page"),
    ("tasks, one word", "/writer/tasks/?q=espresso"),
    ("calendar", "/calendar/"),
    ("runs", "/runs/menu/"),
    ("publish batches", "/publishing/batches/"),
    ("audit log", "/account/audit/"),
    ("audit log, last page", "/account/audit/?page=last"),
    ("audit log, one word", "/account/audit/?q=espresso"),
)


class Backends:
    """The processes of PostgreSQL that answer an engine, and how long processors have worked for them."""

    def __init__(self) -> None:
        self.ids: set[int] = set()

    def watch(self, engine: Engine) -> None:
        """Know those that connect from now on."""
        engine.dispose()
        event.listen(engine, "connect", lambda connection, _: self.ids.add(connection.info.backend_pid))

    def milliseconds(self) -> float:
        """All of them together, since they began; parallel workers of theirs are not counted."""
        files = (Path(f"/proc/{backend}/schedstat") for backend in self.ids)
        return sum(int(file.read_text().split()[0]) for file in files if file.exists()) / 1e6


@contextmanager
def place(
    rows: int, kept: str = "", fill_more: Callable[[str], None] | None = None
) -> Iterator[tuple[FlaskClient, Backends]]:
    """A browser signed in to a site with that many rows, in the folder `kept`, and what of PostgreSQL answers it.

    `fill_more` adds to the rows; it gets the database's address as its owner.
    """
    folder = Path(kept or tempfile.mkdtemp(prefix="igny8-lists-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    try:
        application = make_app({**environment_of(folder, postgres, redis), "DATABASE_APP_URL": postgres.app_url})
        application.config["WTF_CSRF_ENABLED"] = limiter.enabled = False
        with application.app_context():
            fill(postgres.url, rows)
            if fill_more is not None:
                fill_more(postgres.url)
            backends = Backends()
            backends.watch(db.engine)
        client = application.test_client()
        client.post("/login", data={"email": EMAIL, "password": PASSWORD})
        yield client, backends
    finally:
        redis.stop()
        postgres.stop()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Figures:
    """Milliseconds of work for a page, those of the database, those of the clock, and bytes of its answer."""

    median: float
    p95: float
    database: float
    clock: float
    size: int

    def misses(self, base: "Figures") -> list[str]:
        """In words, how it misses the goal."""
        factor = self.median / base.median
        return [
            *([f"over {GOAL_MS:.0f} ms"] if self.p95 > GOAL_MS else []),
            *([f"{factor:.1f} times that of {BASE_ROWS:,} rows"] if factor > GOAL_FACTOR else []),
            *([f"over {GOAL_BYTES:,} bytes"] if self.size > GOAL_BYTES else []),
        ]


def figures_of(client: FlaskClient, backends: Backends, path: str) -> Figures:
    """Of ROUNDS requests, after one that is not counted."""
    whole, database, clock, size = [], [], [], 0
    for _ in range(ROUNDS + 1):
        here, there, started = time.process_time(), backends.milliseconds(), time.perf_counter()
        answer = client.get(path)
        clock.append((time.perf_counter() - started) * 1000)
        database.append(backends.milliseconds() - there)
        whole.append((time.process_time() - here) * 1000 + database[-1])
        assert answer.status_code == 200, (path, answer.status_code)
        size = len(answer.data)
    p95 = statistics.quantiles(whole[1:], n=20, method="inclusive")[-1]
    median = statistics.median
    return Figures(median(whole[1:]), p95, median(database[1:]), median(clock[1:]), size)


def measured(rows: int, kept: str = "") -> Iterator[tuple[str, Figures]]:
    """Each page with that many rows."""
    with place(rows, kept) as (client, backends):
        for words, path in PAGES:
            yield words, figures_of(client, backends, path.format(last=-(-rows // 50)))


def main() -> None:
    """Print the table."""
    base = dict(measured(BASE_ROWS))
    print(f"{ROWS:,} contents and {ROWS:,} keywords beside {BASE_ROWS:,}; {ROUNDS} requests of each page")
    print(f"  {'':34} {'base':>8} {'median':>8} {'p95':>8} {'database':>8} {'clock':>8} ms      size")
    missed = 0
    for words, now in measured(ROWS, os.environ.get("LISTS_FOLDER", "")):
        misses = now.misses(base[words])
        missed += bool(misses)
        times = f"{base[words].median:8.1f} {now.median:8.1f} {now.p95:8.1f} {now.database:8.1f} {now.clock:8.1f}"
        print(
            f"  {words:34} {times} {now.size / 1000:8.0f} KB  {'FAIL: ' if misses else ''}{', '.join(misses)}",
            flush=True,
        )
    print(f"{len(PAGES) - missed} of {len(PAGES)} pages hold the goal.")


if __name__ == "__main__":
    main()
