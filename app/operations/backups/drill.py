"""A drill: the newest backups are restored into a scratch database and folder, and the application is started on it."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.config import ROOT
from app.core import http
from app.operations.backups import restore
from app.operations.backups.errors import BackupError
from app.operations.backups.manifest import Manifest
from app.operations.backups.store import BackupFolder

START_SECONDS = 120.0
# A drill talks to nobody: neither to models nor to Stripe, nor does it send mail or signs of life.
WITHOUT = frozenset(
    (
        *("OPENAI_API_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "SMTP_HOST", "HEALTHCHECK_PING_URL"),
        *("DATABASE_APP_URL", "PUBLIC_URL", "TRUSTED_HOSTS", "TRUSTED_PROXIES", "PROMETHEUS_MULTIPROC_DIR"),
    )
)


@dataclass(frozen=True)
class Proof:
    """What a drill has shown: what came back, and how long each part took, in seconds."""

    backup: str
    tables: int
    rows: int
    files: int
    restore_seconds: float
    start_seconds: float

    @property
    def words(self) -> str:
        """The proof as a sentence."""
        return (
            f"{self.tables} tables with {self.rows:,} rows and {self.files:,} files came back from {self.backup} in "
            f"{self.restore_seconds:.0f} s; the application answered on them {self.start_seconds:.0f} s later."
        )


def drill(store: BackupFolder, identity: str, config: Mapping[str, Any], name: str = "") -> Proof:
    """Prove that the newest backups (or the named one of the database) can be restored. Raises BackupError."""
    path = restore.newest_or(store, "database", name)
    manifest, began = restore.check_backup(path, identity), time.monotonic()
    url, scratch = config["OWNER_DATABASE_URI"], f"igny8_drill_{secrets.token_hex(4)}"
    try:
        restored = restore.create_database(url, scratch)
        restore.fill_database(path, manifest, identity, restored)
        with tempfile.TemporaryDirectory(prefix="drill-", dir=_scratch_folder(config)) as folder:
            files = _unpack_archives(store, identity, Path(folder))
            restore.migrate_restored(restored)
            restore_seconds = time.monotonic() - began
            start_seconds = _start_application(restored, Path(folder))
    finally:
        with suppress(BackupError):
            restore.drop_database(url, scratch)
    return _proof(manifest, files, restore_seconds, start_seconds)


def _scratch_folder(config: Mapping[str, Any]) -> Path:
    """On the disk of the data: the temporary folder may be memory, and media are many."""
    folder = Path(config["INSTANCE_PATH"]) / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _proof(manifest: Manifest, files: int, restore_seconds: float, start_seconds: float) -> Proof:
    rows = sum(table.rows for table in manifest.tables.values())
    return Proof(manifest.name, len(manifest.tables), rows, files, restore_seconds, start_seconds)


def _unpack_archives(store: BackupFolder, identity: str, folder: Path) -> int:
    count = 0
    for kind in ("media", "configuration"):
        path = store.path(kind, store.newest(kind))
        count += restore.unpack_archive(path, restore.check_backup(path, identity), identity, folder / kind)
    return count


def _start_application(url: str, folder: Path) -> float:
    """Start the web process on the restored database and ask how it is. Seconds until it answered."""
    port, token, began = _free_port(), secrets.token_hex(16), time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name not in WITHOUT} | {
        "DATABASE_URL": url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_PROCESSES": "1",
        "METRICS_TOKEN": token,
        "INSTANCE_PATH": str(folder / "instance"),
        "MEDIA_URL": (folder / "media").as_uri(),
    }
    with _running([sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"], environment) as process:
        checks = _ask_health(port, token, process)
    if not checks["database"]["ok"]:
        raise BackupError(f"The application does not work on what came back: {checks['database']['detail']}.")
    return time.monotonic() - began


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _ask_health(port: int, token: str, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    session, until = http.make_session(["127.0.0.1"]), time.monotonic() + START_SECONDS
    headers = {"Authorization": f"Bearer {token}"}
    while time.monotonic() < until and process.poll() is None:
        try:
            answer = http.fetch(session, "GET", f"http://127.0.0.1:{port}/healthz", headers=headers, read_seconds=10)
            return dict(json.loads(answer.text)["checks"])  # with 503 too: workers are missing, which no drill starts
        except (http.OutboundError, ValueError):
            time.sleep(0.2)
    raise BackupError("The application did not start on what came back.")
