"""Makes processes that have imported the application already: `python -m tests.factories.forks`, for `warm.py`.

A line of JSON on standard input asks to start something or how it ended, a line on standard output answers.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache

IMPORTED = ("app.features", "app.core.webserver.worker", "app.core.worker", "gunicorn.app.wsgiapp", "jobs")


def share_templates() -> None:
    """Have every process of the tests take the templates that one of them has compiled; their text says which."""
    folder = Path(tempfile.gettempdir()) / f"igny8-{os.getuid()}" / "templates"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


def import_application() -> None:
    """Do what each process would do first, and what does not depend on its environment."""
    share_templates()
    for name in IMPORTED:
        importlib.import_module(name)
    for module in pkgutil.iter_modules(importlib.import_module("jobs").__path__, "jobs."):
        importlib.import_module(module.name)
    importlib.import_module("sqlalchemy.orm").configure_mappers()
    gc.freeze()


def become(said: dict[str, Any]) -> None:
    """Turn this fork into what was asked for: session, folder, environment, output and arguments of its own."""
    os.setsid()
    for number, (path, flags) in enumerate(
        ((os.devnull, os.O_RDONLY), *[(said["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)] * 2)
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(said["folder"])
    os.environ.clear()
    os.environ.update(said["environment"])
    kind, what, *rest = said["arguments"]
    sys.argv = [what if kind == "-m" else kind, *rest]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(what, {"__name__": "__main__"})  # what `python -c` does


def serve() -> dict[str, Any] | None:
    """Answer until nobody asks any more; in a fork, what it is to become."""
    answers = os.fdopen(os.dup(1), "w")
    while line := sys.stdin.readline():
        said = json.loads(line)
        if "pid" in said:
            pid, status = os.waitpid(said["pid"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        elif not (answer := os.fork()):
            answers.close()
            return dict(said)
        print(json.dumps(answer), file=answers, flush=True)
    return None


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    import_application()
    if fork := serve():
        become(fork)
