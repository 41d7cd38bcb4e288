"""Who a call counts for beside its account: a rule may have a cap of its own for each day.

The domain that has rules (`app.automation`) stands above this one and answers `spender_of_run`.
"""

from dataclasses import replace
from uuid import UUID

from app.ai.call_context import CallContext
from app.ai.calls import spending
from app.core.extensions import db
from app.core.hooks import Question

# (account_id, run_id) What set the run off, as `rule:12`; "" for what a person did.
spender_of_run: Question[[int, UUID], str] = Question()


def with_spender(account_id: int, call: CallContext) -> CallContext:
    """The call with what set its run off as its spender, where that has a cap. Reads only."""
    if call.spender or call.run_id is None:
        return call
    for spender in spender_of_run(account_id, call.run_id):
        if spender and spending.spender_cap(db.session(), account_id, spender) is not None:
            return replace(call, spender=spender)
    return call
