"""The first endpoint of the API: who am I?"""

from flask import Response, g, jsonify

from app.accounts.blueprints import api
from app.core.access import requires
from app.core.clock import iso
from app.core.extensions import csrf, limiter
from app.core.permissions import Permission
from app.core.roles import scope_words

csrf.exempt(api)


@api.get("/me/")
@requires(Permission.ACCOUNT_READ)
@limiter.limit("120 per minute")
def me() -> Response:
    """The account, role and scopes of the token that was sent."""
    token = g.token
    person = {"name": token.user.name, "email": token.user.email} if token.user else None
    return jsonify(
        ok=True,
        result={
            "account": {"id": g.account.id, "name": g.account.name},
            "role": g.role,
            "person": person,
            "token": {"name": token.name, "expires_at": iso(token.expires_at)},
            "scopes": [scope for scope in scope_words() if scope in g.scopes],
        },
    )
