"""Credits for what models do: the price before, the reservation with the run, the charge with the result.

The built-in way is free, and so is what a provider of the account's own has answered: the account pays it already
(docs/decisions/0033). The installation's model is charged by the table of costs; what a run does not use is given back
at its end.
"""

import math
import re
from dataclasses import dataclass
from typing import Any

from app.ai import gateway
from app.ai.call_context import Answered
from app.ai.calls import record
from app.ai.markup import block_html
from app.ai.metering import Tokens
from app.ai.tasks import DIRECT_OPERATIONS, OPERATIONS, RETIRED
from app.billing import credits
from app.billing.costs import costs, estimate
from app.billing.entitlements import entitlements_of
from app.core.runs import Run

BUILT_IN = "Built-in"
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LONG_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer


@dataclass(frozen=True, slots=True)
class Quote:
    """What something will cost, before it is started. `have` is None where credits are not counted.

    It is free without a model, or, where `is_own`, because the account's own providers do it.
    """

    operation: str
    pieces: int
    credits: int
    have: int | None
    is_free: bool
    is_own: bool = False

    @property
    def missing(self) -> int:
        """How many credits are lacking."""
        return 0 if self.is_free or self.have is None else max(0, self.credits - self.have)

    @property
    def each(self) -> int:
        """Credits for one piece; 0 when it is free."""
        return 0 if self.is_free else costs()[self.operation].each

    @property
    def price_label(self) -> str:
        """The price list's line, as `1 credit per 100 words`."""
        return costs()[self.operation].price_label


def price_quote(account_id: int, operation: str, pieces: int = 1) -> Quote:
    """The price of so many requests, clusters or drafts with what is set up for the account."""
    free = not is_charged(account_id, operation)
    return Quote(
        operation,
        pieces,
        0 if free else estimate(operation, pieces),
        entitlements_of(account_id).credits,
        free,
        is_own=free and gateway.has_model(account_id),
    )


def is_charged(account_id: int, operation: str) -> bool:
    """Whether work of this credit operation may cost credits: any of its calls may go to the installation's model."""
    keys = [
        *(key for key, task in OPERATIONS.items() if task.credit_operation == operation and key not in RETIRED),
        *(key for key, task in DIRECT_OPERATIONS.items() if task.credit_operation == operation),
    ]
    return any(gateway.may_cost_credits(account_id, key) for key in keys or [operation])


def reserve_credits(run: Run, operation: str, pieces: int) -> None:
    """Reserve the run's credits in the transaction that starts it; nothing where it is free. Flushes.

    Raises NotEnoughCredits: nothing is started then.
    """
    if run.state == "queued" and is_charged(run.account_id, operation):
        credits.reserve_for_run(run, operation, pieces)


def count_words(html: str) -> int:
    """Words of a text; where they are not separated by spaces, two characters of East Asia or five letters of
    Southeast Asia count as one."""
    text = block_html.plain_text(html)
    east, southeast = len(_NO_SPACES.findall(text)), len(_LONG_UNSPACED.findall(text))
    spaced = _LONG_UNSPACED.sub(" ", _NO_SPACES.sub(" ", text))
    return len(spaced.split()) + math.ceil(east / 2) + math.ceil(southeast / 5)


class Charges:
    """What one run is charged for an operation. Calls belong in the transaction that stores the result."""

    def __init__(self, run: Run, operation: str, pieces: int, *, asks_model: bool = True) -> None:
        """Make sure the credits are put aside, also for runs that were started when nothing was charged. Flushes.

        Without `asks_model` none of it is a model's work, and all of it is free. Raises NotEnoughCredits.
        """
        self._run = run
        self._operation = operation
        self._charged = asks_model and is_charged(run.account_id, operation)
        self.used = 0
        if self._charged:
            credits.reserve_for_run(run, operation, pieces)

    def is_noted(self, key: str) -> bool:
        """Whether the run has already done and stored what this key names, perhaps before its worker died."""
        return credits.is_usage_noted(self._usage_key(key))

    def _usage_key(self, key: str) -> str:
        return f"run:{self._run.id}:{key}"

    def charge(
        self,
        key: str,
        *,
        units: int,
        before: int = 0,
        object_type: str,
        title: str,
        object_id: int | None = None,
        answered: Answered[Any] | None = None,
        capped: bool = False,
    ) -> None:
        """Charge one thing that was done, and note it with the call that did it. Flushes.

        Only what a model answered costs credits. `key` names it within the run and makes it charged once. `units`
        counts the whole thing so far, of which `before` were charged already: the parts of a text cost together what
        the text costs.
        """
        cost, is_own = costs()[self._operation], answered is not None and answered.is_own
        is_charged = self._charged and answered is not None and not is_own and not answered.is_builtin
        price = max(0, cost.of(units) - (cost.of(before) if before else 0)) if is_charged else 0
        used_tokens = answered.tokens if answered else Tokens()
        usage = credits.UsageRecord(
            key=self._usage_key(key),
            credits=price,
            object_type=object_type,
            object_id=object_id,
            object_title=title,
            provider=used_tokens.model or BUILT_IN,
            tokens_in=used_tokens.sent,
            tokens_out=used_tokens.answered,
            cost_micros=used_tokens.cost_micros if self._charged or is_own else 0,
        )
        charged = credits.charge(self._run, self._operation, usage, capped=capped)
        if charged and answered and answered.call_id is not None:
            record.add_credits(answered.call_id, charged)
        self.used += charged
