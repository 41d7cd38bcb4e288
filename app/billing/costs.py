"""What each operation costs in credits: the one table, collected from the features."""

from collections.abc import Mapping

from app.core import features
from app.core.costs import Cost


def costs() -> Mapping[str, Cost]:
    """Cost by the name of the operation, in the order of the features."""
    return features.credit_operations()


def cost_of(operation: str) -> Cost:
    """The cost of one operation; raises KeyError for a name that no feature charges for."""
    return costs()[operation]


def estimate(operation: str, pieces: int) -> int:
    """Credits to reserve for so many requests, clusters, drafts or images."""
    return cost_of(operation).each * pieces
