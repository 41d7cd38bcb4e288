"""What plugins send to us: signed, validated, answered in JSON and signed too."""

from flask import Blueprint, Response, g, jsonify, request
from pydantic import BaseModel, Field, ValidationError

from app.auth.access import public
from app.auth.models import Account
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.extensions import csrf, db, limiter
from app.sites import signing
from app.sites.connection import find_for_plugin, record_pairing
from app.sites.models import Site, WordPressConnection
from app.sites.nonces import use_nonce

bp = Blueprint("integrations", __name__, url_prefix="/integrations")
csrf.exempt(bp)
public("integrations.connect", impersonal=True)
MAX_BODY = 1024 * 1024


class Greeting(BaseModel):
    """What a plugin says of its site when it is connected."""

    home_url: str = Field(min_length=8, max_length=500)
    name: str = Field(default="", max_length=500)
    wordpress: str = Field(default="", max_length=40)
    php: str = Field(default="", max_length=40)
    plugin: str = Field(default="", max_length=40)
    contract: int
    timezone: str = Field(default="", max_length=64)
    rest_url: str = Field(default="", max_length=500)


@bp.post("/<int:site_id>/connect/")
@limiter.limit("60 per minute")
def connect(site_id: int) -> Response:
    """The plugin has been given the key and says hello: `{account, site}`. 401 for a bad signature."""
    connection = _verified(site_id)
    try:
        greeting = Greeting.model_validate_json(request.get_data())
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in item["loc"]) for item in error.errors())
        raise DomainError(
            f"The plugin's greeting cannot be read ({fields}).", code="BAD_BODY", status=400, cure="Update the plugin."
        ) from error
    record_pairing(connection, greeting.model_dump())
    site = db.session.get_one(Site, site_id)
    account = db.session.get_one(Account, connection.account_id)
    result = {"account": account.name, "site": site.name}
    db.session.commit()
    return jsonify(ok=True, result=result)


def _verified(site_id: int) -> WordPressConnection:
    """The connection that signed this request; raises DomainError 401 otherwise."""
    if (request.content_length or 0) > MAX_BODY:
        raise DomainError("The request is too large.", code="TOO_LARGE", status=413)
    headers = request.headers
    found = find_for_plugin(site_id, headers.get("X-IGNY8-Key", ""))
    secret = found[1] if found else signing.new_secret()  # an unknown key takes as long to refuse
    try:
        signed = signing.verify_request(
            dict(headers), site=str(site_id), secrets={found[0].key_id: secret} if found else {}, method=request.method,
            route=request.path, query=request.query_string.decode("ascii", "replace"), body=request.get_data(),
            now=int(utcnow().timestamp()), remember_nonce=lambda _key, nonce: use_nonce(site_id, nonce),
        )  # fmt: skip
    except signing.SignatureError as error:
        raise DomainError(str(error), code=error.code, status=401, details=dict(error.details)) from error
    assert found is not None
    g.signed = (secret, signed)
    return found[0]


@bp.after_request
def _sign(response: Response) -> Response:
    """Sign the answer over the request's nonce once the request's own signature held."""
    signed: tuple[str, signing.SignedHeaders] | None = g.pop("signed", None)
    if signed:
        secret, fields = signed
        response.headers[signing.RESPONSE_HEADER] = signing.sign_response(
            secret, site=fields.site, key=fields.key, nonce=fields.nonce, status=response.status_code,
            body=response.get_data(),
        )  # fmt: skip
    return response
