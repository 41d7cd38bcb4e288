"""What is backed up how often and kept for how long, and the arguments of the commands. Imports nothing of the rest."""

from datetime import timedelta
from typing import Any

EVERY = {"database": timedelta(hours=6), "media": timedelta(days=1), "configuration": timedelta(days=1)}
KEPT = {"database": timedelta(days=7), "media": timedelta(days=14), "configuration": timedelta(days=7)}


def add_commands(commands: Any) -> None:
    """The arguments of `backup` and `restore`; `work` names the function of `command.py`."""
    backup_parser = commands.add_parser("backup", help="Back up database, media and configuration")
    backup_parser.add_argument("kinds", nargs="*", choices=[*EVERY, []], help="all by default")
    backup_parser.add_argument("--due", action="store_true", help="only what is due by the schedule")
    backup_parser.add_argument("--loop", action="store_true", help="go on, and make what is due")
    backup_parser.set_defaults(work="run_backup")
    restore_parser = commands.add_parser("restore", help="Check, rehearse or restore backups")
    restore_parser.add_argument("kind", nargs="?", choices=list(EVERY), default="database")
    restore_parser.add_argument("--name", default="", help="which backup; the newest by default")
    restore_parser.add_argument("--drill", action="store_true", help="restore into a scratch database and prove it")
    restore_parser.add_argument("--check", action="store_true", help="read the whole backup and change nothing")
    restore_parser.add_argument("--into", default="", help="folder for the files of an archive")
    restore_parser.add_argument("--yes", action="store_true", help="do not ask")
    restore_parser.set_defaults(work="run_restore")
