"""What accounts have to say before work begins: modules that are off, accounts that are about to be deleted."""

from app.auth import accounts, modules
from app.core import hooks


def connect() -> None:
    """Be asked by the core from now on."""
    for hook in (hooks.run_starting, hooks.run_working):
        hook.add(modules.refuse_run)
        hook.add(accounts.refuse_work)
