"""Five hundred drafts of one account beside fifty of another, by a model that answers at once, with two workers killed.

Ends badly when a draft is lost or there twice, when more calls are repeated than were under way, or when what was
charged is not what was written.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import ROOT
from app.core.row_security import every_account
from app.core.runs.services import recover_runs
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.redis_server import EmbeddedRedis
from benchmarks.live import environment_of, make_app
from tests.factories.live import has_ended, let_the_lease_pass, state_of
from tests.factories.many_drafts import IN_BENCHMARK, WORKER, count_drafts, faults_of, parts_asked, write_drafts
from tests.factories.people import make_account
from tests.fakes.openai_server import KEY, MODEL, FakeOpenAI

KILLED_AFTER = (0.2, 0.6)  # of all drafts
MOST_SECONDS = 1800


class Workers:
    """Two workers; who kills one gets another in its place."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._processes = [self._started(), self._started()]

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=self._environment)

    def kill_one(self) -> None:
        """End the older one as a power cut would, and what it did as if it had been silent for a minute."""
        oldest = self._processes.pop(0)
        oldest.kill()
        oldest.wait(30)
        let_the_lease_pass()
        self._processes.append(self._started())

    def stop(self) -> None:
        """End both."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)


@contextmanager
def engines() -> Iterator[tuple[FakeOpenAI, dict[str, str]]]:
    """The servers, the model and the environment of processes, within an application context."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-bench-"))
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    try:
        with FakeOpenAI() as openai:
            environment = environment_of(folder, postgres, redis) | {
                **{"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url, "OPENAI_MODEL": MODEL},
                **{"OPENAI_REQUESTS_PER_MINUTE": "100000", "DATABASE_APP_URL": postgres.app_url},
            }
            with make_app(environment).app_context(), every_account("the benchmark looks on"):
                yield openai, environment
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], bool], what: str, began: float) -> None:
    """Look twice a second; what waits for another try is handed out as the scheduler does."""
    while not condition():
        if time.monotonic() - began > MOST_SECONDS:
            raise SystemExit(f"After {MOST_SECONDS} s still waiting for {what}.")
        recover_runs()
        time.sleep(0.5)


def main() -> None:
    """Write them all, and say how long it took and what is wrong."""
    with engines() as (openai, environment):
        accounts = [make_account("Many"), make_account("Few")]
        sizes = (IN_BENCHMARK.many, IN_BENCHMARK.few)
        runs = [write_drafts(account, number) for account, number in zip(accounts, sizes, strict=True)]
        began, workers = time.monotonic(), Workers(environment)
        beside = 0
        try:
            for share in KILLED_AFTER:
                written = share * sum(sizes)
                wait_until(lambda least=written: sum(map(count_drafts, accounts)) >= least, "drafts", began)
                workers.kill_one()
                print(f"{time.monotonic() - began:.0f} s: a worker is killed after {written:.0f} drafts", flush=True)
                if not beside and has_ended(runs[1]):
                    beside = count_drafts(accounts[0])
            wait_until(lambda: has_ended(runs[1]), "the other account's drafts", began)
            beside = beside or count_drafts(accounts[0])
            wait_until(lambda: all(map(has_ended, runs)), "all drafts", began)
        finally:
            workers.stop()
        seconds = time.monotonic() - began
        states = [state_of(run) for run in runs]
        faults = faults_of(accounts, openai, len(KILLED_AFTER))
        times = parts_asked(openai)
        print(f"{sum(sizes)} drafts in {seconds:.0f} s, {sum(sizes) / seconds:.1f} a second, {states}")
        print(f"{sum(times.values())} calls for {len(times)} parts: {sum(times.values()) - len(times)} were repeated")
        print(f"{IN_BENCHMARK.few} of the other account were there with {beside} of {IN_BENCHMARK.many} beside them")
        if faults or set(states) != {"succeeded"}:
            raise SystemExit("; ".join(faults) or "Not all runs succeeded.")


if __name__ == "__main__":
    main()
