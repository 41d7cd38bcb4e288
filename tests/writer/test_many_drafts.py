"""Many drafts of two accounts by a model, with a worker that is killed: each is written and charged once.

`benchmarks/many_drafts.py` does the same with five hundred.
"""

import pytest

from app.accounts.models import Account
from tests.factories.live import LiveApp, let_the_lease_pass, state_of, wait_for
from tests.factories.many_drafts import IN_TESTS, WORKER, count_drafts, faults_of, write_drafts
from tests.factories.people import make_account
from tests.fakes.openai_server import KEY, MODEL, FakeOpenAI


@pytest.fixture
def workers_ask(openai: FakeOpenAI, workers: LiveApp) -> LiveApp:
    """Workers that ask the stand-in, as the installation has set it up."""
    workers.env |= {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url, "OPENAI_MODEL": MODEL}
    return workers


def test_a_killed_worker_costs_no_draft_no_credit_and_few_calls(
    account: Account, workers_ask: LiveApp, openai: FakeOpenAI
) -> None:
    other = make_account("Few")
    many, few = write_drafts(account, IN_TESTS.many), write_drafts(other, IN_TESTS.few)
    first, _second = (workers_ask.spawn("-c", WORKER) for _ in range(2))
    wait_for(lambda: count_drafts(account) >= 5 and count_drafts(other) >= 5, what="drafts of both accounts")
    workers_ask.kill(first)
    let_the_lease_pass()
    workers_ask.spawn("-c", WORKER)
    wait_for(lambda: {state_of(run) for run in (many, few)} == {"succeeded"}, what="all drafts")
    assert faults_of([account, other], openai, kills=1) == []
