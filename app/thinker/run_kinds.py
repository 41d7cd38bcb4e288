"""Kinds of run of Thinker."""

from app.core.languages import N_
from app.core.runs.kinds import RunKind
from app.thinker.permissions import ThinkerPermission

TEST_PROMPT = RunKind(
    "test_prompt", "jobs.thinker.test_prompt", N_("Prompt test"), permission=ThinkerPermission.WRITE, module="thinker"
)
KINDS = (TEST_PROMPT,)
