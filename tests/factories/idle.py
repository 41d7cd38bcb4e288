"""Knowing when a WordPress works on no request any more, one whose caller has gone included."""

import fcntl
from pathlib import Path

from tests.factories.live import wait_for

# Held from the start of a request until PHP has ended it, what follows the answer too.
HOLD = """
if ('cli-server' === PHP_SAPI) {
    $GLOBALS['igny8_in_request'] = fopen(__DIR__ . '/in-request', 'c');
    flock($GLOBALS['igny8_in_request'], LOCK_SH);
}
"""


def wait_until_idle(mu_plugins: Path) -> None:
    """Wait until PHP has ended all requests that hold the lock in this folder."""

    def is_idle() -> bool:
        with (mu_plugins / "in-request").open("a") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    wait_for(is_idle, what="the requests of WordPress to end")
