"""What the planner's work costs, said before it is started."""

import math

from app.ai import charging
from app.ai.calls.request_sizes import size_of

MAX_CLUSTERED = 100_000  # keywords that one run takes
KEYWORDS_OF_A_REQUEST = 200
FEWEST_OF_A_CLUSTER = 2  # keywords that make a new one


def clustering_requests(account_id: int, waiting: int) -> int:
    """The most requests to a model that clustering so many keywords takes.

    Each names clusters of KEYWORDS_OF_A_REQUEST keywords, or as many clusters as the account asks for at once.
    """
    least = min(KEYWORDS_OF_A_REQUEST, FEWEST_OF_A_CLUSTER * size_of(account_id, "clusters_per_request"))
    return math.ceil(min(waiting, MAX_CLUSTERED) / least)


def clustering_price(account_id: int, waiting: int) -> charging.Quote:
    """The price of clustering so many keywords."""
    return charging.price_quote(account_id, "clustering", clustering_requests(account_id, waiting))
