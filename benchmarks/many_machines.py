"""Three web servers, four workers and two schedulers over one PgBouncer, PostgreSQL and Redis, broken in turn.

Two kinds of load go on meanwhile: programs that create tasks by the API, each again with its `Idempotency-Key` until it
is answered, and runs of half a second that write a row at their end. A fault is made, and the next when everything
answers again. At the end every task and every run's row is there exactly once, or the benchmark ends badly.

`python -m benchmarks.many_machines --short` makes the first three faults alone, `--without-web` those of the others.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis
import requests
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import api_tokens
from app.accounts.models import Account
from app.config import DATABASE_ROLE, ROOT
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.roles import scope_words
from app.core.row_security import every_account
from app.core.runs import Run, start_run
from app.core.runs.kinds import RunKind
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.processes import free_port
from app.devstack.redis_server import EmbeddedRedis
from app.writer.models import Task
from benchmarks.live import environment_of, make_app
from benchmarks.pooled import PgBouncer
from tests.factories.people import actor_of, make_account, make_member
from tests.factories.things import make_cluster, make_site

WEBS, WORKERS, SCHEDULERS, PROGRAMS, ACCOUNTS = 3, 4, 2, 3, 3
RUNS_PER_SECOND, JOB_SECONDS, BETWEEN_SECONDS, PATIENCE_SECONDS = 3, 0.5, 3.0, 120.0
SKEWED = {"LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
KIND = RunKind("benchmark", "jobs.of_benchmark.work", "Benchmark", permission=Permission.RUNS_CONTROL)
WORKER = f"""
import select, sys, types
from app.core.extensions import db
from app.core.runs import Outcome
from sqlalchemy import text
module = types.ModuleType("jobs.of_benchmark")
def work(context):
    select.select([], [], [], {JOB_SECONDS})  # libfaketime makes nothing of time.sleep: EINVAL
    context.check()
    with db.engine.begin() as connection:
        connection.execute(text("insert into effects (run_id) values (:id)"), {{"id": str(context.run_id)}})
    return Outcome("Done.")
module.work = work
sys.modules["jobs.of_benchmark"] = module
from app.cli import main
sys.exit(main(["worker"]))
"""


@dataclass
class Machine:
    """A process that is started again a second after it ended, as systemd does."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it in a group of its own, so that all of it can be killed."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """End it and its children as a power cut would."""
        if self.process is not None:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self.process.pid, 9)
            self.process.wait(10)


class Keeper(threading.Thread):
    """Starts again what has ended, a second later: a worker ends by itself while Redis is away."""

    def __init__(self, machines: list[Machine]) -> None:
        super().__init__(daemon=True)
        self._machines, self._stop_now = machines, threading.Event()

    def run(self) -> None:
        """Look twice a second."""
        while not self._stop_now.wait(0.5):
            ended = [machine for machine in self._machines if machine.process and machine.process.poll() is not None]
            if ended and not self._stop_now.wait(0.5):
                for machine in ended:
                    machine.start()

    def end(self) -> None:
        """Let them rest."""
        self._stop_now.set()
        self.join()


@dataclass
class Answers:
    """What the programs were answered since the last fault, by status or error, and the longest wait for success."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    created: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        """Count one."""
        with self.lock:
            self.counts[what] += 1

    def take(self) -> tuple[Counter[str], float]:
        """What there was, and begin anew."""
        with self.lock:
            taken = self.counts, self.slowest
            self.counts, self.slowest = Counter(), 0.0
            return taken


class Program(threading.Thread):
    """Creates tasks one after the other; each is asked for, at one web server after another, until it is created."""

    def __init__(
        self, urls: list[str], key: str, body: dict[str, object], answers: Answers, stop: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self._urls, self._key, self._body, self._answers, self._stop_now = urls, key, body, answers, stop
        self.titles: list[str] = []

    def run(self) -> None:
        """Work until told to stop; what was begun is brought to its end."""
        while not self._stop_now.is_set():
            title, began = f"Task {uuid.uuid4()}", time.monotonic()
            self._create(title)
            self.titles.append(title)
            with self._answers.lock:
                self._answers.slowest = max(self._answers.slowest, time.monotonic() - began)
            time.sleep(0.1)

    def _create(self, title: str) -> None:
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": str(uuid.uuid4())}
        for number in range(10_000):
            url = self._urls[number % len(self._urls)]
            try:
                answer = requests.post(
                    f"{url}/api/v1/writer/tasks/new/", json={**self._body, "title": title}, headers=headers, timeout=30
                )
            except requests.RequestException:  # what a proxy in front would try at the next server
                self._answers.note("no connection")
                time.sleep(0.2)
                continue
            self._answers.note(str(answer.status_code))
            if answer.status_code == 201:
                return
            if answer.status_code not in (429, 503, 409):
                self._answers.note(f"odd: {answer.status_code} {answer.text[:150]}")
            time.sleep(0.5)


class Starter(threading.Thread):
    """Starts runs of the accounts in turn; those whose start was committed are noted."""

    def __init__(self, application: Flask, accounts: list[int], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._application, self._accounts, self._stop_now = application, accounts, stop
        self.ids: list[uuid.UUID] = []

    def run(self) -> None:
        """Start some each second."""
        number = 0
        while not self._stop_now.wait(1 / RUNS_PER_SECOND):
            number += 1
            with self._application.app_context(), every_account("the benchmark starts runs"):
                try:
                    account_id = self._accounts[number % len(self._accounts)]
                    run = start_run(account_id=account_id, kind=KIND, title="Benchmark", actor=THE_APP)
                    run_id = run.id
                    db.session.commit()
                    self.ids.append(run_id)
                except SQLAlchemyError:  # the database is away: nothing was begun
                    db.session.rollback()


@dataclass
class Stack:
    """Everything that runs."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    pooler: PgBouncer
    machines: list[Machine]
    urls: list[str]

    def kind(self, kind: str) -> list[Machine]:
        """The machines whose name begins with this."""
        return [machine for machine in self.machines if machine.name.startswith(kind)]


