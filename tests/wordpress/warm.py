"""A WordPress for tests that are many: its PHP is kept warm, and SQL goes to the database without a program between.

Starting PHP with its extensions takes three times as long as most scripts; starting the program `mariadb`, ten times as
long as most statements.
"""

import json
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pymysql
from pymysql.constants import CLIENT

from app.devstack.wordpress import COMMAND, LocalWordPress
from app.devstack.wordpress_database import DATABASE, USER

WARM = Path(__file__).parent / "warm.php"
DEBIAN_PHP = "php"


class WarmWordPress(LocalWordPress):
    """A LocalWordPress that runs one script at a time warm; another one beside it as ever."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._warm: subprocess.Popen[str] | None = None
        self._one_at_a_time = threading.Lock()

    def stop(self) -> None:
        """Stop all servers."""
        self._end_warm()
        super().stop()

    def sql(self, query: str) -> list[dict[str, str | None]]:
        """Run SQL over a connection of its own, as PrivateMariaDB.query does. Rows are those of the last statement."""
        try:
            with (
                pymysql.connect(
                    unix_socket=str(self.database.socket),
                    user=USER,
                    password=self.database.password,
                    database=DATABASE,
                    charset="utf8mb4",
                    autocommit=True,
                    ssl_disabled=True,
                    conv={},
                    client_flag=CLIENT.MULTI_STATEMENTS,
                    cursorclass=pymysql.cursors.DictCursor,
                ) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute(query)
                rows = list(cursor.fetchall())
                while cursor.nextset():
                    rows = list(cursor.fetchall())
        except pymysql.MySQLError as error:
            raise RuntimeError(f"{error} in: {query}") from error
        return [{name: _text(value) for name, value in row.items()} for row in rows]

    def _run_command(self, arguments: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        if self._program != DEBIAN_PHP or not self._one_at_a_time.acquire(blocking=False):
            return super()._run_command(arguments, env)
        try:
            return self._run_warm(arguments, env)
        finally:
            self._one_at_a_time.release()

    def _run_warm(self, arguments: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        output, errors = self.root / "warm-output", self.root / "warm-errors"
        for path in (output, errors):
            path.write_bytes(b"")
        asked = {"arguments": arguments, "env": {**env}, "output": str(output), "errors": str(errors)}
        if self._warm is None:
            command = [*self._php(), str(WARM), str(COMMAND)]
            self._warm = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        self._warm.stdin.write(json.dumps(asked) + "\n")
        self._warm.stdin.flush()
        status = self._warm.stdout.readline()
        if not status:
            self._end_warm()
            raise RuntimeError(f"The warm PHP ended: {_read(errors)}")
        return subprocess.CompletedProcess(arguments, int(status), _read(output), _read(errors))

    def _end_warm(self) -> None:
        """The end of its input is the end of it."""
        if self._warm is not None:
            ending, self._warm = self._warm, None
            try:
                ending.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                ending.kill()
                ending.communicate()


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline=None) as file:
        return file.read()


def _text(value: str | bytes | None) -> str | None:
    return value.decode() if isinstance(value, bytes) else value
