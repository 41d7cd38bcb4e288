"""How much an account gets of what accounts take turns at, beside one share of any other: workers, and models.

What is known of an account is asked again after a minute.
"""

import time

from app.core import hooks

ASKED_AGAIN_SECONDS = 60.0
_shares: dict[int, tuple[float, float]] = {}  # by account, and until when (monotonic)


def shares_of(account_id: int) -> float:
    """The account's shares, 1 unless somebody says otherwise. What has to be asked is, in a transaction of its own."""
    shares, until = _shares.get(account_id, (1.0, 0.0))
    if time.monotonic() >= until:
        shares = max(hooks.account_shares(account_id), default=1.0)
        _shares[account_id] = shares, time.monotonic() + ASKED_AGAIN_SECONDS
    return shares


def forget_shares() -> None:
    """Ask for each account anew."""
    _shares.clear()
