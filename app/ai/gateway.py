"""Choosing the provider from the configuration.

Each is imported when it is used: their libraries take 90 MB and seconds that the web and most jobs need not spend.
"""

from collections.abc import Mapping
from typing import Any

from app.ai.provider import Provider

DEFAULT_MODEL = "gpt-5-mini"


def provider_for(config: Mapping[str, Any]) -> Provider:
    """The model at OPENAI_BASE_URL when a key or an address is set, else the built-in provider.

    An address without a key is for endpoints that need none, such as a model on the same machine.
    """
    key = str(config.get("OPENAI_API_KEY") or "").strip()
    base_url = str(config.get("OPENAI_BASE_URL") or "").strip()
    if not key and not base_url:
        from app.ai.builtin import BuiltinProvider

        return BuiltinProvider()
    from app.ai.openai_client import ChatClient
    from app.ai.openai_provider import OpenAIProvider

    model = str(config.get("OPENAI_MODEL") or "").strip() or DEFAULT_MODEL
    private = config.get("ALLOWED_PRIVATE_HOSTS") or ()
    client = ChatClient(key or "none", model, base_url or None, allowed_private_hosts=private)
    return OpenAIProvider(client, model)
