"""A plugin that talks to the app: signed requests, and the items and events that it sends."""

import hashlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.crypto import decrypt
from app.core.extensions import db
from app.mirror.wire import PostItem, TermItem
from app.sites import connection, signing
from app.sites.models import Site

_sequences = count(1)


class Plugin:
    """The plugin of one site."""

    def __init__(self, client: FlaskClient, site: Site) -> None:
        link = site.connection or connection.make_key(site)
        db.session.commit()
        self.client, self.site_id = client, site.id
        self.key, self.secret = link.key_id, decrypt(link.secret)

    def headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        """The five headers of a signed request."""
        signed = signing.sign_request(
            self.secret, site=str(self.site_id), key=self.key, method=method, route=path, body=body
        )
        return signed.as_headers()

    def send(self, method: str, path: str, body: Any, **more: str) -> TestResponse:
        """Sign and send; `body` is JSON unless it is bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.open(path, method=method, data=raw, headers={**self.headers(method, path, raw), **more})

    def at_once(self, app: Flask, method: str, path: str, bodies: list[Any]) -> list[TestResponse]:
        """Send these at the same time, from a thread each."""
        raw = [json.dumps(body).encode() for body in bodies]
        signed = [(body, self.headers(method, path, body)) for body in raw]
        db.session.commit()

        def send(request: tuple[bytes, dict[str, str]]) -> TestResponse:
            return FlaskClient(app, app.response_class).open(path, method=method, data=request[0], headers=request[1])

        with ThreadPoolExecutor(len(bodies)) as pool:
            answers = list(pool.map(send, signed))
        db.session.expire_all()
        return answers

    def tell(self, *events: dict[str, Any]) -> TestResponse:
        """Send events."""
        return self.send("POST", f"/integrations/{self.site_id}/events/", {"events": list(events)})


def post_item(post_id: int, **changes: Any) -> dict[str, Any]:
    """A post as the plugin tells of it, with hashes that fit."""
    item: dict[str, Any] = {
        "id": post_id,
        "type": "post",
        "status": "publish",
        "title": f"Post {post_id}",
        "content": "<p>Text</p>",
        "excerpt": "",
        "slug": f"post-{post_id}",
        "permalink": f"https://example.com/post-{post_id}/",
        "date_utc": "2026-01-01T10:00:00Z",
        "modified_utc": "2026-01-01T10:00:00Z",
        "author": {"id": 1, "email": "ann@example.com", "name": "Ann"},
        "parent": 0,
        "template": "",
        "featured_image": None,
        "terms": {"category": [], "post_tag": []},
        "seo": {"title": "", "description": "", "canonical": "", "focus_keywords": []},
        "content_id": None,
        "task_id": None,
        "relations": {"cluster_id": None, "sector_id": None, "keyword_ids": []},
    } | changes
    texts = "\n".join(item[name] for name in ("title", "content", "excerpt"))
    state = {name: value for name, value in item.items() if name not in ("title", "content", "excerpt", "permalink")}
    item.setdefault("content_hash", hashlib.sha256(texts.encode()).hexdigest())
    item.setdefault("state_hash", hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest())
    return item


def post(post_id: int, **changes: Any) -> PostItem:
    """The same, validated."""
    return PostItem.model_validate(post_item(post_id, **changes))


def term_item(term_id: int, taxonomy: str = "category", **changes: Any) -> dict[str, Any]:
    """A term as the plugin tells of it."""
    return {
        "term_id": term_id,
        "taxonomy": taxonomy,
        "name": f"Term {term_id}",
        "slug": f"term-{term_id}",
        "description": "",
        "parent": 0,
        "count": 1,
        "permalink": "",
        "content_id": None,
        "igny8_id": None,
    } | changes


def term(term_id: int, taxonomy: str = "category", **changes: Any) -> TermItem:
    """The same, validated."""
    return TermItem.model_validate(term_item(term_id, taxonomy, **changes))


def post_event(item: dict[str, Any] | int, kind: str = "changed", **changes: Any) -> dict[str, Any]:
    """An event about a post; of one that is gone by its id."""
    told = item if isinstance(item, dict) else None
    return {
        "id": secrets.token_hex(16),
        "object": "post",
        "object_id": told["id"] if told else item,
        "taxonomy": None,
        "kind": kind,
        "sequence": next(_sequences),
        "changed_at": "2026-01-02T10:00:00Z",
        "changed_by": {"id": 3, "name": "Ann"},
        "content_id": None,
        "task_id": None,
        "post": told,
        "term": None,
        "terms": [],
    } | changes


def term_event(item: dict[str, Any], kind: str = "changed", **changes: Any) -> dict[str, Any]:
    """An event about a term."""
    event = post_event(item["term_id"], kind, object="term", taxonomy=item["taxonomy"])
    return event | {"term": item if kind == "changed" else None} | changes


@pytest.fixture
def plugin(app: Flask, site: Site) -> Plugin:
    """The plugin of the site under test."""
    return Plugin(app.test_client(), site)
