"""WordPresses that run until the test process ends, and begin anew for each test file.

Starting one takes seconds; putting it back to how it began, a fraction of one.
"""

import os
import shutil
import subprocess
from pathlib import Path

from app.devstack.wordpress import LocalWordPress
from app.devstack.wordpress_database import DATABASE, USER, find_program

TABLES = f"SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '{DATABASE}'"


class Kept:
    """A WordPress that was just started, and how it is now: its tables and what is in wp-content."""

    def __init__(self, wordpress: LocalWordPress) -> None:
        self.wordpress = wordpress
        self._content, self._copy = wordpress.core / "wp-content", wordpress.root / "wp-content"
        shutil.copytree(self._content, self._copy, symlinks=True)
        self._tables = self._dump()

    def _dump(self) -> str:
        database = self.wordpress.database
        command = [find_program("mariadb-dump") or "mariadb-dump", "--no-defaults", f"--socket={database.socket}"]
        command += [f"--user={USER}", "--hex-blob", "--no-tablespaces", "--skip-add-drop-table", DATABASE]
        environment = {**os.environ, "MYSQL_PWD": database.password}
        return subprocess.run(command, capture_output=True, check=True, env=environment).stdout.decode()

    def put_back(self) -> None:
        """Make tables and files as they were. The servers go on."""
        names = ", ".join(f"`{row['name']}`" for row in self.wordpress.sql(TABLES))
        self.wordpress.database.query(f"SET FOREIGN_KEY_CHECKS = 0; DROP TABLE IF EXISTS {names};\n{self._tables}")
        _mirror(self._copy, self._content)


def _mirror(source: Path, target: Path) -> None:
    """Have in `target` what is in `source`, times of change too, by which PHP knows what it has compiled."""
    shutil.rmtree(target)
    shutil.copytree(source, target, symlinks=True)
