"""What the planner's work costs, said before it is started."""

from collections.abc import Mapping
from typing import Any

from app.ai import charging
from app.ai.gateway import provider_for

MAX_CLUSTERED = 100_000  # keywords that one run takes


def clustering_requests(config: Mapping[str, Any], waiting: int) -> int:
    """How many questions a model is asked to cluster so many keywords."""
    return charging.clustering_requests(provider_for(config), min(waiting, MAX_CLUSTERED))


def clustering_price(config: Mapping[str, Any], account_id: int, waiting: int) -> charging.Quote:
    """The price of clustering so many keywords."""
    return charging.price_quote(config, account_id, "clustering", clustering_requests(config, waiting))
