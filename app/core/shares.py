"""How large an account's share is of what accounts take turns at (workers and models), where any other has one.

The answer is cached for a minute.
"""

import time

from app.core import hooks

ASKED_AGAIN_SECONDS = 60.0
_shares: dict[int, tuple[float, float]] = {}  # by account, and until when (monotonic)


def shares_of(account_id: int) -> float:
    """The account's shares, 1 unless a feature says otherwise. May read the database, in a transaction of its own."""
    shares, until = _shares.get(account_id, (1.0, 0.0))
    if time.monotonic() >= until:
        shares = max(hooks.account_shares(account_id), default=1.0)
        _shares[account_id] = shares, time.monotonic() + ASKED_AGAIN_SECONDS
    return shares


def forget_shares() -> None:
    """Empty the cache."""
    _shares.clear()
