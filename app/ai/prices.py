"""What models cost, by tables that come with a package (genai-prices): nothing is fetched at run time.

`prices.toml` holds what the package does not know, or knows otherwise, and what images cost. The package is imported
when it is first asked: its tables take a quarter of a second.
"""

import tomllib
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from app.ai.endpoints import Endpoint
from app.core.own_hosts import is_inner_name

# Makers whose models run nowhere else for free: what answers under these names in one's own network is a proxy.
CLOSED_MAKERS = ("openai", "anthropic", "google")
OPEN_WEIGHTS = ("gpt-oss", "gemma")
_TABLES = tomllib.loads(Path(__file__).with_name("prices.toml").read_text())
OVERRIDES: dict[str, tuple[float, float]] = {
    name: (float(pair[0]), float(pair[1])) for name, pair in _TABLES["tokens"].items()
}
IMAGE_MICROS: dict[str, int] = {name: round(dollars * 1_000_000) for name, dollars in _TABLES["images"].items()}


def cost_micros(
    model: str, sent: int, answered: int, base_url: str | None = None, *, is_image: bool = False
) -> int | None:
    """What so many tokens cost at an endpoint (None: OpenAI's, or not known which), in millionths of a US dollar.

    `is_image` says that the answer is a picture, whose tokens may cost more than those of words. None for a model
    without a known price.
    """
    if own := _override(model):
        return round(sent * own[0] + answered * own[1])  # dollars per million are millionths per one
    return _packaged_cost(model, sent, answered, base_url or "", is_image)


def cost_at(endpoint: Endpoint, sent: int, answered: int, images: int = 0) -> int | None:
    """What so many tokens cost there, like `cost_micros`; by the account's own price where the tables have none.

    Images that have a price each cost that, whatever their tokens.
    """
    if images and (each := image_micros(endpoint)) is not None:
        return images * each
    cost = cost_micros(endpoint.model, sent, answered, endpoint.base_url, is_image=images > 0)
    if cost is not None or endpoint.price is None:
        return cost
    return -(-(sent * endpoint.price[0] + answered * endpoint.price[1]) // 1_000_000)


def image_micros(endpoint: Endpoint) -> int | None:
    """What an image costs there, in millionths of a US dollar: what the account has entered, else the most it can cost.

    None for models that are paid by tokens, and for those without a known price.
    """
    if endpoint.image_price is not None:
        return endpoint.image_price
    name = _longest(endpoint.model.rpartition("/")[2], IMAGE_MICROS)
    return IMAGE_MICROS[name] if name else None


def has_price(endpoint: Endpoint, images: int = 0) -> bool:
    """Whether it is known what the endpoint's model costs there, with so many images; 0 is a price."""
    return cost_at(endpoint, 1, 1, images) is not None


def _override(model: str) -> tuple[float, float] | None:
    name = _longest(model, OVERRIDES)
    return OVERRIDES[name] if name else None


def _longest(model: str, names: Iterable[str]) -> str:
    """The longest of the names that the model's begins with; empty for none."""
    return max((name for name in names if model == name or model.startswith(f"{name}-")), key=len, default="")


def _packaged_cost(model: str, sent: int, answered: int, base_url: str, is_image: bool) -> int | None:
    from genai_prices import Usage, calc_price

    provider = _provider_of(model, base_url)
    if provider is None:
        return None
    pictures = {"output_image_tokens": answered} if is_image else {}
    usage = Usage(input_tokens=sent, output_tokens=answered, **pictures)
    return round(calc_price(usage, model, provider_id=provider).total_price * Decimal(1_000_000))


@lru_cache(maxsize=2048)
def _provider_of(model: str, base_url: str) -> str | None:
    """The package's name of who sells this model there; None when nobody is known to."""
    from genai_prices.data_snapshot import get_snapshot

    def find(provider_id: str | None, url: str | None) -> str | None:
        try:
            return get_snapshot().find_provider_model(model, None, provider_id, url)[0].id
        except LookupError:
            return None

    if not base_url or (listed_provider := _known_place(base_url)):
        return find(listed_provider, None) if base_url else find(None, None) or find("openai", None)
    if not _is_inner(base_url):
        return find(None, None)
    if model.lower().startswith(OPEN_WEIGHTS):
        return None
    return next((maker for maker in CLOSED_MAKERS if find(maker, None)), None)


def _known_place(base_url: str) -> str | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        return get_snapshot().find_provider(None, None, base_url).id
    except LookupError:
        return None


def _is_inner(base_url: str) -> bool:
    try:
        return is_inner_name(urlsplit(base_url).hostname or "")
    except ValueError:
        return False
