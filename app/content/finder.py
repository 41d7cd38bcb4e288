"""Finding a content from anywhere (Ctrl+K)."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import defer, selectinload

from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.core.features import MOST_FOUND, FoundItem
from app.core.listing.pages import fetch_page


def find_content(account_id: int, site_id: int, words: str) -> list[FoundItem]:
    """Contents of all sites of the account whose titles have these words, the newest first."""
    spec = replace(CONTENT_LIST, per_page=MOST_FOUND)
    query = spec.read({"q": words, "sites": "all"})
    if not query.q:
        return []
    stmt = select(Content).where(*spec.where(account_id, site_id, query))
    page = fetch_page(spec, query, stmt, options=[selectinload(Content.site), defer(Content.content_html)])
    return [
        FoundItem(row.title, "content.edit", {"content_id": row.id}, state=row.state, site=row.site.name)
        for row in page.items
    ]