def kill(*names: str) -> Callable[[Stack], None]:
    """A fault: these are killed at once."""

    def fault(stack: Stack) -> None:
        for machine in stack.machines:
            if machine.name in names:
                machine.kill()

    return fault


def kill_pooler(stack: Stack) -> None:
    """PgBouncer is killed and started again."""
    stack.pooler.kill()
    time.sleep(1)
    stack.pooler.start()


def wipe_redis(stack: Stack) -> None:
    """Everything in Redis is gone at once."""
    redis.Redis.from_url(stack.redis.url).flushall()


def restart_redis(stack: Stack) -> None:
    """Redis is away for three seconds."""
    stack.redis.stop()
    time.sleep(3)
    stack.redis.start()


def restart_postgres(stack: Stack) -> None:
    """PostgreSQL is away for three seconds; connections break."""
    stack.postgres.stop()
    time.sleep(3)
    stack.postgres.start()


def skew(by: str, *names: str) -> Callable[[Stack], None]:
    """A fault: the clocks of these machines are off from now on."""

    def fault(stack: Stack) -> None:
        for machine in stack.machines:
            if machine.name in names:
                machine.environment.update({**SKEWED, "FAKETIME": by})
                machine.kill()

    return fault


FAULTS: list[tuple[str, Callable[[Stack], None]]] = [
    ("a web server is killed", kill("web 1")),
    ("a worker is killed", kill("worker 1")),
    ("a scheduler is killed", kill("scheduler 1")),
    ("all web servers are killed", kill("web 1", "web 2", "web 3")),
    ("all workers are killed", kill(*(f"worker {number}" for number in range(1, WORKERS + 1)))),
    ("both schedulers are killed", kill("scheduler 1", "scheduler 2")),
    ("PgBouncer is killed", kill_pooler),
    ("Redis forgets everything", wipe_redis),
    ("Redis is away for 3 s", restart_redis),
    ("PostgreSQL is away for 3 s", restart_postgres),
    ("a worker's clock is 3 min slow", skew("-3m", "worker 1")),
    ("a worker's clock is 3 min fast", skew("+3m", "worker 2")),
    ("a scheduler's clock is 3 min fast", skew("+3m", "scheduler 1")),
]


def machines_of(folder: Path, environment: dict[str, str]) -> tuple[list[Machine], list[str]]:
    """Three web servers, four workers, two schedulers, not started."""
    machines, urls = [], []
    base = {**os.environ, **environment}
    for number in range(1, WEBS + 1):
        port = free_port()
        urls.append(f"http://127.0.0.1:{port}")
        web = {**base, "PORT": str(port), "HOST": "127.0.0.1", "WEB_PROCESSES": "1", "RATELIMIT_ENABLED": "0"}
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
        machines.append(Machine(f"web {number}", command, web, folder / f"web-{number}.log"))
    for number in range(1, WORKERS + 1):
        command = [sys.executable, "-c", WORKER]
        machines.append(Machine(f"worker {number}", command, dict(base), folder / f"worker-{number}.log"))
    for number in range(1, SCHEDULERS + 1):
        command = [sys.executable, "-m", "app.cli", "scheduler"]
        machines.append(Machine(f"scheduler {number}", command, dict(base), folder / f"scheduler-{number}.log"))
    return machines, urls


