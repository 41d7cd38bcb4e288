"""Contents as rows on which the prompt for better wording can be tried."""

from sqlalchemy import select

from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.listing.search import Search
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.optimizer.rewrite.improve import IMPROVE
from app.optimizer.rewrite.passages import open_passages
from app.optimizer.rewrite.work import improve_request, parts_to_ask
from app.thinker import rows

KIND = "content:"


def texts_to_try(account_id: int, operation: str, words: str) -> list[rows.Row]:
    """The newest contents whose title has these words."""
    if operation != IMPROVE.key:
        return []
    is_found = Search(Content.search, Content.title).where(words)
    stmt = select(Content.id, Content.title, Content.site_id).where(Content.account_id == account_id, LISTED, *is_found)
    rows_found = db.session.execute(stmt.order_by(Content.id.desc()).limit(rows.AT_MOST))
    return [rows.Row(f"{KIND}{row.id}", row.title, row.site_id) for row in rows_found]


def text_case(account_id: int, operation: str, key: str) -> rows.Case | None:
    """The request about the first part of this content; None for one without anything to word. Stores nothing."""
    content_id = parse_id(key.removeprefix(KIND)) if operation == IMPROVE.key and key.startswith(KIND) else None
    if content_id is None:
        return None
    try:
        content = owned(Content, content_id, account_id)
    except NotFound:
        return None
    parts = parts_to_ask(open_passages(content.content_html))
    if not parts:
        return None
    request = improve_request(content, content.content_html, parts[0], with_fields=True)
    return rows.Case(rows.Row(key, content.title, content.site_id), request)
