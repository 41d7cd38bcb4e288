"""The one list of periodic jobs."""

from datetime import timedelta

from app.core.runs.services import sweep
from app.core.scheduler import Periodic
from app.publishing.verification import recheck_unseen
from app.sites.nonces import forget_old_nonces

PERIODIC = [
    Periodic("sweep_runs", timedelta(seconds=2), sweep),
    Periodic("recheck_unseen", timedelta(minutes=10), recheck_unseen),
    Periodic("forget_old_nonces", timedelta(minutes=10), forget_old_nonces),
]
