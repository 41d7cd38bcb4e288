"""Requests from plugins: verified, limited, read, and answered with a signature (docs/wire-contract.md, "Signing")."""

from typing import TypeVar

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import limiter
from app.core.languages import gettext
from app.core.request_ids import parse_id
from app.core.row_security import act_for, every_account
from app.sites import signing
from app.sites.connection import find_for_plugin
from app.sites.models import WordPressConnection
from app.sites.nonces import use_nonce

MAX_BODY = 1024 * 1024
M = TypeVar("M", bound=BaseModel)


def verify_plugin_request(
    site_id: int | None, *, max_body: int = MAX_BODY, rate: str = "600 per minute"
) -> WordPressConnection:
    """The connection that signed this request; `site_id` None: of the site that its headers name.

    Raises DomainError 413 over `max_body` bytes, 401 for a signature that does not hold, NotFound when another site
    signed, and RateLimitExceeded when the site asks more often than `rate`; strangers do not use up what it may ask.
    """
    body = _body(max_body)
    headers = request.headers
    asked_for, site_id = site_id, _site_id_of_headers()
    with every_account("which account a plugin speaks for follows from its key"):
        connection_and_secret = find_for_plugin(site_id, headers.get("X-IGNY8-Key", ""))
    # An unknown key takes as long to refuse.
    secret = connection_and_secret[1] if connection_and_secret else signing.new_secret()
    try:
        signed = signing.verify_request(
            dict(headers),
            site=str(site_id),
            secrets={connection_and_secret[0].key_id: secret} if connection_and_secret else {},
            method=request.method,
            route=request.path,
            query=request.query_string.decode("ascii", "replace"),
            body=body,
            now=int(utcnow().timestamp()),
            remember_nonce=lambda _key, nonce: use_nonce(site_id, nonce),
        )
    except signing.SignatureError as error:
        raise DomainError(str(error), code=error.code, status=401, details=dict(error.details)) from error
    assert connection_and_secret is not None
    g.signed = (secret, signed)
    act_for(connection_and_secret[0].account_id)
    with limiter.limit(rate, key_func=lambda: f"site:{site_id}"):
        if asked_for not in (None, site_id):
            raise NotFound(gettext("There is no such site for this key."))
        return connection_and_secret[0]


def _body(max_body: int) -> bytes:
    request.max_content_length = max_body
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        raise DomainError(
            gettext("The request is larger than %(max_body)s MB.", max_body=max_body // (1024 * 1024)),
            code="TOO_LARGE",
            status=413,
            cure=gettext("Send it in smaller parts."),
        ) from error


def _site_id_of_headers() -> int:
    return parse_id(request.headers.get("X-IGNY8-Site")) or 0


def read_body(model: type[M]) -> M:
    """The body as `model`; raises DomainError 400 `BAD_BODY` with `details.problems: [{field, message}]`."""
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        raise bad_body_error(error) from error


def bad_body_error(error: ValidationError) -> DomainError:
    """What is wrong with a body, field by field."""
    problems = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"][:200]}
        for item in error.errors(include_url=False, include_input=False, include_context=False)[:20]
    ]
    fields = ", ".join(problem["field"] for problem in problems if problem["field"])
    return DomainError(
        gettext("The request cannot be read (%(fields)s).", fields=fields)
        if fields
        else gettext("The request cannot be read."),
        code="BAD_BODY",
        status=400,
        cure=gettext("Update the plugin."),
        details={"problems": problems},
    )


def sign_answers(blueprint: Blueprint) -> None:
    """Have every answer of the blueprint signed over the request's nonce, once the request's own signature held."""

    @blueprint.after_request
    def _sign(response: Response) -> Response:
        signed: tuple[str, signing.SignedHeaders] | None = g.pop("signed", None)
        if signed:
            secret, fields = signed
            response.headers[signing.RESPONSE_HEADER] = signing.sign_response(
                secret,
                site=fields.site,
                key=fields.key,
                nonce=fields.nonce,
                status=response.status_code,
                body=response.get_data(),
            )
        return response
