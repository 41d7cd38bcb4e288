"""`python -m app.cli legacy-import`: the same use cases from the command line, for dumps that no browser uploads.

The work is done by the workers, as for a click; the command follows it.
"""

import argparse
import getpass
import os
import sys
import time
from pathlib import Path
from typing import TextIO

from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.states import ENDED
from app.core.tenancy import owned
from app.identity.people import find_user
from app.legacy_import import actions, checks
from app.legacy_import.actions import MoveChoices
from app.legacy_import.models import LegacyImport
from app.legacy_import.schema import TABLES
from app.legacy_import.server_source import MYSQL_PORT, TLS, Server
from app.sites.models import Site

EVERY_SECONDS = 1.0
FROM_ENVIRONMENT = "LEGACY_PASSWORD"  # the variable that has the password, so that no list of processes shows it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--account", type=int, required=True, help="number of the account")
    parser.add_argument("--site", type=int, required=True, help="number of the site that it is moved to")
    parser.add_argument("--by", default="", metavar="EMAIL", help="who does it: needed to invite people")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dump", type=Path, help="a file of mysqldump, plain or gzip")
    source.add_argument("--host", help=f"a MySQL server; its password is asked for, or in {FROM_ENVIRONMENT}")
    parser.add_argument("--port", type=int, default=MYSQL_PORT)
    parser.add_argument("--database", default="")
    parser.add_argument("--user", default="")
    parser.add_argument("--tls", choices=TLS, default="verified")
    parser.add_argument("--prefix", default="", help="of the tables, where there are several installations")
    parser.add_argument("--home-cluster", default="", metavar="NAME", help="for ideas and tasks that have none")
    parser.add_argument("--mend-encoding", action="store_true", help="mend texts that were encoded twice")
    parser.add_argument("--invite", action="store_true", help="invite people who are not members")
    parser.add_argument(
        "--status", action="append", default=[], metavar="NAME=queued|completed", help="what a status of tasks means"
    )
    parser.add_argument("--dry-run", action="store_true", help="read and say what would be moved, but move nothing")


def legacy_import(args: argparse.Namespace) -> int:
    """Move an old installation in, or say what that would do. Returns 1 when it failed, or rows could not be moved."""
    try:
        account_id, actor = _whose(args)
        legacy = _begun(account_id, actor, args)
        db.session.commit()
        legacy_id = legacy.id
        if not _follow(legacy_id):
            return 1
        if args.dry_run:
            _say_summary(legacy_id)
            return 0
        statuses = dict(pair.partition("=")[::2] for pair in args.status)
        choices = MoveChoices(args.mend_encoding, args.invite, args.home_cluster, statuses)
        actions.start_moving(account_id, actor, legacy_id, choices)
        db.session.commit()
        return 0 if _follow(legacy_id) and _say_result(legacy_id) else 1
    except DomainError as error:
        db.session.rollback()
        _say(f"{error.message} {error.cure}".strip(), sys.stderr)
        return 1


def _say(text: str, out: TextIO | None = None) -> None:
    (out or sys.stdout).write(f"{text}\n")


def _wait() -> None:
    time.sleep(EVERY_SECONDS)


def _whose(args: argparse.Namespace) -> tuple[int, Actor]:
    owned(Site, args.site, args.account)
    if not args.by:
        return args.account, Actor(None, audit.OPERATOR, permissions=None)
    person = find_user(args.by)
    if person is None:
        raise DomainError("Nobody has this address.", code="NO_PERSON")
    return args.account, Actor(person.id, f"{person.name} <{person.email}>", permissions=None)


def _begun(account_id: int, actor: Actor, args: argparse.Namespace) -> LegacyImport:
    if args.dump is not None:
        if not args.dump.is_file():
            raise DomainError(f"There is no file {args.dump}.", code="NO_FILE")
        place = {"database": args.database, "prefix": args.prefix}
        return actions.begin_from_dump(account_id, actor, args.site, path=args.dump, name=args.dump.name, **place)
    password = os.environ.get(FROM_ENVIRONMENT) or getpass.getpass("Password: ")
    server = Server(args.host, args.database, args.user, password, args.port, args.tls)
    return actions.begin_from_server(account_id, actor, args.site, server=server, prefix=args.prefix)


def _follow(legacy_id: int) -> bool:
    """Print the steps of the import's run until it has ended. Returns whether it succeeded."""
    shown = ""
    while True:
        legacy = db.session.get_one(LegacyImport, legacy_id, populate_existing=True)
        run = db.session.get_one(Run, legacy.run_id, populate_existing=True)
        line = f"{run.step or 'Waiting for a worker'} {run.done:,}{f' of {run.total:,}' if run.total else ''}"
        state, message, error = run.state, run.message, run.error
        db.session.rollback()
        if line != shown:
            _say(line, sys.stderr)
            shown = line
        if state in ENDED:
            _say(message or (error or {}).get("message") or state)
            return state == "succeeded"
        _wait()


def _say_summary(legacy_id: int) -> None:
    legacy = db.session.get_one(LegacyImport, legacy_id, populate_existing=True)
    summary = legacy.report["summary"]
    for key, facts in legacy.tables.items():
        seen = summary["tables"].get(key, {})
        refused = sum(seen.get("refused", {}).values())
        _say(
            f"{TABLES[key].title}: {facts['rows']:,} rows ({facts['name']}), {seen.get('fits', 0):,} would move, "
            f"{seen.get('here', 0):,} are here already, {refused:,} would be quarantined"
        )
    for name, count in summary["statuses"]:
        _say(f"Unknown status “{name}” of {count:,} tasks: say --status {name}=queued or {name}=completed")
    if summary["mended_count"]:
        _say(f"{summary['mended_count']:,} rows have text that was encoded twice: --mend-encoding")


def _say_result(legacy_id: int) -> bool:
    legacy = db.session.get_one(LegacyImport, legacy_id, populate_existing=True)
    report = legacy.report
    for key, table in report["tables"].items():
        _say(
            f"{TABLES[key].title}: {table['rows']:,} rows = {table['imported']:,} moved + {table['merged']:,} here "
            f"already + {table['quarantined']:,} in quarantine"
        )
    return checks.all_accounted_for(report) and not any(table["quarantined"] for table in report["tables"].values())
