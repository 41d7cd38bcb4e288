"""What WordPress has of our content, as a feature."""

from datetime import timedelta

from app.content import hooks
from app.core.features import Feature
from app.core.scheduler import Periodic
from app.mirror import drift_state
from app.mirror.locks import lock_states
from app.mirror.upkeep import forget_old


def _connect() -> None:
    hooks.content_changed.add(drift_state.refresh_drift)
    hooks.contents_deleting.add(lock_states)


FEATURE = Feature(
    key="mirror",
    place=60,
    periodic=(Periodic("forget_old_changes", timedelta(hours=24), forget_old),),
    connect=_connect,
)
