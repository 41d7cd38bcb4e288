"""Terms of a site for one content, found by words: those that its type can have in WordPress."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select

from app.content.models import Content
from app.content.terms.fit import kinds_of_new_terms, types_for
from app.core.extensions import db
from app.core.listing.search import holds_words
from app.sites.facts import SiteFacts, stored_facts
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.slugs import name_key

MOST = 30


@dataclass(frozen=True, slots=True)
class TermsFound:
    """Terms, best first; `is_more` when others match as well; kinds (key, label) of which one can be made of the words;
    `may_make` is False where the site makes no terms.
    """

    terms: Sequence[ContentTaxonomy]
    is_more: bool
    new_kinds: Sequence[tuple[str, str]]
    may_make: bool


def find_terms(content: Content, words: str) -> TermsFound:
    """The terms whose names contain all of `words`; without words, the first ones by name."""
    facts, words = stored_facts(content.site), " ".join(words.split())[:200]
    name = func.lower(ContentTaxonomy.name)
    begins = case((name == words.lower(), 0), (name.startswith(words.lower(), autoescape=True), 1), else_=2)
    stmt = (
        select(ContentTaxonomy)
        .where(*_is_of_site(content), _fitting(content, facts))
        .where(*holds_words(ContentTaxonomy.name, words))
        .order_by(begins, name, ContentTaxonomy.id)
        .limit(MOST + 1)
    )
    matching_terms = db.session.scalars(stmt).all()
    kinds = kinds_of_new_terms(content.content_type) if words and facts.makes_terms else []
    there = {
        _kind_here(term.taxonomy_type, term.external_taxonomy)
        for term in matching_terms
        if name_key(term.name) == name_key(words)
    }
    new = [(kind, label) for kind, label in kinds if _kind_here(kind, None) not in there]
    return TermsFound(matching_terms[:MOST], len(matching_terms) > MOST, new, facts.makes_terms)


def terms_by_ids(content: Content, ids: Collection[int]) -> Sequence[ContentTaxonomy]:
    """Those of these terms that are of the content's site, by name."""
    stmt = select(ContentTaxonomy).where(*_is_of_site(content), ContentTaxonomy.id.in_(ids))
    return db.session.scalars(stmt.order_by(ContentTaxonomy.name, ContentTaxonomy.id)).all()


def _kind_here(kind: str, external: str | None) -> str:
    """The kind of term on this type of content: product tags are tags of another WordPress taxonomy."""
    return "product_tag" if external == "product_tag" else kind


def _is_of_site(content: Content) -> tuple[ColumnElement[bool], ...]:
    return ContentTaxonomy.account_id == content.account_id, ContentTaxonomy.site_id == content.site_id


def _fitting(content: Content, facts: SiteFacts) -> ColumnElement[bool]:
    kind, external = ContentTaxonomy.taxonomy_type, ContentTaxonomy.external_taxonomy
    used = db.session.execute(select(kind, external).where(*_is_of_site(content)).distinct()).all()
    fits = [row for row in used if content.content_type in types_for(row[0], row[1], facts)]
    return or_(*(and_(kind == row[0], external.is_not_distinct_from(row[1])) for row in fits), false())
