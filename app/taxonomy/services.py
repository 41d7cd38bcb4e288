"""Terms of a site. Services flush; callers commit."""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, count
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.core.blank import is_blank
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.tenancy import owned
from app.sites.models import Site
from app.taxonomy.models import TAXONOMY_TYPES, ContentTaxonomy
from app.taxonomy.slugs import MAX_SLUG, is_identified_by_slug, name_key, normalise_slug, readable_slug

EXTERNAL = {"category": "category", "tag": "post_tag", "product_category": "product_cat"}
OURS = {**{external: ours for ours, external in EXTERNAL.items()}, "product_tag": "tag"}
LABELS = {
    "category": N_("Category"),
    "tag": N_("Tag"),
    "product_category": N_("Product category"),
    "product_attribute": N_("Product attribute"),
    "cluster": N_("Cluster"),
    "service_category": N_("Service category"),
    "custom": N_("Other taxonomy"),
}
MAX_NAME = 200
ATTEMPTS = 5
# What WordPress removes from a name.
NOT_KEPT = re.compile(r"<[^>]*>|%[0-9a-f]{2}", re.IGNORECASE)
# The slug here of names as “+” and “🔥”; WordPress makes one of its own.
WITHOUT_LETTERS = "term"


def taxonomy_type_of(taxonomy: str) -> str:
    """Our type for a type or a WordPress taxonomy (`post_tag`, `pa_size`); raises DomainError when unknown."""
    if taxonomy in TAXONOMY_TYPES:
        return taxonomy
    if taxonomy in OURS:
        return OURS[taxonomy]
    if taxonomy.startswith("pa_") and 3 < len(taxonomy) <= 32:
        return "product_attribute"
    raise DomainError(
        gettext("The taxonomy “%(taxonomy)s” is not known.", taxonomy=taxonomy[:40]),
        code="TAXONOMY_UNKNOWN",
        field="taxonomy",
        cure=gettext("Choose one from the list."),
    )


def find_or_create_term(
    account_id: int, site_id: int, taxonomy: str, name: str, may_make: bool = True
) -> ContentTaxonomy:
    """The term of this site with this name, made when there is none. Flushes; safe when two do it at once.

    Names that differ in signs (“C”, “C++”) are different terms, case and accents make no difference; see `name_key`.
    `taxonomy` is one of our types or a WordPress taxonomy: `pa_size` and `pa_colour` each have a “red” of their own.
    Raises DomainError for a name of which WordPress would keep nothing, or when the term is missing and `may_make` is
    False, Conflict when others keep taking its slugs.
    """
    owned(Site, site_id, account_id)
    kind = taxonomy_type_of(taxonomy)
    name = " ".join(name.split())
    if is_blank(NOT_KEPT.sub("", name)) or len(name) > MAX_NAME:
        raise DomainError(
            gettext("A term's name has 1 to %(max_name)s characters, and is no mere tag.", max_name=MAX_NAME),
            code="TERM_NAME",
            field="name",
            cure=gettext("Write it as your readers will see it."),
        )
    base = normalise_slug(name) or WITHOUT_LETTERS
    external = taxonomy if taxonomy not in TAXONOMY_TYPES else EXTERNAL.get(kind)
    for _ in range(ATTEMPTS):
        similar = _similar_terms(site_id, kind, external, name, base)
        if existing := _matching_term(name, similar):
            return existing
        if not may_make:
            raise DomainError(
                gettext("There is no term “%(name)s”, and this site makes no new ones.", name=name),
                code="TERMS_NOT_MADE",
                field="name",
                cure=gettext("Choose one that there is, or allow new terms in the settings of the site."),
            )
        slug = free_slug(base, {term.slug for term in similar})
        term = ContentTaxonomy(
            account_id=account_id, site_id=site_id, name=name, slug=slug, taxonomy_type=kind, external_taxonomy=external
        )
        try:
            with db.session.begin_nested():
                db.session.add(term)
            return term
        except IntegrityError:  # somebody took the slug just now, for this name or another
            continue
    raise Conflict(
        gettext("Others are making terms of this name at the moment."), code="TERM_NAME", cure=gettext("Try again.")
    )


def free_slug(slug: str, taken_slugs: Collection[str]) -> str:
    """The slug, with the first number from 2 that makes it unique, as WordPress does (pure)."""
    numbered = (f"{slug[: MAX_SLUG - 6]}-{number}" for number in count(2))
    return next(candidate for candidate in chain([slug], numbered) if candidate not in taken_slugs)


