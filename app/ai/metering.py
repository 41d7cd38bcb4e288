"""How many tokens a call to a model took, and what they cost."""

from dataclasses import dataclass


@dataclass
class Tokens:
    """What was sent and answered in a call with all its attempts; `model` is the last one that answered.

    `cost_micros` is their price in millionths of a US dollar; None for models without a known price.
    """

    model: str = ""
    sent: int = 0
    answered: int = 0
    cost_micros: int | None = None

    def add(self, model: str, sent: int, answered: int, cost_micros: int | None) -> None:
        """Count one attempt."""
        self.model = model
        self.sent += sent
        self.answered += answered
        if cost_micros is not None:
            self.cost_micros = (self.cost_micros or 0) + cost_micros
