"""Starting exports, making them, and forgetting them after a week."""

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from app.accounts.models import Account
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.row_security import every_account
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.services import get_run
from app.export.archive import Archive
from app.export.run_kinds import EXPORT
from app.export.shelves import EXPORTS

RETENTION = timedelta(days=7)
LIMIT = 10


def start_export(account_id: int, actor: Actor) -> Run:
    """Start an export; one that is being made for this person is returned. Flushes."""
    return start_run(
        account_id=account_id,
        kind=EXPORT,
        title="Exporting everything",
        actor=actor,
        exclusive_key=f"export:{account_id}:{actor.id}",
    )


def exports_of(account_id: int, actor_id: int) -> Sequence[Run]:
    """The person's exports of this account, newest first."""
    stmt = select(Run).where(Run.account_id == account_id, Run.actor_id == actor_id, Run.kind == EXPORT.name)
    return db.session.scalars(stmt.order_by(Run.created_at.desc()).limit(LIMIT)).all()


def file_of(run: Run) -> Path | None:
    """The archive of an export; None when it is not made or no longer kept."""
    sha256 = run.data.get("file") if run.kind == EXPORT.name and run.state == "succeeded" else None
    try:
        return EXPORTS.path_of(run.account_id, sha256) if sha256 else None
    except NotFound:
        return None


def make_export(context: RunContext) -> Outcome:
    """Write the archive to disk and put it into the media storage. May be restarted from the beginning."""
    run = context.run
    account_id, run_id = run.account_id, run.id
    name = db.session.get_one(Account, account_id).name
    db.session.commit()
    scratch = Path(current_app.config["INSTANCE_PATH"]) / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)

    def report(step: str, done: int, total: int) -> None:
        context.progress(step=step, done=done, total=total)

    with tempfile.TemporaryDirectory(dir=scratch, prefix="export-") as folder:
        path = Path(folder) / "export.zip"
        counts = Archive(account_id, path, report).write()
        size = path.stat().st_size
        context.check()
        sha256 = EXPORTS.take(account_id, path)
    message = f"The export of {name} is ready."
    return Outcome(message, f"/account/export/{run_id}/file/", {"file": sha256, "size": size, "counts": counts})


def owned_export(account_id: int, actor_id: int | None, run_id: object) -> tuple[Run, Path]:
    """The export and its file for the person who made it; raises NotFound for everybody else."""
    run = get_run(run_id, account_id)  # type: ignore[arg-type]
    path = file_of(run) if run.actor_id == actor_id else None
    if path is None:
        raise NotFound(gettext("This export is not there, or is no longer kept."), cure=gettext("Make a new one."))
    return run, path


@every_account("a week is a week in every account")
def forget_old() -> int:
    """Delete the files of exports that are older than a week. Returns how many. Commits."""
    stmt = select(Run).where(
        Run.kind == EXPORT.name, Run.ended_at < utcnow() - RETENTION, Run.data["file"].astext.is_not(None)
    )
    runs = db.session.scalars(stmt.limit(200)).all()
    for run in runs:
        EXPORTS.remove(run.account_id, run.data["file"])
        run.data = {name: value for name, value in run.data.items() if name != "file"}
        run.link, run.message = None, gettext("This export is no longer kept.")
    db.session.commit()
    return len(runs)
