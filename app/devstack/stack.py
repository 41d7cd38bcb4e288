"""`make run`: every part of IGNY8 on this machine, in one foreground process group.

With DATABASE_URL and REDIS_URL set, nothing embedded is started and no demo data is made.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from app.config import ConfigError, instance_path
from app.devstack import processes
from app.devstack.demo import EMAIL as DEMO_EMAIL
from app.devstack.wordpress import LocalWordPress

DEFAULT_PORT = 8000
DEFAULT_WORDPRESS_PORT = 8081
ENVIRONMENT_FILE = "environment"
# Bulk jobs are short: a person waits for one of them at most, and they do not wait for long drafts.
WORKERS = {"worker-interactive": ["interactive", "bulk"], "worker": ["default", "bulk", "interactive"]}
PRIVATE_FOLDERS = ("media", "redis", "scratch", "secrets", "wordpress")  # of no other user of this machine
SHARED = ("DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL", "IGNY8_EMBEDDED", "PUBLIC_URL", "ALLOWED_PRIVATE_HOSTS")


class _Stop(Exception):
    """A signal asked us to end."""


@dataclass
class _Child:
    """A process that is started again when it ends by itself."""

    command: list[str]
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0


def running_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Addresses of the stack that runs in this instance, for `make worker`; ConfigError when none does."""
    path = instance_path(environ) / ENVIRONMENT_FILE
    if not path.exists():
        raise ConfigError("Nothing runs here. Start `make run` first, or set DATABASE_URL and REDIS_URL.")
    lines = path.read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


