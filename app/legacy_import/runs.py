"""The work of the three runs: reading a source, moving in, undoing. Each commits often and may be started again.

Reading: tables, rows, summary. Moving in: people, planner, posts, tasks, records, then the checks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import cast, delete, select, update
from sqlalchemy.dialects.postgresql import JSONB

from app.core import events
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.crypto import decrypt
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.runs import LeaseLost, Outcome, Run, RunContext
from app.core.runs.context import TryAgain
from app.core.runs.turns import Turn
from app.core.tenancy import owned
from app.core.wording import many
from app.identity.people import user_of_id
from app.legacy_import import checks, summary, undoing
from app.legacy_import.dump_source import DumpSource
from app.legacy_import.dumps.files import GIGABYTE
from app.legacy_import.models import ImportFacts, LegacyImport, LegacyRow
from app.legacy_import.moving import TABLE_ORDER, Mover, count_staged
from app.legacy_import.schema import TABLES, installations
from app.legacy_import.server_source import Server, ServerSource, connect
from app.legacy_import.shelves import DUMPS
from app.legacy_import.sources import OldSource, chosen_installation
from app.legacy_import.staging import Found, stage, table_report
from app.legacy_import.transforms import digest
from app.sync.events import ImportFinished

MOST_UNPACKED = 8 * GIGABYTE


def page_of(import_id: int) -> str:
    """The address of an import."""
    return f"/account/legacy/{import_id}/"


def _import_of(context: RunContext) -> LegacyImport:
    return owned(LegacyImport, int(context.run.subject_id or 0), context.run.account_id)


def _hold_lease(context: RunContext) -> None:
    """Raise LeaseLost when another worker has the run, or nobody: what was undone must not come back.

    Locks the run: nobody can end it or work on it until this is committed.
    """
    mine = [Run.id == context.run_id, Run.lease_token == context.token]
    if db.session.scalar(select(Run.id).where(*mine).with_for_update(read=True)) is None:
        db.session.rollback()
        raise LeaseLost


# reading


def read_source(context: RunContext) -> Outcome:
    """Read the source of the run's import into staged rows, and sum up what moving in would do. Commits."""
    legacy = _import_of(context)
    if legacy.source == "server":  # another snapshot would not fit what was read of the last one
        db.session.execute(delete(LegacyRow).where(LegacyRow.import_id == legacy.id))
    db.session.commit()
    context.progress(step="Looking for the tables")
    try:
        with open_source(legacy) as source:
            db.session.commit()
            read_into(legacy, source, context)
    except DomainError as error:
        if not error.retryable:  # trying again would not help: the password is of no more use
            forget_password(legacy.id)
        raise
    context.progress(step="Looking at what would be moved")
    rows = summary.summarise(legacy)
    db.session.commit()
    return Outcome(f"Read {many(rows, 'row')}. Nothing is moved yet.", page_of(legacy.id))


def forget_password(import_id: int) -> None:
    """Forget the password of a server. Commits."""
    db.session.rollback()
    stmt = update(LegacyImport).where(LegacyImport.id == import_id).values(password=None)
    db.session.execute(stmt.execution_options(synchronize_session=False))
    db.session.commit()


def read_into(legacy: LegacyImport, source: OldSource, context: RunContext) -> None:
    """Stage all rows of the source, and note what was found. Commits."""
    found_all = installations(source.tables())
    installation = chosen_installation(found_all, legacy.database, legacy.prefix)

    def after_some(done: int, total: int | None) -> None:
        _hold_lease(context)
        db.session.commit()
        context.progress(step="Reading", done=done, total=total)

    facts = stage(legacy, source, installation, after_some)
    _hold_lease(context)
    legacy.database, legacy.prefix = installation.database, installation.prefix
    legacy.tables = table_report(legacy, installation, facts)
    legacy.origin = digest({"url": facts.url.rstrip("/"), "prefix": installation.prefix})
    legacy.notes = [*source.progress.notes]
    legacy.report = {"found": _found(facts)}
    legacy.state = "ready"
    legacy.password = None  # it was needed for reading alone
    db.session.commit()


