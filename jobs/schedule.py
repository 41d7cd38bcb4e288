"""The one list of periodic jobs: what the features bring."""

from app.core import features
from app.core.scheduler import Periodic


def periodic_jobs() -> list[Periodic]:
    """Every periodic job of the registered features."""
    return features.periodic()
