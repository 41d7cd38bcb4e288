"""Moving in an old installation: 100,000 keywords, 20,000 posts, 200,000 metas, then twice as many.

The dump is the real use case's: taken over, read by a run, moved by a run, checked, moved again (0 changes) and undone,
as the application's role under row-level security. Says FAIL and ends so when the first takes more than MOST_SECONDS,
the process holds more than MOST_MEGABYTES in all (it works as a worker does), the second import changes something, or
twice the rows take more than GROWTH times as long. LEGACY_KEYWORDS names another number of keywords; the rest is in
proportion.
"""

import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

import jobs
from app import create_app
from app.accounts.services import accounts_of, sign_up
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.redis_server import EmbeddedRedis
from app.identity.people import find_user
from app.legacy_import import actions
from app.legacy_import.actions import MoveChoices
from app.legacy_import.models import LegacyImport
from app.planner.models import Keyword
from app.sites.services import add_site
from benchmarks.live import environment_of, make_app
from tests.factories.old_plugin import Size, statements

KEYWORDS = int(os.environ.get("LEGACY_KEYWORDS", "100000"))
MOST_SECONDS, MOST_MEGABYTES, GROWTH = 300, 300, 2.6
EMAIL = "bench@example.com"


@dataclass(frozen=True)
class Place:
    """Where it is moved to."""

    account_id: int
    folder: Path

    def new_site(self, name: str) -> int:
        """A site without anything."""
        site = add_site(self.account_id, name=name, url=f"https://{name}.example.com", time_zone="UTC", sectors=[])
        db.session.commit()
        return site.id


@contextmanager
def place() -> Iterator[Place]:
    """A database with an account."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-legacy-"))
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    try:
        environment = {**environment_of(folder, postgres, redis), "DATABASE_APP_URL": postgres.app_url}
        in_another_process(make_account, environment)
        application = create_app({}, environment)
        jobs.use_app(application)
        with application.app_context():
            user = find_user(EMAIL)
            assert user is not None
            account_id = accounts_of(user.id)[0].id
            act_for(account_id)
            db.session.commit()
            yield Place(account_id, folder)
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def in_another_process(work: Callable[..., object], *arguments: object) -> None:
    """Do what workers do not do, so that its memory does not count as theirs."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"FAIL: {work.__name__}")


def make_account(environment: dict[str, str]) -> None:
    """The tables of the application, and an account: passwords are hashed in 64 MB."""
    with make_app(environment).app_context():
        sign_up(email=EMAIL, name="Bench", password="benchmark only", account_name="Bench")
        db.session.commit()


def make_dump(folder: Path, times: int) -> Path:
    """A dump of `times` the usual size."""
    size = Size(
        clusters=KEYWORDS * times // 200,
        keywords=KEYWORDS * times,
        ideas=KEYWORDS * times // 100,
        tasks=KEYWORDS * times // 100,
        posts=KEYWORDS * times // 5,
        metas=10,
    )
    path = folder / f"old-{times}.sql"
    with path.open("w", encoding="utf-8") as out:
        out.write("-- MariaDB dump\n/*!40101 SET NAMES utf8mb4 */;\n")
        out.writelines(statements(size))
        out.write("-- Dump completed\n")
    return path


def made_dumps(folder: Path) -> tuple[Path, Path]:
    """Two dumps, made by processes of their own: what that takes is not what moving in takes."""
    for times in (1, 2):
        in_another_process(make_dump, folder, times)
    return folder / "old-1.sql", folder / "old-2.sql"


def worked(run_id: object) -> Run:
    """The run, done, in as many turns as it takes."""
    db.session.commit()
    while (run := db.session.get_one(Run, run_id, populate_existing=True)).state == "queued":
        db.session.rollback()
        jobs.execute(str(run_id))
    if run.state != "succeeded":
        sys.exit(f"FAIL: {run.error}")
    return run


def moved(at: Place, site_id: int, path: Path) -> tuple[LegacyImport, float, float]:
    """The import, and the seconds that reading and moving took."""
    started, used = time.monotonic(), time.process_time()
    legacy = actions.begin_from_dump(at.account_id, THE_APP, site_id, path=path, name=path.name)
    worked(legacy.run_id)
    read = time.monotonic() - started
    run = actions.start_moving(at.account_id, THE_APP, legacy.id, MoveChoices())
    worked(run.id)
    moving = time.monotonic() - started - read
    print(f"  {time.process_time() - used:.1f} s of this process's own time")
    return db.session.get_one(LegacyImport, legacy.id), read, moving


def megabytes() -> float:
    """The most memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def counted(site_id: int) -> int:
    """Keywords of a site."""
    return db.session.scalar(select(func.count()).select_from(Keyword).where(Keyword.site_id == site_id)) or 0


def main() -> None:
    """Print the figures; exits with 1 when one is worse than promised."""
    failures = []
    with place() as at:
        one, two = made_dumps(at.folder)
        print(f"the process holds {megabytes():.0f} MB before it begins")
        site_id = at.new_site("one")
        legacy, read, move = moved(at, site_id, one)
        seconds, most = read + move, megabytes()
        size = one.stat().st_size / 1024**2
        print(f"{KEYWORDS:,} keywords, {size:.0f} MB: read in {read:.1f} s, moved in {move:.1f} s")
        print(f"  at most {most:.0f} MB")
        failures += [f"{seconds:.0f} s"] * (seconds > MOST_SECONDS) + [f"{most:.0f} MB"] * (most > MOST_MEGABYTES)
        again, read, move = moved(at, site_id, one)
        changes = sum(table["imported"] for table in again.report["tables"].values())
        print(f"again: read in {read:.1f} s, merged in {move:.1f} s, {changes} changes")
        failures += [f"{changes} changes"] * bool(changes)
        started = time.monotonic()
        worked(actions.start_undo(at.account_id, THE_APP, legacy.id).id)
        print(f"undone in {time.monotonic() - started:.1f} s, {counted(site_id):,} keywords left")
        failures += ["keywords left"] * bool(counted(site_id))
        _, read, move = moved(at, at.new_site("two"), two)
        times = (read + move) / seconds
        print(f"twice the rows: {read + move:.1f} s, {times:.2f} times as long; at most {megabytes():.0f} MB in all")
        failures += [f"{times:.2f} times as long"] * (times > GROWTH)
    if failures:
        sys.exit(f"FAIL: {', '.join(failures)}")


if __name__ == "__main__":
    main()
