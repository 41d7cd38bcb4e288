"""Pictures from a description, by the model that the account has chosen for it."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.ai.call_context import AnswerUnusable
from app.ai.client.completions import token_count
from app.ai.client.endpoint_requests import EndpointSession, RequestRefused
from app.ai.endpoints import Endpoint
from app.ai.operations import DirectLimits, DirectOperation
from app.ai.values import Values
from app.core.errors import DomainError
from app.core.http import OutboundError
from app.core.languages import N_, gettext, local_number

MAX_PROMPT = 4_000
MAX_BYTES = 10 * 1024 * 1024  # of a picture; as text it is a third longer
WORST_TOKENS = 8_000  # of the largest picture in the best quality
SECONDS = 180.0
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


class ImageRequest(Values):
    """What a picture shows, in words, its size as in `1024x1024` and its quality as in `high`.

    Empty ones are left to the model, and so are those that it does not have. A `model` comes before the chosen one.
    """

    prompt: str
    model: str = ""
    size: str = ""
    quality: str = ""


def check_prompt(prompt: str) -> str:
    """The description without the space around it; raises DomainError when it is empty or too long."""
    prompt = prompt.strip()
    if not 1 <= len(prompt) <= MAX_PROMPT:
        raise DomainError(
            gettext("The description of an image has 1 to %(most)s characters.", most=local_number(MAX_PROMPT)),
            code="IMAGE_PROMPT",
            field="prompt",
            cure=gettext("Say in a few sentences what is to be seen."),
        )
    return prompt


def _missing() -> DomainError:
    return DomainError(
        gettext("There is no model for images."),
        code="AI_NO_MODEL",
        cure=gettext("Choose one under Settings → AI, at “Images”, or upload an image."),
    )


def _with_model(endpoints: Sequence[Endpoint], request: ImageRequest) -> Sequence[Endpoint]:
    """The endpoints with the requested model, else the account's own endpoints, asked for that model.

    An account may choose a model only where it pays.
    """
    model = request.model
    if not model:
        return endpoints
    named = [endpoint for endpoint in endpoints if endpoint.model == model]
    return named or [replace(endpoint, model=model) if endpoint.is_own else endpoint for endpoint in endpoints]


def _request_image(session: EndpointSession, request: ImageRequest) -> tuple[bytes, int, int]:
    data = _posted(session, request)
    usage: Any = data.get("usage") if isinstance(data, Mapping) else None
    usage = usage if isinstance(usage, Mapping) else {}
    sent, answered = token_count(usage.get("input_tokens")), token_count(usage.get("output_tokens"))
    try:
        return _checked_image(_picture_in(session, data), session.endpoint), sent, answered
    except DomainError as error:
        raise AnswerUnusable(error, sent, answered) from error


def _posted(session: EndpointSession, request: ImageRequest) -> Any:
    """The answer to the description; asked for without size and quality where one of them is refused."""
    body = {"model": session.endpoint.model, "prompt": request.prompt.strip(), "n": 1}
    options = {name: value for name, value in (("size", request.size), ("quality", request.quality)) if value}
    try:
        return session.post("/images/generations", {**body, **options})
    except RequestRefused as refused:
        message = refused.failure.message.lower()
        if refused.failure.status not in (400, 422) or not any(name in message for name in options):
            raise
    return session.post("/images/generations", body)


def _picture_in(session: EndpointSession, data: object) -> bytes:
    """The picture that an answer holds or leads to, under any of the names that endpoints have for it."""
    values_by_name = data if isinstance(data, Mapping) else {}
    rows = next((values_by_name[name] for name in ("data", "images") if values_by_name.get(name)), None)
    row = rows[0] if isinstance(rows, list) else {}
    values = row if isinstance(row, Mapping) else {"url": row}
    encoded = values.get("b64_json") or values.get("image") or values.get("b64")
    url = values.get("url")
    if isinstance(url, str) and url.startswith("data:"):
        encoded = url.partition(",")[2]
    if isinstance(encoded, str):
        return _decode_image(encoded, session.endpoint)
    if isinstance(url, str) and url:
        return _downloaded(session, url)
    raise _no_picture(session.endpoint, "There is no image in the answer.")


def _downloaded(session: EndpointSession, url: str) -> bytes:
    try:
        return session.download(url)
    except OutboundError as error:
        raise _no_picture(session.endpoint, f"It names an address to fetch it from. {error.message}") from error


def _decode_image(encoded: str, endpoint: Endpoint) -> bytes:
    try:
        return base64.b64decode(encoded.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_picture(endpoint, "What the answer holds is cut off.") from error


def _checked_image(picture: bytes, endpoint: Endpoint) -> bytes:
    if len(picture) > MAX_BYTES:
        raise _no_picture(endpoint, f"The image is larger than {MAX_BYTES // 1024 // 1024} MB.")
    if not (picture.startswith(_SIGNATURES) or (picture[:4] == b"RIFF" and picture[8:12] == b"WEBP")):
        raise _no_picture(endpoint, "What the answer holds is no PNG, JPEG, GIF or WebP.")
    return picture


def _no_picture(endpoint: Endpoint, problem: str) -> DomainError:
    return DomainError(
        f"“{endpoint.model}” gave no image that can be used. {problem}",
        code="AI_ANSWER_INVALID",
        cure="Try again, or choose another model under Settings → AI, at “Images”.",
        retryable=True,
    )


IMAGE = DirectOperation(
    key="image",
    title=N_("Images"),
    request=ImageRequest,
    prompt=lambda request: check_prompt(request.prompt),
    send=_request_image,
    missing=_missing,
    credit_operation="image",
    chosen=_with_model,
    limits=DirectLimits(WORST_TOKENS, SECONDS, SECONDS, 2 * MAX_BYTES, images=1),
)
"""Gives the picture as a PNG, JPEG, GIF or WebP: within three minutes."""
