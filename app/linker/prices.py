"""What linking costs: only sentences are a model's, so it is free where none may be asked for."""

from dataclasses import replace

from sqlalchemy import select

from app.ai import charging
from app.ai.charging import Quote
from app.core.extensions import db
from app.linker.models import LinkSettings
from app.linker.settings import settings_for
from app.sites.models import Site

OPERATION = "linking"


def asks_model(site: Site) -> bool:
    """Whether the rules of the site let a model propose sentences."""
    return settings_for(site).sentences


def linking_quote(site: Site) -> Quote:
    """What a content costs at most: nothing, unless a model wrote a sentence for it."""
    quote = charging.price_quote(site.account_id, OPERATION)
    return quote if asks_model(site) else replace(quote, credits=0, is_free=True, is_own=False)


def linking_credits(account_id: int, count: int) -> int:
    """Credits that linking so many contents costs at most, on whatever site of the account."""
    asked = select(LinkSettings.id).where(LinkSettings.account_id == account_id, LinkSettings.sentences)
    if db.session.scalar(asked.limit(1)) is None:
        return 0
    return charging.price_quote(account_id, OPERATION, count).credits
