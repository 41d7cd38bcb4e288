"""An old installation that is read and moved in."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.accounts.models import Account
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.legacy_import import actions
from app.legacy_import.actions import MoveChoices
from app.legacy_import.models import LegacyImport
from app.sites.models import Site
from tests.factories.old_plugin import OldServer, Size, as_dump
from tests.factories.people import actor_of
from tests.factories.work import work


class Moving:
    """Does what a person does with imports, and the work of their runs at once."""

    def __init__(self, site: Site, owner: User, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.account_id, self.site_id = site.account_id, site.id
        self.actor = actor_of(owner)

    def read(self, data: bytes | None = None, prefix: str = "") -> LegacyImport:
        """Read a dump; the import is ready afterwards, or its run has failed."""
        path = self.folder / "old.sql"
        path.write_bytes(as_dump() if data is None else data)
        legacy = actions.begin_from_dump(
            self.account_id, self.actor, self.site_id, path=path, name="old.sql", prefix=prefix
        )
        db.session.commit()
        return self.after(work(self.run_of(legacy)))

    def run_of(self, legacy: LegacyImport) -> Run:
        return db.session.get_one(Run, legacy.run_id)

    def after(self, run: Run) -> LegacyImport:
        return db.session.get_one(LegacyImport, run.subject_id, populate_existing=True)

    def start(self, legacy: LegacyImport, choices: MoveChoices | None = None) -> Run:
        run = actions.start_moving(self.account_id, self.actor, legacy.id, choices or MoveChoices())
        db.session.commit()
        return run

    def move(self, legacy: LegacyImport, choices: MoveChoices | None = None) -> LegacyImport:
        """Move it in, to the end."""
        run = work(self.start(legacy, choices))
        assert run.state == "succeeded", run.error
        return self.after(run)

    def undo(self, legacy: LegacyImport) -> LegacyImport:
        run = actions.start_undo(self.account_id, self.actor, legacy.id)
        db.session.commit()
        run = work(run)
        assert run.state == "succeeded", run.error
        return self.after(run)


@pytest.fixture
def moving(app: Flask, account: Account, site: Site, owner: User, tmp_path: Path) -> Moving:
    return Moving(site, owner, tmp_path)


@pytest.fixture(scope="session")
def started_server() -> Iterator[OldServer]:
    folder = Path(tempfile.mkdtemp(prefix="igny8-old-"))
    server = OldServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def old_server(started_server: OldServer) -> OldServer:
    """A real MariaDB with a small old installation."""
    started_server.fill(Size())
    return started_server


Dump = Callable[..., bytes]
