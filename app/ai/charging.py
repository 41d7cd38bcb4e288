"""Credits for what providers do: the price before, the reservation with the run, the charge with the result.

The built-in provider is free. A real model is charged by the table of costs; what a run does not use is
given back at its end.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ai import block_html
from app.ai.gateway import provider_for
from app.ai.metering import Tokens
from app.ai.provider import ClusteringProvider, Provider
from app.billing import credits
from app.billing.costs import costs, estimate
from app.billing.entitlements import entitlements_of
from app.core.runs import Run

_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Quote:
    """What something will cost, before it is started. `have` is None where credits are not counted."""

    operation: str
    pieces: int
    credits: int
    have: int | None
    is_free: bool

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


def price_quote(config: Mapping[str, Any], account_id: int, operation: str, pieces: int = 1) -> Quote:
    """The price of so many requests, clusters or drafts with the provider that is set up."""
    free = provider_for(config).is_builtin
    return Quote(
        operation, pieces, 0 if free else estimate(operation, pieces), entitlements_of(account_id).credits, free
    )


def reserve_credits(config: Mapping[str, Any], run: Run, operation: str, pieces: int) -> None:
    """Reserve the run's credits in the transaction that starts it; nothing for the built-in provider. Flushes.

    Raises NotEnoughCredits: nothing is started then.
    """
    if not provider_for(config).is_builtin and run.state == "queued":
        credits.reserve_for_run(run, operation, pieces)


def clustering_requests(provider: Provider, keywords: int) -> int:
    """How many questions the provider needs for so many keywords."""
    return (
        math.ceil(keywords / provider.cluster_at_once) if isinstance(provider, ClusteringProvider) else min(1, keywords)
    )


def count_words(html: str) -> int:
    """Words of a text; where words are not separated by spaces, two characters count as one."""
    text = block_html.plain_text(html)
    unspaced = len(_NO_SPACES.findall(text))
    return len(_NO_SPACES.sub(" ", text).split()) + math.ceil(unspaced / 2)


class Charges:
    """What one run is charged for an operation. Calls belong in the transaction that stores the result."""

    def __init__(self, run: Run, operation: str, provider: Provider, pieces: int) -> None:
        """Make sure the credits are put aside, also for runs that were started when nothing was charged. Flushes.

        Raises NotEnoughCredits.
        """
        self._run = run
        self._operation = operation
        self._provider = provider
        self._charged = not provider.is_builtin
        self.used = 0
        if self._charged:
            credits.reserve_for_run(run, operation, pieces)

    def charge(
        self,
        key: str,
        *,
        units: int,
        object_type: str,
        title: str,
        object_id: int | None = None,
        tokens: Tokens | None = None,
        capped: bool = False,
    ) -> None:
        """Charge one thing that was done; `key` names it within the run and makes it charged once. Flushes."""
        price = costs()[self._operation].of(units) if self._charged else 0
        used_tokens = tokens or Tokens()
        record = credits.UsageRecord(
            key=f"run:{self._run.id}:{key}",
            credits=price,
            object_type=object_type,
            object_id=object_id,
            object_title=title,
            provider=used_tokens.model or self._provider.name,
            tokens_in=used_tokens.sent,
            tokens_out=used_tokens.answered,
            cost_micros=used_tokens.cost_micros if self._charged else 0,
        )
        self.used += credits.charge(self._run, self._operation, record, capped=capped)