class Stack:
    """Engines, web, workers, scheduler and the local WordPress."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._env = dict(environ)
        self._instance = instance_path(environ)
        self._port = _port(environ, "PORT", DEFAULT_PORT)
        self._embedded = not (environ.get("DATABASE_URL") and environ.get("REDIS_URL"))
        self._children: dict[str, _Child] = {}
        self._engines: list[Any] = []
        self._wordpress: LocalWordPress | None = None
        self._lock: IO[str] | None = None
        self._demo = False

    def run(self) -> int:
        """Start, watch, and stop at Ctrl-C or SIGTERM. Returns the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _raise_stop)
        try:
            self._start()
            while True:
                self._watch()
                time.sleep(0.5)
        except _Stop:
            return 0
        except ConfigError as error:
            _say(str(error))
            return 2
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave servers behind
            self._stop()

    def _start(self) -> None:
        if not processes.is_port_free(self._port):
            raise ConfigError(
                f"Port {self._port} is taken. Stop what uses it, or choose another: PORT={self._port + 1} make run"
            )
        self._take_instance()
        if self._embedded:
            self._start_engines()
        wordpress = self._prepare_wordpress()
        self._migrate()
        self._write_environment()
        self._spawn("web", [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"])
        for name, queues in WORKERS.items():
            self._spawn(name, [sys.executable, "-m", "app.cli", "worker", *queues])
        self._spawn("scheduler", [sys.executable, "-m", "app.cli", "scheduler"])
        self._wait_for_web()
        self._welcome()
        if wordpress:
            self._start_wordpress(wordpress)

    def _take_instance(self) -> None:
        self._instance.mkdir(parents=True, exist_ok=True)
        # As root PostgreSQL runs as a user of its own, who has to pass through here.
        self._instance.chmod(0o700 if os.geteuid() else 0o711)
        for name in PRIVATE_FOLDERS if self._embedded else ():
            (self._instance / name).mkdir(exist_ok=True)
            (self._instance / name).chmod(0o700)
        self._lock = (self._instance / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"IGNY8 already runs from {self._instance}. Stop it first, or set INSTANCE_PATH to another folder."
            ) from None

    def _start_engines(self) -> None:
        from app.devstack.postgres import EmbeddedPostgres
        from app.devstack.redis_server import EmbeddedRedis

        if not self._env.get("DATABASE_URL"):
            _say("Starting PostgreSQL.")
            postgres = EmbeddedPostgres(self._instance / "postgres")
            self._engines.append(postgres)
            self._env["DATABASE_URL"], self._env["DATABASE_APP_URL"] = postgres.url, postgres.app_url
        if not self._env.get("REDIS_URL"):
            _say("Starting Redis.")
            redis = EmbeddedRedis(self._instance / "redis")
            self._engines.append(redis)
            self._env["REDIS_URL"] = redis.url
        self._env["IGNY8_EMBEDDED"] = "1"
        self._env.setdefault("HOST", "127.0.0.1")
        self._env.setdefault("OPERATOR_EMAILS", DEMO_EMAIL)
        self._env.setdefault("PUBLIC_URL", f"http://127.0.0.1:{self._port}")

    def _prepare_wordpress(self) -> LocalWordPress | None:
        if not self._embedded or self._env.get("LOCAL_WORDPRESS", "1") == "0":
            return None
        port, root = self._wordpress_port(), self._instance / "wordpress"
        wordpress = LocalWordPress(root, port=port, title="Northside Coffee", timezone="Europe/London")
        missing = wordpress.available()
        if missing:
            _say(f"{missing} Going on without it.")
            return None
        allowed = [host for host in self._env.get("ALLOWED_PRIVATE_HOSTS", "").split(",") if host]
        self._env["ALLOWED_PRIVATE_HOSTS"] = ",".join([*allowed, f"127.0.0.1:{port}"])
        return wordpress

    def _wordpress_port(self) -> int:
        if self._env.get("WORDPRESS_PORT"):
            port = _port(self._env, "WORDPRESS_PORT", DEFAULT_WORDPRESS_PORT)
            if not processes.is_port_free(port):
                raise ConfigError(f"Port {port} is taken. Set WORDPRESS_PORT to another one.")
            return port
        remembered = self._instance / "wordpress" / "port"
        port = int(remembered.read_text()) if remembered.exists() else DEFAULT_WORDPRESS_PORT
        return port if processes.is_port_free(port) and port != self._port else processes.free_port()

    def _migrate(self) -> None:
        from flask_migrate import upgrade

        from app import create_app
        from app.config import ROOT
        from app.core.row_security import every_account
        from app.core.runs.services import recover_runs
        from app.devstack.demo import demo_password, is_demo_password, seed_demo
        from app.export.adoption import adopt_old_files

        self._env.setdefault("INSTANCE_PATH", str(self._instance))
        application = create_app({"LOG_LEVEL": "WARNING"}, self._env)
        with application.app_context():
            _say("Bringing the database up to date.")
            upgrade(directory=str(ROOT / "migrations"))
            adopt_old_files()
            if self._embedded:
                from app.core.queue import redis_connection

                redis_connection().flushdb()  # the runs in the database say what is to be done
                recover_runs(all_workers_dead=True)
                with every_account("the demo account is made here, by nobody who is signed in"):
                    seed_demo(demo_password(self._instance))
                    self._demo = is_demo_password(demo_password(self._instance))
            from app.core.extensions import db

            db.engine.dispose()

    def _write_environment(self) -> None:
        path = self._instance / ENVIRONMENT_FILE
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={self._env[name]}\n" for name in SHARED if name in self._env))

    def _spawn(self, name: str, command: list[str]) -> None:
        environment = {**self._env, "PORT": str(self._port), "INSTANCE_PATH": str(self._instance)}
        process = processes.spawn(command, env=environment)
        failures = self._children[name].failures if name in self._children else 0
        self._children[name] = _Child(command, process, time.monotonic(), failures)

    def _watch(self) -> None:
        """Start again what ended by itself, slower each time it fails quickly."""
        for name, child in list(self._children.items()):
            if child.process.poll() is None:
                continue
            lived = time.monotonic() - child.started
            child.failures = 0 if lived > 60 else child.failures + 1
            if lived < min(2**child.failures, 30):
                continue
            _say(f"{name} ended (code {child.process.returncode}); starting it again.")
            self._spawn(name, child.command)

    def _wait_for_web(self) -> None:
        web = self._children["web"].process
        deadline = time.monotonic() + 60
        while processes.is_port_free(self._port):
            if web.poll() is not None or time.monotonic() > deadline:
                raise ConfigError("The web process did not start; its last lines above say why.")
            time.sleep(0.1)

    def _welcome(self) -> None:
        _say(f"\n  IGNY8 is at http://127.0.0.1:{self._port}")
        if self._embedded:
            from app.devstack.demo import EMAIL, demo_password

            password = demo_password(self._instance) if self._demo else "with the password that you have set"
            _say(f"  Demo log-in: {EMAIL} / {password}")
        _say("  Ctrl-C stops everything.\n")

    def _start_wordpress(self, wordpress: LocalWordPress) -> None:
        first = "" if (wordpress.root / "core").exists() else " (the first time takes about 20 s)"
        _say(f"Starting the local WordPress{first}.")
        self._wordpress = wordpress
        try:
            wordpress.start()
            self._connect_demo(wordpress)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            _say(f"The local WordPress did not start: {error}\nGoing on without it.")
        else:
            _say(f"  WordPress is at {wordpress.url} (log-in: admin / {wordpress.password_of('admin')})\n")

    def _connect_demo(self, wordpress: LocalWordPress) -> None:
        from app import create_app
        from app.core.extensions import db
        from app.core.row_security import every_account
        from app.devstack.demo import demo_connection_key

        application = create_app({"LOG_LEVEL": "WARNING"}, self._env)
        with application.app_context():
            with every_account("the demo account is found by its person's address"):
                key = demo_connection_key(wordpress.url, self._env["PUBLIC_URL"])
            db.session.remove()
            db.engine.dispose()
        if key:
            wordpress.connect(key)

    def _stop(self) -> None:
        if self._children:
            _say("Stopping.")
        for child in self._children.values():
            if child.process.poll() is None:
                child.process.terminate()
        for child in self._children.values():
            processes.stop(child.process, seconds=5)
        if self._wordpress:
            self._wordpress.stop()
        for engine in reversed(self._engines):
            engine.stop()
        (self._instance / ENVIRONMENT_FILE).unlink(missing_ok=True)
        if self._lock:
            self._lock.close()


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ConfigError(f"{name} is {text}: it has to be a number from 1 to 65535.")
    return int(text)


def _raise_stop(*_: object) -> None:
    raise _Stop()


def _say(text: str) -> None:
    print(text, flush=True)