@contextmanager
def running(folder: Path) -> Iterator[tuple[Stack, Flask]]:
    """Everything started, in an application that talks to PostgreSQL itself and looks on."""
    postgres, redis_server = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    environment = environment_of(folder, postgres, redis_server)
    application = make_app(environment)
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("create table effects (run_id uuid, at timestamptz default now())")
        connection.execute(f"grant select, insert on effects to {DATABASE_ROLE}")
    pooler = PgBouncer(folder, postgres.url)
    pooler.start()
    pooled = {**environment, "DATABASE_APP_URL": pooler.url, "DATABASE_APP_POOLED": "1", "DB_POOL_SIZE": "4"}
    machines, urls = machines_of(folder, pooled)
    stack = Stack(postgres, redis_server, pooler, machines, urls)
    keeper = Keeper(machines)
    try:
        for machine in machines:
            machine.start()
        keeper.start()
        yield stack, application
    finally:
        keeper.end()
        for machine in machines:
            machine.kill()
        pooler.kill()
        redis_server.stop()
        postgres.stop()


def wait_until(condition: Callable[[], bool], what: str) -> float:
    """Seconds until it held; ends the benchmark when it does not within two minutes."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise SystemExit(f"After {PATIENCE_SECONDS:.0f} s still waiting for {what}.")
        time.sleep(0.25)
    return time.monotonic() - began


def answers_well(urls: list[str]) -> bool:
    """Whether every web server says that all is well."""
    try:
        return all(requests.get(f"{url}/healthz", timeout=5).status_code == 200 for url in urls)
    except requests.RequestException:
        return False


def effects() -> Counter[uuid.UUID]:
    """How often each run wrote its row."""
    with Session(db.engine) as session:
        return Counter(session.execute(text("select run_id from effects")).scalars().all())


def main() -> None:
    """Break one after the other, and count at the end."""
    faults = FAULTS[:3] if "--short" in sys.argv else FAULTS
    if "--without-web" in sys.argv:  # whose servers take long to start
        faults = [fault for fault in faults if "web" not in fault[0]]
    folder = Path(tempfile.mkdtemp(prefix="igny8-machines-"))
    folder.chmod(0o755)
    with running(folder) as (stack, application), application.app_context(), every_account("the benchmark looks on"):
        wait_until(lambda: answers_well(stack.urls), "the web servers")
        stop, answers, programs = threading.Event(), Answers(), []
        accounts = [make_account(f"Account {number}") for number in range(ACCOUNTS)]
        for number in range(PROGRAMS):
            programs.append(Program(stack.urls, *program_of(accounts[number % ACCOUNTS]), answers, stop))
        starter = Starter(application, [account.id for account in accounts], stop)
        for thread in (*programs, starter):
            thread.start()
        time.sleep(BETWEEN_SECONDS)
        for name, fault in faults:
            answers.take()
            fault(stack)
            time.sleep(2)  # until it was noticed
            back = 2 + wait_until(lambda: answers_well(stack.urls), f"the end of: {name}")
            time.sleep(BETWEEN_SECONDS)
            counts, slowest = answers.take()
            db.session.rollback()
            print(f"{name}: well again after {back:.1f} s; {dict(counts)}; slowest {slowest:.1f} s", flush=True)
        stop.set()
        for thread in (*programs, starter):
            thread.join(60)
        titles = [title for program in programs for title in program.titles]
        wait_until(lambda: set(effects()) >= set(starter.ids), "all runs")
        db.session.rollback()
        stored = Counter(db.session.scalars(select(Task.title).where(Task.title.like("Task %"))))
        rows = effects()
        lost = [title for title in titles if title not in stored] + [key for key in starter.ids if key not in rows]
        doubled = [title for title, number in stored.items() if number > 1] + [k for k, n in rows.items() if n > 1]
        failed = db.session.scalar(select(func.count()).select_from(Run).where(Run.state == "failed"))
        print(
            f"{len(titles)} tasks, {len(starter.ids)} runs: {len(lost)} lost, {len(doubled)} doubled, {failed} failed"
        )
        if lost or doubled or failed:
            raise SystemExit(f"Lost or doubled; logs are in {folder}.")
    shutil.rmtree(folder, ignore_errors=True)


def program_of(account: Account) -> tuple[str, dict[str, object]]:
    """A key of the account's API, and what its tasks have in common."""
    owner = make_member(account)
    cluster = make_cluster(make_site(account))
    usable = {str(scope) for scope in scope_words()}
    _token, key = api_tokens.make_token(
        cluster.account_id,
        actor_of(owner),
        name="Benchmark",
        scopes=sorted(usable),
        days=30,
        role="owner",
        for_bot=False,
        usable=usable,
    )
    db.session.commit()
    return key, {"site_id": cluster.site_id, "cluster_id": cluster.id, "primary_keyword": "trail running shoes"}


if __name__ == "__main__":
    main()
