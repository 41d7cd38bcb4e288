"""The endpoint that whoever runs this installation has set up, in its environment."""

from collections.abc import Mapping
from typing import Any

from app.ai.endpoints import Endpoint

NAME = "IGNY8"  # as accounts see it next to their own providers
USUAL_REQUESTS_PER_MINUTE = 60
DEFAULT_MODEL = "gpt-5-mini"
# Operations whose models can do nothing else, by the setting that names the model. None is taken for granted.
OWN_MODELS = {"embed": "OPENAI_EMBEDDING_MODEL", "image": "OPENAI_IMAGE_MODEL"}


def endpoint(config: Mapping[str, Any], operation: str = "") -> Endpoint | None:
    """The installation's endpoint for an operation; None when there is none.

    An address without a key is for endpoints that need none, such as a model on the same machine. Its model is the one
    that is set: accounts, which do not pay for it, cannot choose another.
    """
    key = _setting(config, "OPENAI_API_KEY")
    base_url = _setting(config, "OPENAI_BASE_URL")
    model = installation_model(config, operation)
    if not model or not (key or base_url):
        return None
    return Endpoint(
        NAME,
        model,
        base_url or None,
        key or "none",
        requests_per_minute=config.get("OPENAI_REQUESTS_PER_MINUTE", USUAL_REQUESTS_PER_MINUTE),
        prices=config.get("AI_PRICES", {}),
    )


def installation_model(config: Mapping[str, Any], operation: str) -> str:
    """The model's name that is set for an operation; empty when none is."""
    if operation in OWN_MODELS:
        return _setting(config, OWN_MODELS[operation])
    return _setting(config, "OPENAI_MODEL") or DEFAULT_MODEL


def _setting(config: Mapping[str, Any], name: str) -> str:
    return str(config.get(name) or "").strip()
