"""An account's own AI providers and routes, without their page."""

from typing import Any

from app.accounts.models import Account
from app.ai.providers.models import AiProvider, AiRoute
from app.core.crypto import encrypt
from app.core.extensions import db

KEY = "sk-of-an-account-1234"


def make_provider(account: Account, name: str = "Own", **values: Any) -> AiProvider:
    """A provider that is on, with a key."""
    given = {"base_url": "https://models.example.com/v1", "model": "gpt-5-mini", "key_hint": KEY[-4:]}
    row = AiProvider(account_id=account.id, name=name, api_key_encrypted=encrypt(KEY), **(given | values))
    db.session.add(row)
    db.session.commit()
    return row


def make_route(
    account: Account, *targets: tuple[AiProvider | None, str], operation: str = "", mode: str = "order"
) -> AiRoute:
    """A route over these providers (None: the installation's) and models."""
    named = [{"provider_id": provider.id if provider else None, "model": model} for provider, model in targets]
    row = AiRoute(account_id=account.id, operation=operation, mode=mode, targets=named)
    db.session.add(row)
    db.session.commit()
    return row
