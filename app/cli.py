"""Commands: `python -m app.cli serve | worker | scheduler | migrate | recount | legacy-import | …`."""

import argparse
import gc
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from dotenv import load_dotenv

from app.config import ROOT, ConfigError


def serve(_args: argparse.Namespace) -> int:
    """Run everything in one foreground process group (`make run`)."""
    from app.devstack.stack import Stack

    return Stack(os.environ).run()


def migrate(_args: argparse.Namespace) -> int:
    """Bring the database to the newest schema (the Procfile's release)."""
    from flask_migrate import upgrade

    from app import create_app
    from app.export.adoption import adopt_old_files

    with create_app().app_context():
        upgrade(directory=str(ROOT / "migrations"))
        adopt_old_files()
    return 0


def new_migration(args: argparse.Namespace) -> int:
    """Write a migration, to be reviewed, for what the models have and the database (at the newest schema) lacks."""
    from flask_migrate import migrate as write_migration

    from app import create_app

    _attach_to_running_stack()
    folder = ROOT / "migrations"
    newest = max(int(path.name[:4]) for path in (folder / "versions").glob("[0-9]" * 4 + "_*.py"))
    with create_app().app_context():
        write_migration(directory=str(folder), message=args.message, rev_id=f"{newest + 1:04}")
    return 0


def vector_index(_args: argparse.Namespace) -> int:
    """As the tables' owner, index the vectors of titles where PostgreSQL has pgvector. Safe to repeat."""
    from app import create_app
    from app.meaning.vector_index import NotPossible, make_indexes

    _attach_to_running_stack()
    with create_app().app_context():
        try:
            names = make_indexes()
        except NotPossible as reason:
            print(f"Titles are compared by arrays: {reason}.", file=sys.stderr)
            return 1
    print(f"Indexed: {', '.join(names)}." if names else "No vectors to index.")
    return 0


def worker(args: argparse.Namespace) -> int:
    """Process the jobs of the given queues, in order of importance."""
    import jobs
    from app.core import role_check
    from app.core.queue import QUEUES, redis_connection
    from app.core.worker import Worker

    _attach_to_running_stack()
    app = jobs.the_app()
    role_check.check_database_role(app)
    jobs.warm_up()
    with app.app_context():
        connection = redis_connection()
    Worker(args.queues or list(QUEUES), connection=connection, maintenance_interval=60).work(logging_level="WARNING")
    return 0