def _similar_terms(site_id: int, kind: str, external: str | None, name: str, slug: str) -> Sequence[ContentTaxonomy]:
    """Terms with the same name but for case, or with a slug that WordPress may have made from it."""
    stmt = (
        select(ContentTaxonomy)
        .where(ContentTaxonomy.site_id == site_id, ContentTaxonomy.taxonomy_type == kind)
        .where(
            or_(
                ContentTaxonomy.slug == slug,
                ContentTaxonomy.slug.regexp_match("^" + re.escape(slug[: MAX_SLUG - 6]) + r"-\d{1,5}$"),
                func.lower(ContentTaxonomy.name) == name.lower(),
            ),
            *_in_taxonomy(kind, external),
        )
        .order_by(ContentTaxonomy.external_taxonomy.nulls_last(), ContentTaxonomy.id)
    )
    return db.session.scalars(stmt).all()


def _matching_term(name: str, terms: Sequence[ContentTaxonomy]) -> ContentTaxonomy | None:
    """The term that a name means, first by its name and then by its slug (pure)."""
    key, slug = name_key(name), normalise_slug(name)
    by_name = (term for term in terms if name_key(term.name) == key)
    by_slug = (term for term in terms if term.slug == slug and is_identified_by_slug(name, slug, term.name))
    return next(chain(by_name, by_slug), None)


def _in_taxonomy(kind: str, external: str | None) -> list[ColumnElement[bool]]:
    """Condition for terms of a taxonomy: those naming none belong to their type's usual one; attributes have none."""
    column = ContentTaxonomy.external_taxonomy
    if kind == "product_attribute":
        return [column == external if external else column.is_(None)]
    if external is None:
        return []
    return [or_(column == external, column.is_(None)) if external == EXTERNAL.get(kind) else column == external]


def terms_of_site(account_id: int, site_id: int, limit: int = 500) -> Sequence[ContentTaxonomy]:
    """The site's terms by type and name, at most `limit`."""
    return db.session.scalars(_in_site(select(ContentTaxonomy), account_id, site_id).limit(limit)).all()


def term_names(account_id: int, site_id: int, limit: int) -> Sequence[Row[int, str, str]]:
    """Id, name and type of the site's terms by type and name, at most `limit`: for choosing one."""
    columns = select(ContentTaxonomy.id, ContentTaxonomy.name, ContentTaxonomy.taxonomy_type)
    return db.session.execute(_in_site(columns, account_id, site_id).limit(limit)).all()


def _in_site(stmt: Any, account_id: int, site_id: int) -> Any:
    of_site = stmt.where(ContentTaxonomy.account_id == account_id, ContentTaxonomy.site_id == site_id)
    return of_site.order_by(ContentTaxonomy.taxonomy_type, func.lower(ContentTaxonomy.name), ContentTaxonomy.id)


def store_external_ids(account_id: int, site_id: int, assigned: Mapping[str, Sequence[Mapping[str, Any]]]) -> int:
    """Store the WordPress ids and slugs of terms that a publish assigned. Returns how many were new. Flushes.

    `assigned` is by WordPress taxonomy: `{ref: our id, term_id, slug, fallback?}`. A term that stood in for another is
    skipped, and so is an id that another term of the site already has.
    """
    learnt = 0
    for taxonomy, entries in assigned.items():
        for entry in entries:
            ref, term_id = str(entry.get("ref") or ""), entry.get("term_id")
            if entry.get("fallback") or not ref.isdecimal() or not isinstance(term_id, int) or len(ref) > 18:
                continue
            slug = readable_slug(str(entry.get("slug") or ""))
            learnt += _store_external_id(account_id, site_id, int(ref), taxonomy[:32], term_id, slug)
    return learnt


def _store_external_id(account_id: int, site_id: int, ref: int, taxonomy: str, term_id: int, slug: str) -> int:
    stmt = (
        update(ContentTaxonomy)
        .where(ContentTaxonomy.id == ref, ContentTaxonomy.account_id == account_id, ContentTaxonomy.site_id == site_id)
        .where(ContentTaxonomy.external_id.is_distinct_from(term_id))
        .values(external_taxonomy=taxonomy, external_id=term_id, slug=slug or ContentTaxonomy.slug)
        .returning(ContentTaxonomy.id)
    )
    try:
        with db.session.begin_nested():
            return len(db.session.execute(stmt).all())
    except IntegrityError:  # another term of ours is that term in WordPress
        return 0
