"""Testing prompts."""

from app.core.runs import Outcome, RunContext
from app.thinker import trial_work


def test_prompt(context: RunContext) -> Outcome:
    """The test that names this run; answers that are there are passed over."""
    return trial_work.run_test(context)
