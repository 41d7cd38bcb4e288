"""A scheduler and a worker in one process, for tests that kill it.

`python -m tests.automation.toiler <account> <file> [<place>]` does what is due until nothing is; the file is made once
it begins. It dies at a place such as ``app.automation.engine:_note:before:2``: before the second call of that function.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import select

import jobs
from app.automation.timing import start_due_rules
from app.automation.upkeep import settle_lost_executions
from app.core.clock import utcnow
from app.core.events import delivery
from app.core.extensions import db
from app.core.row_security import act_for, every_account
from app.core.runs import Run
from app.core.runs.services import recover_runs

DIED = 9


def toil(account_id: int, begun: Path) -> None:
    """Do everything that is due until nothing is left: what the one before this was killed at first."""
    app = jobs.the_app()
    with app.app_context():
        recover_runs(all_workers_dead=True)
    begun.touch()
    while True:
        with app.app_context():
            start_due_rules()
            settle_lost_executions()
            act_for(account_id)
            delivery.deliver(account_id)
        run_ids = _waiting()
        if not run_ids:
            return
        for run_id in run_ids:
            jobs.execute(run_id)


def _waiting() -> list[str]:
    """Runs that wait, without those that wait for other runs; when only these are left, they."""
    with jobs.the_app().app_context(), every_account("a test looks at what is left to do"):
        queued = select(Run.id, Run.kind).where(Run.state == "queued", Run.due_at <= utcnow()).order_by(Run.created_at)
        ready = [str(row.id) for row in db.session.execute(queued)]
        if not ready:
            db.session.execute(db.update(Run).where(Run.state == "queued").values(due_at=utcnow()))
            db.session.commit()
            ready = [str(row.id) for row in db.session.execute(queued)]
        return ready


def die_at(place: str) -> None:
    """Have this process end like one that is killed, before or after a call of a function."""
    module_name, name, when, count = place.split(":")
    module, left = importlib.import_module(module_name), [int(count)]
    function = getattr(module, name)

    def deadly(*args: Any, **values: Any) -> Any:
        left[0] -= 1
        if when == "before" and not left[0]:
            os._exit(DIED)
        result = function(*args, **values)
        if when == "after" and not left[0]:
            os._exit(DIED)
        return result

    setattr(module, name, deadly)


if __name__ == "__main__":
    for one in sys.argv[3:]:
        die_at(one)
    toil(int(sys.argv[1]), Path(sys.argv[2]))
