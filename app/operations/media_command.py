"""The command that brings media from one storage to another."""

import argparse
import sys

from flask import current_app

from app.config import ConfigError, check_media_url
from app.core.errors import DomainError
from app.core.media_move import MediaMoved, move_media
from app.core.media_stores import FolderStore, store_at


def run_command(args: argparse.Namespace) -> int:
    """Move media as the command line says. Returns 1 when a storage was away or a file came over damaged."""
    config = current_app.config
    try:
        for url in (args.source, args.target):
            check_media_url(url, config["MEDIA_S3_KEY"], config["MEDIA_S3_SECRET"])
        source, target = (store_at(url, config) for url in (args.source, args.target))
        if isinstance(source, FolderStore) and not source.folder.is_dir():
            raise ConfigError(f"There is no folder {source.folder} to bring files from.")
        moved = move_media(source, target, remove=args.remove, progress=_print_each_thousandth)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}. Begin again: what came over stays.", file=sys.stderr)
        return 1
    except DomainError as error:
        print(f"{error.message} {error.cure} Begin again: what came over stays.", file=sys.stderr)
        return 1
    print(
        f"{moved.copied:,} files brought over and read back, {moved.present:,} were there, {moved.removed:,} removed "
        f"from the old place; {moved.size:,} bytes in all."
    )
    for key in moved.damaged:
        print(f"Damaged: {key}", file=sys.stderr)
    return 1 if moved.damaged else 0


def _print_each_thousandth(moved: MediaMoved) -> None:
    if moved.files % 1000 == 0:
        print(f"{moved.files:,} files", flush=True)
