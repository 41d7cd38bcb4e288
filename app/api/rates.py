"""How many requests a token may make a minute, and how many are left: counted over all processes."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import DomainError
from app.core.limits import Window, spend_window


class Rate(StrEnum):
    """What is counted together."""

    GENERAL = "general"
    LINKER = "linker"
    OPTIMIZER = "optimizer"


A_MINUTE = {Rate.GENERAL: 300, Rate.LINKER: 30, Rate.OPTIMIZER: 10}


@dataclass(frozen=True)
class Spent:
    """How a limit stands after this request."""

    limit: int
    remaining: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every answer."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.seconds),
        }


def spend_request(token_id: int, rate: Rate) -> tuple[Spent, DomainError | None]:
    """Count a request of this token: how the limit stands then, and the error where it was used up."""
    window: Window = spend_window(A_MINUTE[rate], "API", str(token_id), rate)
    return Spent(A_MINUTE[rate], window.remaining, window.seconds), window.refusal
