"""Settling differences as a browser does it."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def form_of(client: FlaskClient, content_id: int) -> dict[str, Any]:
    """The hidden fields of the page that compares a content with WordPress."""
    page = client.get(f"/content/{content_id}/drift/").text
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("version", "seen")}  # type: ignore[index]


def settle(client: FlaskClient, content_id: int, act: str, **takes: str) -> TestResponse:
    """Open the page and choose: `act` is a button's value, `takes` ``theirs`` or ``ours`` by field."""
    chosen = {f"take-{name}": side for name, side in takes.items()}
    return client.post(f"/content/{content_id}/drift/", data={**form_of(client, content_id), "act": act, **chosen})
