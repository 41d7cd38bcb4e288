"""The commands `backup`, `backup-key` and `restore`. What they do is recorded for the System page."""

import argparse
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from app.core import media
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.logs import get_logger
from app.operations.backups import drill as drills
from app.operations.backups import restore as restores
from app.operations.backups.errors import BackupError
from app.operations.backups.make import is_due, make_backup
from app.operations.backups.schedule import EVERY, KEPT
from app.operations.backups.store import BackupFolder
from app.operations.models import BackupRecord

LOOP_SECONDS = 300.0
log = get_logger(__name__)


def run_backup(args: argparse.Namespace) -> int:
    """Make backups (of all kinds, or of those named). Returns 1 when one failed."""
    config = current_app.config
    if not config["BACKUP_FOLDER"]:
        raise BackupError("BACKUP_FOLDER is not set: it names the folder that backups go to.")
    store = BackupFolder(Path(config["BACKUP_FOLDER"]), list(config["BACKUP_RECIPIENTS"]))
    while True:
        failed = _make_kinds(store, args.kinds or list(EVERY), only_due=args.due or args.loop)
        if not args.loop:
            return 1 if failed else 0
        time.sleep(LOOP_SECONDS)


def _make_kinds(store: BackupFolder, kinds: Sequence[str], *, only_due: bool) -> list[str]:
    failed = []
    for kind in kinds:
        if only_due and not is_due(kind, store, utcnow()):
            continue
        record = _Record(kind)
        try:
            with store.locked():
                manifest = make_backup(kind, store, current_app.config, utcnow())
                store.remove_old(kind, KEPT[kind], utcnow())
        except BackupError as error:
            failed.append(kind)
            record.end("failed", str(error))
            print(f"{kind}: {error}", file=sys.stderr)
        else:
            rows = sum(table.rows for table in manifest.tables.values())
            words = (
                f"{len(manifest.tables)} tables, {rows:,} rows" if manifest.tables else f"{manifest.entries:,} files"
            )
            record.end("good", words, name=manifest.name, size=manifest.size)
            print(f"{kind}: {manifest.name}, {words}, {manifest.size:,} bytes.")
    return failed


class _Record:
    """A row of what is done. Without a database nothing is recorded, and the work goes on."""

    def __init__(self, kind: str) -> None:
        self._id: int | None = None
        row = BackupRecord(kind=kind)
        try:
            db.session.add(row)
            db.session.flush()
            self._id = row.id
            db.session.commit()  # no transaction is open while the work is done
        except SQLAlchemyError as error:
            db.session.rollback()
            log.warning("backup_not_recorded", error=type(error).__name__)

    def end(self, state: str, message: str, **fields: Any) -> None:
        """How it ended."""
        log.log(20 if state == "good" else 40, "backup_ended", state=state, words=message)
        try:
            row = db.session.get(BackupRecord, self._id) if self._id else None
            if row is not None:
                row.state, row.message, row.ended_at = state, message, utcnow()
                for name, value in fields.items():
                    setattr(row, name, value)
            db.session.commit()
        except SQLAlchemyError as error:
            db.session.rollback()
            log.warning("backup_not_recorded", error=type(error).__name__)


def run_restore(args: argparse.Namespace) -> int:
    """Check, rehearse or restore backups."""
    store, identity = restores.store_and_identity(current_app.config)
    if args.drill:
        return _drill(store, identity, args.name)
    if args.check:
        path = restores.newest_or(store, args.kind, args.name)
        manifest = restores.check_backup(path, identity)
        print(f"{args.kind} {manifest.name}: whole, {manifest.size:,} bytes.")
        return 0
    if args.kind == "database":
        return _restore_database(store, identity, args)
    return _restore_files(store, identity, args)


def _drill(store: BackupFolder, identity: str, name: str) -> int:
    record = _Record("drill")
    try:
        proof = drills.drill(store, identity, current_app.config, name)
    except BackupError as error:
        record.end("failed", str(error))
        raise
    record.end("good", proof.words, name=proof.backup, details=asdict(proof))
    print(proof.words)
    return 0


def _restore_database(store: BackupFolder, identity: str, args: argparse.Namespace) -> int:
    path = restores.newest_or(store, "database", args.name)
    manifest = restores.check_backup(path, identity)
    url: str = current_app.config["OWNER_DATABASE_URI"]
    present = urlsplit(url).path.lstrip("/")
    _ask(args, present, f"The database {present} will be replaced by its backup of {manifest.made_at}.")
    stamp = utcnow().strftime("%Y%m%d%H%M%S")
    scratch = f"{present}_restored_{secrets.token_hex(4)}"
    try:
        restored = restores.create_database(url, scratch)
        restores.fill_database(path, manifest, identity, restored)
        restores.migrate_restored(restored)
        db.session.remove()
        db.engine.dispose()
        before = restores.put_in_place(url, scratch, stamp)
    except BackupError:
        restores.drop_database(url, scratch)
        raise
    print(f"{present} is as it was at {manifest.made_at}. What it was until now is the database {before}.")
    return 0


def _restore_files(store: BackupFolder, identity: str, args: argparse.Namespace) -> int:
    path = restores.newest_or(store, args.kind, args.name)
    manifest = restores.check_backup(path, identity)
    target = Path(args.into) if args.into else _usual_folder(args.kind, current_app.config)
    _ask(args, str(target), f"{manifest.entries:,} files of {manifest.made_at} come to {target}; none is overwritten.")
    count = restores.unpack_archive(path, manifest, identity, target)
    print(f"{count:,} files came back; {manifest.entries - count:,} were there already.")
    return 0


def _usual_folder(kind: str, config: Mapping[str, Any]) -> Path:
    return media.media_folder() if kind == "media" else Path(config["INSTANCE_PATH"]) / "restored-configuration"


def _ask(args: argparse.Namespace, expected: str, what: str) -> None:
    if args.yes:
        return
    print(what)
    if not sys.stdin.isatty() or input(f"Type {expected} to go on: ").strip() != expected:
        raise BackupError("Nothing was changed: it was not confirmed.")
