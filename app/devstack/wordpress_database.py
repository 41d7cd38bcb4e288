"""A private MariaDB for the local WordPress: own data folder, own socket, no network."""

import getpass
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from app.devstack.processes import end_leftover, kill_group, spawn_group, stop_group, wait_until

DATABASE = "wordpress"
USER = "wordpress"
# A unix socket's path has at most 107 bytes.
MAX_SOCKET_PATH = 99
PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb")
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\0": "\0", r"\\": "\\"}


def find_program(name: str) -> str | None:
    """Return the program's path; servers live in sbin, which is not on everybody's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")


def _program(name: str) -> str:
    path = find_program(name)
    if path is None:
        raise RuntimeError(f"{name} is not installed.")
    return path


class PrivateMariaDB:
    """One mariadbd under ``root``. Starting again keeps the data; stale pids and sockets do not matter."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "mariadb"
        self.socket = self._short_socket_path()
        self._pid_file = root / "mariadbd.pid"
        self._log = root / "mariadb.log"
        self._child: subprocess.Popen[bytes] | None = None

    def _short_socket_path(self) -> Path:
        beside_data = self.root / "mysql.sock"
        if len(os.fsencode(beside_data)) <= MAX_SOCKET_PATH:
            return beside_data
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"igny8-{os.getuid()}-{digest}" / "mysql.sock"

    @property
    def password(self) -> str:
        """The password of the database user, made once per root."""
        path = self.root / "mariadb-password"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(16))
        return path.read_text()

    def start(self) -> bool:
        """Bring the server up; returns True when the data folder was made just now."""
        end_leftover(self._pid_file, str(self.data))
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        ready_mark = self.data / "igny8-ready"
        is_new = not ready_mark.exists()
        if is_new:
            shutil.rmtree(self.data, ignore_errors=True)
            self._install()
        self._run_server()
        if is_new:
            self._create_database()
            ready_mark.touch()
        return is_new

    def stop(self) -> None:
        """Shut down cleanly."""
        stop_group(self._child, self._pid_file)
        self._child = None
        self.socket.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill the server without warning, as a crash would."""
        if self._child is not None:
            kill_group(self._child)

    def query(self, statement: str) -> list[dict[str, str | None]]:
        """Run SQL as the WordPress user and return the rows; SQL's NULL is None, all else text."""
        command = [_program("mariadb"), "--no-defaults", f"--socket={self.socket}", f"--user={USER}"]
        command += ["--batch", "--default-character-set=utf8mb4", DATABASE]
        result = subprocess.run(
            command, input=statement.encode(), capture_output=True, env={**os.environ, "MYSQL_PWD": self.password}
        )
        if result.returncode:
            raise RuntimeError(f"{result.stderr.decode(errors='replace').strip()} in: {statement}")
        lines = result.stdout.decode().split("\n")[:-1]
        names = lines[0].split("\t") if lines else []
        return [dict(zip(names, map(_unescape, line.split("\t")), strict=True)) for line in lines[1:]]

    def _as_user(self) -> list[str]:
        return [f"--user={getpass.getuser()}"] if os.geteuid() == 0 else []

    def _install(self) -> None:
        command = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}", "--skip-test-db"]
        command += ["--auth-root-authentication-method=normal", "--skip-name-resolve", *self._as_user()]
        # In a shared folder a server that starts removes the temporary tables of the others.
        environment = {**os.environ, "TMPDIR": str(self._temporary())}
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
        if result.returncode:
            raise RuntimeError(f"MariaDB could not make its data folder: {(result.stdout + result.stderr)[-800:]}")

    def _temporary(self) -> Path:
        folder = self.root / "mariadb-tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def _run_server(self) -> None:
        temporary = self._temporary()
        command = [_program("mariadbd"), "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}"]
        command += ["--skip-networking", f"--pid-file={self.data}/mariadbd.pid"]
        command += [f"--tmpdir={temporary}", "--skip-name-resolve", "--performance-schema=OFF"]
        command += ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2"]
        command += ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_520_ci"]
        self._child = spawn_group(command + self._as_user(), log=self._log, pid_file=self._pid_file)
        wait_until(self._answers, seconds=60, child=self._child, log=self._log)

    def _answers(self) -> bool:
        if not self.socket.exists():
            return False
        command = [_program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=nobody", "-e", "SELECT 1"]
        result = subprocess.run(command, capture_output=True, text=True)
        return result.returncode == 0 or "Access denied" in result.stderr

    def _create_database(self) -> None:
        account = f"'{USER}'@'localhost'"
        statements = [f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"]
        statements.append(f"CREATE USER {account} IDENTIFIED BY '{self.password}'")
        statements.append(f"GRANT ALL ON {DATABASE}.* TO {account}")
        # A socket in a shared temporary folder may be reached by others: no account stays without a password.
        statements.append("DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost')")
        statements.append("FLUSH PRIVILEGES")
        statements.append(f"SET PASSWORD FOR 'root'@'localhost' = PASSWORD('{secrets.token_hex(16)}')")
        command = [_program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root"]
        subprocess.run(command, input=";\n".join(statements).encode(), check=True)


def _unescape(value: str) -> str | None:
    if value == "NULL":
        return None
    return re.sub(r"\\[nt0\\]", lambda escape: _ESCAPES[escape.group()], value)
