"""A signed client of the plugin's routes, and what tests send with it."""

import base64
import hashlib
import itertools
import json
import os
import struct
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import requests

from app.sites import signing

_numbers = itertools.count(1)


def fresh_id(kind: str) -> str:
    """Return an id that no other test of this run uses."""
    return f"{kind}-{os.getpid()}-{next(_numbers)}"


def png(width: int = 40, height: int = 30, *, seed: int | None = None) -> bytes:
    """Return a PNG; another seed gives other bytes."""
    number = next(_numbers) * 7919 + os.getpid() if seed is None else seed
    row = b"\0" + struct.pack(">I", number)[1:] * width
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height)),
        (b"tEXt", b"seed\0%d" % number),
        (b"IEND", b""),
    ]
    chunks = [struct.pack(">I", len(b)) + t + b + struct.pack(">I", zlib.crc32(t + b)) for t, b in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def image(data: bytes, role: str = "inline", position: int = 0, **changes: Any) -> dict[str, Any]:
    """Return an entry of ``images`` for these bytes."""
    entry = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "filename": "photo.png",
        "mime": "image/png",
        "size": len(data),
        "alt": "",
        "title": "",
        "caption": "",
        "role": role,
        "position": position,
    }
    return {**entry, **changes}


def payload(content_id: str | None = None, run_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a body of import-content; ``post`` and ``seo`` are merged into, the rest is replaced."""
    body: dict[str, Any] = {
        "action": "publish",
        "contract": 1,
        "run_id": run_id or fresh_id("run"),
        "content_id": content_id or fresh_id("content"),
        "task_id": None,
        "mode": "manual",
        "post": {
            "type": "post",
            "title": "A plain title",
            "content": "<p>Some text.</p>",
            "excerpt": "",
            "slug": "",
            "date_utc": None,
            "author_email": None,
            "external_id": None,
        },
        "terms": [],
        "relations": {"cluster": None, "sector": None, "keyword_ids": []},
        "seo": {"title": "", "description": "", "canonical": "", "focus_keywords": []},
        "images": [],
        "payload_hash": "0" * 64,
    }
    for name, value in changes.items():
        body[name] = {**body[name], **value} if name in ("post", "seo", "relations") else value
    return body


def term(name: str, taxonomy: str = "category", **changes: Any) -> dict[str, Any]:
    """Return an entry of ``terms``."""
    return {"ref": fresh_id("t"), "taxonomy": taxonomy, "name": name, "slug": "", "external_id": None, **changes}


@dataclass
class Answer:
    """What the plugin answered; ``signed`` tells whether its signature held."""

    status: int
    data: Any
    signed: bool
    text: str
    headers: Any = field(repr=False, default=None)

    @property
    def result(self) -> Any:
        """The result of a success; fails the test with the answer otherwise."""
        assert self.status == 200, self.text
        assert self.signed, "the answer is not signed"
        return self.data["result"]

    @property
    def error(self) -> Any:
        """The error; fails the test on a success."""
        assert self.status >= 400, self.text
        return self.data["error"]

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.error["code"])


@dataclass
class PluginClient:
    """Signs, sends over one of the transports and checks the answer's signature."""

    url: str
    site: str
    key: str
    secret: str
    transport: int = 1
    envelope: bool = False

    def call(
        self,
        name: str,
        method: str = "GET",
        *,
        query: dict[str, str] | None = None,
        body: bytes = b"",
        content_type: str = "application/json",
        timestamp: int | None = None,
        nonce: str | None = None,
        tamper: dict[str, str] | None = None,
        wire_method: str | None = None,
    ) -> Answer:
        """Send one signed request. ``tamper`` replaces signature fields after signing."""
        signed = signing.sign_request(
            self.secret,
            site=self.site,
            key=self.key,
            method=method,
            route=f"/igny8/v1/{name}",
            query=query or {},
            body=body,
            timestamp=timestamp,
            nonce=nonce,
        )
        fields = {**signed.as_envelope(), **(tamper or {})}
        headers = {"Content-Type": content_type}
        if self.envelope:
            binary = not content_type.startswith("application/json")
            inner = {"body_base64": base64.b64encode(body).decode()} if binary else {"body": body.decode()}
            outer = {signing.ENVELOPE: fields, **inner}
            sent = json.dumps(outer).encode()
            headers["Content-Type"] = "application/json"
        else:
            sent = body
            headers |= {f"X-IGNY8-{field_name.capitalize()}": value for field_name, value in fields.items()}
        response = requests.request(
            wire_method or method,
            self._address(name, query or {}),
            data=sent,
            headers=headers,
            timeout=60,
            allow_redirects=False,
        )
        return self._read(response, signed)

    def post_json(self, name: str, body: dict[str, Any]) -> Answer:
        """Send a body to a route."""
        return self.call(name, "POST", body=json.dumps(body, ensure_ascii=False).encode())

    def post(self, body: dict[str, Any], action: str | None = None) -> Answer:
        """Send a body to import-content."""
        return self.post_json("import-content", {**body, "action": action} if action else body)

    def sync(self, settings: dict[str, Any], changed_at: str = "", changed_by: str = "Ann") -> Answer:
        """Send settings, changed now unless said otherwise."""
        when = changed_at or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = {"settings": settings, "changed_at": when, "changed_by": changed_by}
        return self.post_json("sync-settings", body)

    def upload(self, body: dict[str, Any], data: bytes, **changes: str) -> Answer:
        """Upload an image for the run of a body."""
        query = {
            "run_id": body["run_id"],
            "content_id": body["content_id"],
            "sha256": hashlib.sha256(data).hexdigest(),
            "filename": "photo.png",
            "alt": "",
            "title": "",
            "caption": "",
        }
        return self.call("upload-image", "POST", query={**query, **changes}, body=data, content_type="image/png")

    def publish(self, body: dict[str, Any], *images: bytes) -> Answer:
        """Claim, upload and publish, as the app does; stops at the first refusal."""
        if not body["images"]:
            answer = self.post(body, "claim_publish")
            if answer.status == 200:  # told with the claim otherwise
                assert isinstance(answer.data["result"].pop("warnings"), list)
            return answer
        claim = self.post(body, "claim")
        if claim.status != 200:
            return claim
        for data in images:
            uploaded = self.upload(body, data)
            if uploaded.status != 200:
                return uploaded
        return self.post(body, "publish")

    def _address(self, name: str, query: dict[str, str]) -> str:
        more = urlencode(query)
        if self.transport == 1:
            return f"{self.url}/wp-json/igny8/v1/{name}" + (f"?{more}" if more else "")
        if self.transport == 2:
            return f"{self.url}/?rest_route=/igny8/v1/{name}" + (f"&{more}" if more else "")
        return f"{self.url}/wp-admin/admin-post.php?action=igny8&igny8_route={name}" + (f"&{more}" if more else "")

    def _read(self, response: requests.Response, signed: signing.SignedHeaders) -> Answer:
        body = response.content
        signature = response.headers.get(signing.RESPONSE_HEADER, "")
        try:
            data = response.json()
        except ValueError:
            data = None
        if isinstance(data, dict) and signing.ENVELOPE in data:
            signature = data[signing.ENVELOPE]["signature"]
            body = data["body"].encode()
            data = json.loads(body)
        expected = signing.sign_response(
            self.secret, site=self.site, key=self.key, nonce=signed.nonce, status=response.status_code, body=body
        )
        return Answer(response.status_code, data, signature == expected, response.text, response.headers)
