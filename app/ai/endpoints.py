"""A model at a place where it can be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model of one provider. `provider_id` is None for the installation's own, from its settings.

    `requests_per_minute` holds for the model over all workers. `prices` are what is entered for models of the provider,
    as `model_prices.read_prices` gives them.
    """

    provider_name: str
    model: str
    base_url: str | None
    api_key: str = field(repr=False)
    provider_id: int | None = None
    requests_per_minute: int = 60
    prices: Mapping[str, Sequence[int | None]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def price(self) -> tuple[int, int] | None:
        """What is entered for the model's tokens, in and out: millionths of a US dollar for a million."""
        sent, answered, *_image = self.prices.get(self.model) or (None, None)
        return None if sent is None or answered is None else (sent, answered)

    @property
    def image_price(self) -> int | None:
        """What is entered for an image of the model, in millionths of a US dollar."""
        entered = self.prices.get(self.model, ())
        return entered[2] if len(entered) > 2 else None

    @property
    def is_own(self) -> bool:
        """True for an account's own provider, which the account pays."""
        return self.provider_id is not None

    @property
    def key(self) -> str:
        """The name under which limits, the breaker and the dialect remember it."""
        place = f"provider:{self.provider_id}" if self.provider_id else f"installation:{self.base_url or 'openai'}"
        return f"{place}:{self.model}"
