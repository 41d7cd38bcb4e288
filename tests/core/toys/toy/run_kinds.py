"""The toy's kind of run."""

from app.core.runs.kinds import Hold, RunKind
from tests.core.toys.toy.permissions import ToyPermission

PLAY = RunKind(
    "play",
    "tests.core.toys.toy.work.play",
    "Playing",
    permission=ToyPermission.WRITE,
    module="toy",
    operation="playing",
    subject_type="content",
    holds_subject=Hold.TEXT,
    unattended=True,
)
