"""Files that an older version kept for all accounts together, moved to the accounts that they belong to."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Select, select

from app.content.images.shelves import IMAGES
from app.content.models import ContentImage
from app.core import media
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.media_stores import FolderStore
from app.core.row_security import every_account
from app.core.runs import Run
from app.core.runs.states import ACTIVE
from app.export.run_kinds import EXPORT
from app.export.shelves import EXPORTS
from app.planner.imports.shelves import IMPORTS, REPORTS
from app.planner.run_kinds import IMPORT_KEYWORDS

log = get_logger(__name__)
HEX_FOLDER = "[0-9a-f][0-9a-f]"


@every_account("the files of all accounts lay in one place")
def adopt_old_files() -> int:
    """Link each old file to its accounts, then delete the old place. Returns how many were linked. Safe to repeat."""
    if not isinstance(media.current_store(), FolderStore):
        return 0  # a bucket never had them
    files = {path.name: path for path in media.media_folder().glob(f"{HEX_FOLDER}/{HEX_FOLDER}/*")}
    linked = 0
    for shelf, stmt in _files_by_shelf() if files else ():
        for account_id, sha256 in db.session.execute(stmt):
            if source := files.get(sha256):
                shelf.adopt(account_id, source)
                linked += 1
    db.session.commit()
    _remove(media.media_folder())
    if linked:
        log.info("old_files_adopted", count=linked)
    return linked


def _files_by_shelf() -> Iterator[tuple[media.Shelf, Select[int, str]]]:
    """Account and name of what each shelf has to hold."""
    export, rejected, uploaded = Run.data["file"].astext, Run.data["rejected_file"].astext, Run.params["file"].astext
    yield IMAGES, select(ContentImage.account_id, ContentImage.sha256)
    yield EXPORTS, select(Run.account_id, export).where(Run.kind == EXPORT.name, export.is_not(None))
    yield REPORTS, select(Run.account_id, rejected).where(Run.kind == IMPORT_KEYWORDS.name, rejected.is_not(None))
    yield IMPORTS, select(Run.account_id, uploaded).where(Run.kind == IMPORT_KEYWORDS.name, Run.state.in_(ACTIVE))


def _remove(folder: Path) -> None:
    for old in folder.glob(HEX_FOLDER):
        shutil.rmtree(old)
