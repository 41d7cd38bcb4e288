"""What plugins send to us: signed, validated, answered in JSON and signed too."""

from dataclasses import replace

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, Field

from app.accounts.services import account_of
from app.core.access import current_actor, public
from app.core.extensions import csrf, db, limiter
from app.sites import actions
from app.sites.signed import read_body, sign_answers, verify_plugin_request

bp = Blueprint("integrations", __name__, url_prefix="/integrations")
csrf.exempt(bp)
sign_answers(bp)
public("integrations.connect", impersonal=True)


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
    admin_post_url: str = Field(default="", max_length=500)


@bp.post("/<int:site_id>/connect/")
@limiter.limit("60 per minute")
def connect(site_id: int) -> Response:
    """The plugin has been given the key and says hello: `{account, site}`. 401 for a bad signature."""
    connection = verify_plugin_request(site_id, rate="60 per minute")
    greeting = read_body(Greeting)
    actor = replace(current_actor(), name="WordPress")
    site = actions.connect_site(actor, connection, greeting.model_dump())
    account = account_of(connection.account_id)
    result = {"account": account.name, "site": site.name}
    db.session.commit()
    return jsonify(ok=True, result=result)
