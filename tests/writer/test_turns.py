"""Many drafts of several accounts with one worker: nobody starves, nothing is lost or written twice."""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.accounts.models import Account
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.runs import Run, pausing
from app.core.runs.services import recover_runs
from app.planner.models import Cluster
from app.writer import actions
from app.writer.models import Task
from tests.factories.live import LiveApp, wait_for
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_site, make_task
from tests.factories.warm import WarmProcess

WORKER = (
    "from app.core.runs import turns; turns.TURN_SECONDS = 0.2; "
    "import sys; from app.cli import main; sys.exit(main(['worker', 'default']))"
)
StartWorker = Callable[[], WarmProcess]


@pytest.fixture
def start_worker(workers: LiveApp) -> StartWorker:
    """Starts a worker process that gives each run short turns."""
    return lambda: workers.spawn("-c", WORKER)


def write(account: Account, drafts: int) -> Run:
    """Starts the drafts of as many tasks."""
    cluster: Cluster = make_cluster(make_site(account))
    ids = [make_task(cluster, f"Task {number}").id for number in range(drafts)]
    started = actions.start_drafts(account.id, THE_APP, cluster.site_id, Selection(ids=ids))
    assert started.run is not None
    db.session.commit()
    return started.run


def state(run: Run) -> str:
    db.session.rollback()
    return db.session.get_one(Run, run.id, populate_existing=True).state


def drafts(account: Account) -> int:
    db.session.rollback()
    stmt = select(func.count()).select_from(Content).where(Content.account_id == account.id)
    return db.session.scalar(stmt) or 0


def each_is_written_once() -> bool:
    contents = Counter(db.session.scalars(select(Content.task_id)))
    return set(contents.values()) == {1} and set(contents) == set(db.session.scalars(select(Task.id)))


def test_one_account_cannot_starve_another(account: Account, start_worker: StartWorker) -> None:
    many = [write(account, 40) for _ in range(2)]
    few = write(make_account("Few"), 3)
    start_worker()
    wait_for(lambda: state(few) == "succeeded", what="the other account's drafts")
    assert [state(run) for run in many] != ["succeeded"] * 2
    assert drafts(account) < 80
    wait_for(lambda: all(state(run) == "succeeded" for run in many), 90, "all drafts")
    assert each_is_written_once()
    assert {run.message for run in db.session.scalars(select(Run).where(Run.kind == few.kind))} == {
        "Wrote 40 drafts.",
        "Wrote 3 drafts.",
    }


def test_a_killed_worker_loses_and_doubles_nothing(
    account: Account, start_worker: StartWorker, workers: LiveApp
) -> None:
    run = write(account, 40)
    worker = start_worker()
    wait_for(lambda: drafts(account) >= 5, what="some drafts")
    workers.kill(worker)
    start_worker()
    wait_for(lambda: recover_runs(all_workers_dead=True) >= 0 and state(run) in ("queued", "running"), what="the sweep")
    wait_for(lambda: state(run) == "succeeded", 90, "all drafts")
    assert each_is_written_once()


def test_drafts_are_paused_and_go_on(account: Account, start_worker: StartWorker) -> None:
    run = write(account, 60)
    start_worker()
    wait_for(lambda: drafts(account) >= 5, what="some drafts")
    pausing.pause(db.session.get_one(Run, run.id, populate_existing=True))
    db.session.commit()
    wait_for(lambda: state(run) == "paused", what="a pause")
    written = drafts(account)
    assert 5 <= written < 60
    other = write(account, 2)  # another run of the account goes on meanwhile
    wait_for(lambda: state(other) == "succeeded", what="the other run")
    assert drafts(account) == written + 2
    pausing.resume(db.session.get_one(Run, run.id, populate_existing=True))
    db.session.commit()
    wait_for(lambda: state(run) == "succeeded", what="all drafts")
    assert db.session.get_one(Run, run.id).message == "Wrote 60 drafts."
    assert each_is_written_once()