def scheduler(_args: argparse.Namespace) -> int:
    """Hand out periodic work until told to stop."""
    from app import create_app
    from app.core import role_check
    from app.core.scheduler import run_forever
    from jobs.schedule import periodic_jobs

    app, stop = create_app(), threading.Event()
    role_check.check_database_role(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_forever(app, periodic_jobs(), stop)
    return 0


def error_codes(_args: argparse.Namespace) -> int:
    """Write docs/error-codes.md anew from the table of codes."""
    from app.sites.error_codes import as_markdown

    (ROOT / "docs" / "error-codes.md").write_text(as_markdown(), "utf-8")
    return 0


def recount(args: argparse.Namespace) -> int:
    """Compare counters, their ledger and what was published; with --fix correct them. Returns 1 if they differ."""
    from app import create_app
    from app.core.row_security import every_account
    from app.publishing.recount import find_differences, fix_differences

    _attach_to_running_stack()
    with create_app().app_context(), every_account("figures are counted again for all sites"):
        differences = fix_differences() if args.fix else find_differences()
        if args.fix and differences:
            _record_recount({difference.site_id for difference in differences})
        remaining = find_differences() if args.fix else differences
    for difference in differences:
        print(difference)
    summary = f"{len(differences)} difference{'s' if len(differences) > 1 else ''}{', mended' if args.fix else ''}."
    print(summary if differences else "Everything agrees.")
    return 1 if remaining else 0


def _record_recount(site_ids: set[int]) -> None:
    from app.core import audit
    from app.core.extensions import db
    from app.sites.models import Site

    accounts = db.session.scalars(db.select(Site.account_id).where(Site.id.in_(site_ids)).distinct()).all()
    audit.record_everywhere("operator.recounted", {"sites": len(site_ids)}, accounts=accounts)
    db.session.commit()


def rotate_secrets(_args: argparse.Namespace) -> int:
    """Encrypt stored secrets with the first of ENCRYPTION_KEYS. Returns 1 when no key fits some of them."""
    from app import create_app
    from app.core import audit
    from app.core.extensions import db
    from app.core.rotation import rotate_secrets as rotate

    _attach_to_running_stack()
    with create_app().app_context():
        rotated = rotate()
        if rotated.changed:
            audit.record_everywhere("operator.encryption_key_changed", {"values_encrypted_anew": rotated.changed})
            db.session.commit()
    print(f"{rotated.changed} encrypted anew, {rotated.current} were under the newest key already.")
    if rotated.unreadable:
        print(f"{rotated.unreadable} fit none of ENCRYPTION_KEYS: put the key that was in use back.", file=sys.stderr)
    return 1 if rotated.unreadable else 0


def second_factor_off(args: argparse.Namespace) -> int:
    """Switch off the second factor of a locked-out person: verify who is asking. Returns 1 if there is none."""
    from app import create_app
    from app.core.extensions import db
    from app.identity import totp

    _attach_to_running_stack()
    with create_app().app_context():
        is_off = totp.switch_off_for(args.email)
        db.session.commit()
    print("It is off, and the person signed out everywhere." if is_off else "Nobody of that address has one.")
    return 0 if is_off else 1


def redeliver_events(_args: argparse.Namespace) -> int:
    """Retry the events of all accounts that were given up after ten tries."""
    from app import create_app
    from app.core.events.delivery import redeliver_given_up

    _attach_to_running_stack()
    with create_app().app_context():
        count = redeliver_given_up()
    print(f"{count} event{'' if count == 1 else 's'} will be delivered again within a minute." if count else "None.")
    return 0


def legacy_import(args: argparse.Namespace) -> int:
    """Move in what an old plugin had, from a dump or a server. Returns 1 when something could not be moved."""
    from app import create_app
    from app.core.row_security import within
    from app.legacy_import import command

    _attach_to_running_stack()
    with create_app().app_context(), within(args.account):
        return command.legacy_import(args)


def keep_and_restore(args: argparse.Namespace) -> int:
    """Make or restore backups; what goes wrong is said in a sentence."""
    from app import create_app
    from app.core.errors import DomainError
    from app.operations.backups import command
    from app.operations.backups.errors import BackupError

    _attach_to_running_stack()
    with create_app().app_context():
        try:
            return int(getattr(command, args.work)(args))
        except BackupError as error:
            print(error, file=sys.stderr)
        except DomainError as error:  # of the media storage
            print(f"{error.message} {error.cure}", file=sys.stderr)
        return 1


def media_move(args: argparse.Namespace) -> int:
    """Bring all media from one storage to another, each file's hash compared. May be cut off and begun again."""
    from app import create_app
    from app.operations.media_command import run_command

    _attach_to_running_stack()
    with create_app().app_context():
        return run_command(args)


def backup_key(_args: argparse.Namespace) -> int:
    """Make a pair of keys for backups: keep the secret one in a file that is not on this machine alone."""
    from app.operations.backups.sealing import make_key_pair

    public, secret = make_key_pair()
    print(f"# Public key, for BACKUP_RECIPIENTS: {public}\n{secret}")
    return 0


def _attach_to_running_stack() -> None:
    """Use the databases of the `make run` that is running here, unless the environment names others."""
    if os.environ.get("DATABASE_URL"):
        return
    from app.devstack.stack import running_environment

    os.environ.update(running_environment(os.environ))


def _add_backup_arguments(commands: Any) -> None:
    from app.operations.backups.schedule import add_commands

    add_commands(commands)
    for name in ("backup", "restore"):
        commands.choices[name].set_defaults(run=keep_and_restore)


def _add_legacy_arguments(parser: argparse.ArgumentParser) -> None:
    from app.legacy_import.command import add_arguments

    add_arguments(parser)


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and run the command; a ConfigError is printed as a sentence."""
    parser = argparse.ArgumentParser(prog="igny8", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for function in (
        serve,
        migrate,
        scheduler,
        error_codes,
        rotate_secrets,
        redeliver_events,
        vector_index,
        backup_key,
    ):
        commands.add_parser(function.__name__.replace("_", "-"), help=function.__doc__).set_defaults(run=function)
    migration_parser = commands.add_parser("new-migration", help=new_migration.__doc__)
    migration_parser.add_argument("message")
    migration_parser.set_defaults(run=new_migration)
    worker_parser = commands.add_parser("worker", help=worker.__doc__)
    worker_parser.add_argument("queues", nargs="*")
    worker_parser.set_defaults(run=worker)
    recount_parser = commands.add_parser("recount", help=recount.__doc__)
    recount_parser.add_argument("--fix", action="store_true")
    recount_parser.set_defaults(run=recount)
    legacy_parser = commands.add_parser("legacy-import", help=legacy_import.__doc__)
    _add_legacy_arguments(legacy_parser)
    legacy_parser.set_defaults(run=legacy_import)
    second_factor_parser = commands.add_parser("second-factor-off", help=second_factor_off.__doc__)
    second_factor_parser.add_argument("email")
    second_factor_parser.set_defaults(run=second_factor_off)
    move_parser = commands.add_parser("media-move", help=media_move.__doc__)
    move_parser.add_argument("source", help="as in MEDIA_URL; '' for the folder of the instance")
    move_parser.add_argument("target", help="as in MEDIA_URL")
    move_parser.add_argument("--remove", action="store_true", help="remove each file from the source when it is whole")
    move_parser.set_defaults(run=media_move)
    _add_backup_arguments(commands)
    load_dotenv(Path(ROOT) / ".env")
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        gc.freeze()  # the process ends: looking through all that it has loaded for garbage would take it a second


if __name__ == "__main__":
    sys.exit(main())
