"""Gets names from WordPress for terms that came as ids only. Services flush; callers commit."""

from sqlalchemy import Text, cast, select

from app.core.extensions import db
from app.mirror.terms import TermKey, apply_term_items, forget_terms
from app.mirror.wire import TermItem
from app.sites.wordpress import WordPressClient
from app.taxonomy.models import ContentTaxonomy

AT_ONCE = 100
SECONDS = 25.0
T = ContentTaxonomy


def nameless_terms(site_id: int) -> list[TermKey]:
    """Terms named after their id for want of a name (`apply_term_items`), at most a hundred."""
    number = cast(T.external_id, Text)
    stmt = select(T.external_taxonomy, T.external_id).where(
        T.site_id == site_id, T.external_id.is_not(None), T.slug == number, T.name == "Term " + number
    )
    rows = db.session.execute(stmt.order_by(T.external_id).limit(AT_ONCE))
    return [(str(taxonomy), int(term_id or 0)) for taxonomy, term_id in rows]


def name_terms(client: WordPressClient, account_id: int, site_id: int) -> int:
    """Ask for the names of nameless terms; forget those that WordPress does not have. Returns how many there were.

    Commits before the call. Raises WordPressError.
    """
    keys = nameless_terms(site_id)
    db.session.commit()
    if not keys:
        return 0
    ids = ",".join(str(entry) for entry in sorted({term_id for _taxonomy, term_id in keys}))
    answer = client.get("taxonomies", {"ids": ids}, read_seconds=SECONDS)
    items = [TermItem.model_validate(entry) for entry in answer.get("items") or []]
    apply_term_items(account_id, site_id, [item for item in items if item.key in keys])
    missing = set(keys) - {item.key for item in items}
    if missing and answer.get("next") is None:  # the answer is complete; a term that got its name meanwhile stays
        forget_terms(site_id, missing & set(nameless_terms(site_id)))
    return len(keys)
