"""POSTs of chat calls: guarded, bounded, never repeated, over connections that stay open for the next call.

The `openai` SDK is not asked for them: between our reading of answers and our guard it was an envelope that cost each
call a quarter of its time here and hid what went wrong (docs/decisions/0016).
"""

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import requests

from app.core import http, http_stream
from app.core.http_stream import OpenAnswer, Patience

OPENAI = "https://api.openai.com/v1"


@lru_cache(maxsize=64)
def _session(base_url: str, allowed_private_hosts: tuple[str, ...]) -> requests.Session:
    """The connections of this process to one endpoint, whoever's key goes over them."""
    return http.make_session(allowed_private_hosts)


def post(
    base_url: str | None,
    api_key: str,
    body: Mapping[str, Any],
    *,
    patience: Patience,
    allowed_private_hosts: tuple[str, ...],
) -> OpenAnswer:
    """The answer to a chat call, whatever its status, its body still coming; it has to be closed.

    Raises OutboundError. No redirect is followed and no proxy of the environment asked.
    """
    place = (base_url or OPENAI).rstrip("/")
    headers = {
        "Authorization": f"Bearer {api_key}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    return http_stream.stream(
        _session(place, allowed_private_hosts),
        "POST",
        f"{place}/chat/completions",
        headers=headers,
        data=json.dumps(body).encode(),
        patience=patience,
    )


os.register_at_fork(after_in_child=_session.cache_clear)  # two processes must not write to one connection
