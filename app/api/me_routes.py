"""Who am I, and what may I do?"""

from flask import g
from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.shapes import Instant, Shown
from app.core.permissions import Permission
from app.core.roles import scope_words


class AccountShown(Shown):
    """The account that the token is of."""

    id: int = Field(examples=[1])
    name: str = Field(examples=["Acme"])


class HolderShown(Shown):
    """The person whose token it is."""

    name: str = Field(examples=["Ada Lovelace"])
    email: str = Field(examples=["ada@example.com"])


class TokenShown(Shown):
    """The token that was sent. `site_ids` are the sites that it is for; null for all that its holder sees."""

    name: str = Field(examples=["Reporting"])
    expires_at: Instant
    site_ids: list[int] | None = Field(examples=[None])


class MeShown(Shown):
    """Whose token was sent: SystemBot's has no person."""

    account: AccountShown
    role: str = Field(examples=["editor"])
    person: HolderShown | None
    token: TokenShown
    scopes: list[str] = Field(examples=[["account:read", "planner:write"]])


@api_endpoint("GET", "/me/", Permission.ACCOUNT_READ)
def me() -> MeShown:
    """The account, role and scopes of the token that was sent."""
    token = g.token
    return MeShown(
        account=AccountShown.model_validate(g.account),
        role=g.role,
        person=HolderShown.model_validate(token.user) if token.user else None,
        token=TokenShown.model_validate(token),
        scopes=[scope for scope in scope_words() if scope in g.scopes],
    )
