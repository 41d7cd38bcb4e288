"""What can be done with content, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit. What is done to many at once answers with a sentence, which the audit log keeps too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.content import images, services
from app.content.models import Content
from app.content.term_fit import types_for
from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tenancy import owned
from app.core.wording import left_out_sentence, many
from app.sites.facts import stored_facts
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.services import find_or_create_term

NOUNS = {"Article": "article", "Page": "page", "Product": "product", "Taxonomy": "term page"}


@dataclass(frozen=True, slots=True)
class TermChoice:
    """The terms of a piece of content: those of `ids`, None for those that it has, and `new_names` of a taxonomy."""

    ids: Sequence[int] | None = None
    new_names: Sequence[str] = field(default_factory=tuple)
    taxonomy: str = "category"


def save_content(
    account_id: int,
    content_id: int,
    changes: dict[str, Any],
    *,
    expected_version: int,
    terms: TermChoice | None = None,
    image_texts: Mapping[str, Any] | None = None,
) -> Content:
    """Save an edit with its terms and what is said of its images (`images.describe_images`).

    Raises EditConflict when somebody saved since `expected_version`, DomainError with the field that is wrong.
    """
    content = services.update_content(content_id, account_id, changes, expected_version=expected_version)
    if terms is not None:
        _save_terms(content, terms)
    if image_texts is not None:
        images.describe_images(content, image_texts)
    return content


def _save_terms(content: Content, choice: TermChoice) -> None:
    account_id, site_id = content.account_id, content.site_id
    kept = list(content.terms) if choice.ids is None else services.owned_terms(account_id, site_id, choice.ids)
    made = [find_or_create_term(account_id, site_id, choice.taxonomy, name) for name in choice.new_names]
    services.set_terms(content, list(dict.fromkeys([*kept, *made])))


@dataclass(frozen=True)
class _Rows:
    """The rows meant: ids or a SELECT of them, and how many there are before anything is done."""

    ids: services.Ids
    by_type: dict[str, int]
    elsewhere: int

    @property
    def here(self) -> int:
        """How many are of the site."""
        return sum(self.by_type.values())

    def outcome(self, done: str, *reasons: tuple[int, str]) -> str:
        """What was done, how many of the rows were left out, and why."""
        words = "item that is not of this site|items that are not of this site"
        return done + left_out_sentence([*reasons, (self.elsewhere, words)])


def _rows_of(account_id: int, site_id: int, content_ids: services.Ids) -> _Rows:
    by_type = services.count_by_type(account_id, site_id, content_ids)
    return _Rows(content_ids, by_type, services.count_ids(content_ids) - sum(by_type.values()))


def _tell(account_id: int, actor: Actor, message: str) -> str:
    audit.record(account_id, "bulk.content_changed", subject=message, by=actor)
    return message


def assign_cluster(
    account_id: int, actor: Actor, site_id: int, content_ids: services.Ids, cluster_id: int | None
) -> str:
    """Put content of the site in a cluster, or with None take it out of its cluster; what was done."""
    rows = _rows_of(account_id, site_id, content_ids)
    count = services.assign_cluster(account_id, site_id, content_ids, cluster_id)
    done = f"{many(count, 'item')} {'assigned to the cluster' if cluster_id else 'taken out of their clusters'}."
    was = "that was there already|that were there already" if cluster_id else "in no cluster"
    return _tell(account_id, actor, rows.outcome(done, (rows.here - count, was)))


def attach_term(
    account_id: int,
    actor: Actor,
    site_id: int,
    content_ids: services.Ids,
    *,
    term_id: int | None = None,
    new_name: str = "",
    taxonomy: str = "category",
) -> str:
    """Attach a term to content of the site that can have it; what was done. With `new_name` it is made when missing.

    Raises DomainError when no term is named, or none of the content can have it in WordPress.
    """
    rows = _rows_of(account_id, site_id, content_ids)
    term = _term(account_id, site_id, term_id, new_name, taxonomy)
    site = owned(Site, site_id, account_id)
    types = types_for(term.taxonomy_type, term.external_taxonomy, stored_facts(site))
    fit = sum(rows.by_type.get(kind, 0) for kind in types)
    if not fit and rows.by_type:
        raise _fits_none(term, rows.by_type, types)
    count = services.attach_term(account_id, site_id, content_ids, term.id, types)
    why = "which cannot have it in WordPress"
    unfit = [
        (found, f"{NOUNS[kind]}, {why}|{NOUNS[kind]}s, {why}")
        for kind, found in rows.by_type.items()
        if kind not in types
    ]
    done = f"Term attached to {many(count, 'item')}."
    return _tell(account_id, actor, rows.outcome(done, (fit - count, "that had it already"), *unfit))


def _term(account_id: int, site_id: int, term_id: int | None, new_name: str, taxonomy: str) -> ContentTaxonomy:
    if new_name:
        return find_or_create_term(account_id, site_id, taxonomy, new_name)
    if not term_id:
        raise DomainError(
            "No term is chosen.", code="NOTHING_CHOSEN", field="term_id", cure="Choose a term or write a new one."
        )
    return services.owned_terms(account_id, site_id, [term_id])[0]


def _fits_none(term: ContentTaxonomy, by_type: dict[str, int], types: Sequence[str]) -> DomainError:
    kinds = " and ".join(many(count, NOUNS[kind]) for kind, count in by_type.items())
    fits = " and ".join(f"{NOUNS[kind]}s" for kind in types) or "nothing that is here"
    return DomainError(
        f"None of these can have the term “{term.name}”: {kinds}.",
        code="TERM_DOES_NOT_FIT",
        field="term_id",
        cure=f"In WordPress it is for {fits}.",
    )


def detach_term(account_id: int, actor: Actor, site_id: int, content_ids: services.Ids, term_id: int) -> str:
    """Take a term off content of the site; what was done."""
    rows = _rows_of(account_id, site_id, content_ids)
    count = services.detach_term(account_id, site_id, content_ids, term_id)
    done = f"Term taken off {many(count, 'item')}."
    return _tell(account_id, actor, rows.outcome(done, (rows.here - count, "that did not have it")))
