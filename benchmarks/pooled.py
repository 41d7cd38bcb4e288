"""PgBouncer in front of a benchmark's PostgreSQL, in transaction mode."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from app.config import DATABASE_ROLE
from app.devstack.processes import free_port

PROGRAM = "pgbouncer"
SERVERS = 10  # connections to PostgreSQL, for all processes
OWNER = "pgserver"  # whose socket PostgreSQL's is, where it was started by root


class PgBouncer:
    """The pooler as a process of its own; `kill` ends it as a power cut would, `start` starts it again."""

    def __init__(self, folder: Path, owner_url: str) -> None:
        if shutil.which(PROGRAM) is None and not Path("/usr/sbin/pgbouncer").exists():
            raise SystemExit("PgBouncer is missing: apt-get install pgbouncer")
        socket_folder = parse_qs(urlsplit(owner_url).query)["host"][0]
        self._folder, self.port = folder, free_port()
        self.url = f"postgresql://{DATABASE_ROLE}@127.0.0.1:{self.port}/igny8"
        users = folder / "users.txt"
        users.write_text(f'"{DATABASE_ROLE}" ""\n')
        self._config = folder / "pgbouncer.ini"
        self._config.write_text(
            f"[databases]\nigny8 = host={socket_folder} dbname=igny8\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {users}\npool_mode = transaction\n"
            f"default_pool_size = {SERVERS}\nmax_client_conn = 500\nserver_login_retry = 1\n"
            f"query_wait_timeout = 20\nlogfile = {folder / 'pgbouncer.log'}\n"
        )
        for path in (users, self._config):
            path.chmod(0o644)
        (folder / "pgbouncer.log").touch()
        (folder / "pgbouncer.log").chmod(0o666)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns when it answers."""
        program = shutil.which(PROGRAM) or "/usr/sbin/pgbouncer"
        self.process = subprocess.Popen(
            [program, "-q", *(("-u", OWNER) if os.getuid() == 0 else ()), str(self._config)]
        )
        until = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def kill(self) -> None:
        """End it the hard way."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None