def _found(facts: Found) -> dict[str, Any]:
    return {"url": facts.url, "cron": facts.cron, "is_active": facts.is_active}


@contextmanager
def open_source(legacy: LegacyImport) -> Iterator[OldSource]:
    """The source of an import. No transaction may be open while it is read."""
    if legacy.source == "dump":
        yield DumpSource(DUMPS.path_of(legacy.account_id, legacy.file or ""), MOST_UNPACKED)
        return
    facts = legacy.server
    password = decrypt(legacy.password) if legacy.password else ""
    server = Server(facts["host"], facts["database"], facts["user"], password, int(facts["port"]), facts["tls"])
    db.session.commit()
    with connect(server, tuple(current_app.config["ALLOWED_PRIVATE_HOSTS"])) as connection:
        yield ServerSource(connection, server.database)


# moving


def move_in(context: RunContext) -> Outcome:
    """Move what is staged, then check it. Commits after each batch; goes on where it stopped."""
    legacy = _import_of(context)
    turn, mover = Turn(context), Mover(ImportFacts.of(legacy), _inviter(legacy))
    left = count_staged(legacy.id)
    total, done = sum(left.values()), 0
    db.session.commit()
    for table in TABLE_ORDER:
        if not left.get(table):
            continue
        while moved := mover.move_some(table):
            done += moved
            _hold_lease(context)
            db.session.commit()
            context.progress(step=f"Moving: {TABLES[table].title}", done=min(done, total), total=total)
            if turn.is_over():
                raise TryAgain(timedelta(0), turn.why, counts=False)
    context.progress(step="Comparing with the source")
    return _finish(context, legacy.id)


def _inviter(legacy: LegacyImport) -> Actor | None:
    person = user_of_id(legacy.actor_id) if legacy.actor_id else None
    if person is None:
        return None
    return Actor(person.id, f"{person.name} <{person.email}>", permissions=frozenset({Permission.TEAM_MANAGE}))


def _finish(context: RunContext, import_id: int) -> Outcome:
    legacy = db.session.get_one(LegacyImport, import_id, populate_existing=True)
    report = checks.check(legacy, lambda: context.progress(step="Comparing with the source"))
    _hold_lease(context)
    kept = {name: value for name, value in legacy.report.items() if name != "takeover"}  # there may be more posts now
    legacy.report = {**kept, **report}
    legacy.state, legacy.finished_at, legacy.password = "done", utcnow(), None
    events.publish(ImportFinished(legacy.account_id, legacy.site_id, ()))
    file = legacy.file
    others = select(LegacyImport.id).where(LegacyImport.file == file, LegacyImport.id != legacy.id)
    is_shared = file is not None and db.session.scalar(others.limit(1)) is not None
    db.session.commit()
    if file and not is_shared:
        DUMPS.remove(context.run.account_id, file)
    return Outcome(checks.result_sentence(report), page_of(import_id))


# undoing


def _undone_report(left: dict[str, int]) -> Any:
    return LegacyImport.report.op("-")("takeover").op("||")(cast({"left": left}, JSONB))


def undo_move(context: RunContext) -> Outcome:
    """Remove what the import added and nobody changed since. Commits after each batch; may be started again."""
    legacy = _import_of(context)
    import_id = legacy.id

    def after_some(done: int) -> None:
        _hold_lease(context)
        db.session.commit()
        context.progress(step="Removing what was moved in", done=done, total=None)

    left = undoing.undo_moved(legacy, after_some)
    _hold_lease(context)
    db.session.execute(
        update(LegacyImport)
        .where(LegacyImport.id == import_id)
        .values(state="undone", report=_undone_report(left), finished_at=None)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return Outcome(undoing.undo_sentence(left), page_of(import_id))
