"""How long one account's job waits behind fifty thousand of another, with real workers.

Ends badly when it waits longer than one job takes, when a run is lost or worked on twice, or when the sweep is slow.
"""

import os
import subprocess
import sys
import time
from statistics import median
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.config import ROOT
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.queue import depths
from app.core.runs import Run, start_run
from app.core.runs.kinds import RunKind
from app.core.runs.services import recover_runs
from benchmarks.many_drafts import engines
from tests.factories.people import make_account

MANY = 50_000
JOB_SECONDS = 2.0
ROUNDS = 6
QUEUE = "default"
# A job of known length; a kind that no feature has is looked for in `jobs`.
WORKER = f"""
import sys, time, types
from app.core.runs import Outcome
module = types.ModuleType("jobs.of_benchmark")
def work(context):
    time.sleep({JOB_SECONDS})
    return Outcome("Done.")
module.work = work
sys.modules["jobs.of_benchmark"] = module
from app.cli import main
sys.exit(main(["worker", "{QUEUE}"]))
"""
KIND = RunKind("benchmark", "jobs.of_benchmark.work", "Benchmark", permission=Permission.RUNS_CONTROL)


def pile_up(account: Account) -> None:
    """Fifty thousand runs of the account, waiting as those of a bulk action do."""
    row = {"account_id": account.id, "kind": KIND.name, "job": KIND.job, "title": "One of many", "queue": QUEUE}
    for _ in range(MANY // 5000):
        db.session.execute(insert(Run), [row] * 5000)
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze runs")


def sweep_seconds() -> float:
    """The median of five sweeps while everything waits."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        recover_runs()
        times.append(time.perf_counter() - began)
    return median(times)


def delay_of_one(account: Account) -> float:
    """Start a run of the account; seconds from its commit until a worker has begun it."""
    run = start_run(account_id=account.id, kind=KIND, title="The one", actor=THE_APP, queue=QUEUE)
    db.session.commit()
    run_id, began = run.id, utcnow()
    while (started := _started_at(run_id)) is None:
        if (utcnow() - began).total_seconds() > 60:
            raise SystemExit("The other account's job was not begun within a minute.")
        time.sleep(0.05)
    return float((started - began).total_seconds())


def _started_at(run_id: UUID) -> object:
    with Session(db.engine) as session:
        return session.scalar(select(Run.started_at).where(Run.id == run_id))


def measure(workers: int, environment: dict[str, str], other: Account) -> list[float]:
    """The delays of the other account's jobs, one after the other, at times that fall anywhere within a job."""
    processes = [
        subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env={**os.environ, **environment})
        for _ in range(workers)
    ]
    delays = []
    try:
        wait_for_running(workers)
        for number in range(ROUNDS):
            time.sleep(JOB_SECONDS * (2.5 + number / ROUNDS))  # the last one has had its turn long ago
            delays.append(delay_of_one(other))
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
    return delays


def wait_for_running(number: int) -> None:
    """Until so many runs are worked on."""
    until = time.monotonic() + 60
    while count(Run.state == "running") < number:
        if time.monotonic() > until:
            raise SystemExit("The workers did not begin within a minute.")
        time.sleep(0.1)


def count(*where: object) -> int:
    """How many runs there are of this kind."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Run).where(*where)) or 0  # type: ignore[arg-type]


def main() -> None:
    """Measure with one worker and with two."""
    with engines() as (_openai, environment):
        many, one = make_account("Fifty thousand"), make_account("One")
        pile_up(many)
        swept = sweep_seconds()
        print(f"{MANY} runs of one account wait: {depths()[QUEUE]} are with RQ; a sweep takes {swept * 1000:.0f} ms")
        worst = 0.0
        for workers in (1, 2):
            delays = [delay / JOB_SECONDS for delay in measure(workers, environment, one)]
            worst = max(worst, *delays)
            print(
                f"{workers} worker{'s' if workers > 1 else ''}, jobs of {JOB_SECONDS:.0f} s: the other account's waits "
                f"{median(delays):.2f} of a job (median of {ROUNDS}), {max(delays):.2f} at most"
            )
        twice = count(Run.attempt > 1)
        lost = MANY + 2 * ROUNDS - count()
        failed = count(Run.state.in_(("failed", "cancelled")))
        print(f"{count(Run.state == 'succeeded')} done, {lost} lost, {twice} begun twice, {failed} failed")
        db.session.execute(update(Run).where(Run.state == "queued").values(state="cancelled"))
        db.session.commit()
        # What is beyond the length of a job is starting a process for it.
        if worst > 1.25 or twice or lost or failed or swept > 0.5:
            raise SystemExit("An account delays another's work, or work is lost.")


if __name__ == "__main__":
    main()
