"""What can be done with content, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit. What is done to many at once answers with a sentence, which the audit log keeps too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from app.content import hooks, services
from app.content.bulk import edits as bulk_edits
from app.content.bulk import words as bulk_words
from app.content.bulk.models import BulkEdit
from app.content.bulk.words import Words
from app.content.editing import revisions
from app.content.editing.revisions import VersionCause
from app.content.images import services as images
from app.content.models import Content
from app.content.run_kinds import CHANGE_CONTENTS, UNDO_BULK_EDIT
from app.content.terms.fit import types_for
from app.content.trash import services as trash
from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.core.languages import N_, NN_, gettext, in_english
from app.core.runs import Run
from app.core.runs.kinds import RunKind
from app.core.runs.services import start_run
from app.core.tenancy import owned
from app.core.wording import counted, enumerated, left_out_sentence, sentences
from app.sites.facts import stored_facts
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.services import find_or_create_term

ITEMS: Mapping[str, Words] = {
    "Article": NN_("%(num)s article", "%(num)s articles"),
    "Page": NN_("%(num)s page", "%(num)s pages"),
    "Product": NN_("%(num)s product", "%(num)s products"),
    "Taxonomy": NN_("%(num)s term page", "%(num)s term pages"),
}
CANNOT_HAVE: Mapping[str, Words] = {
    "Article": NN_(
        "%(num)s article, which cannot have it in WordPress", "%(num)s articles, which cannot have it in WordPress"
    ),
    "Page": NN_("%(num)s page, which cannot have it in WordPress", "%(num)s pages, which cannot have it in WordPress"),
    "Product": NN_(
        "%(num)s product, which cannot have it in WordPress", "%(num)s products, which cannot have it in WordPress"
    ),
    "Taxonomy": NN_(
        "%(num)s term page, which cannot have it in WordPress", "%(num)s term pages, which cannot have it in WordPress"
    ),
}
KINDS = {"Article": N_("articles"), "Page": N_("pages"), "Product": N_("products"), "Taxonomy": N_("term pages")}

AUDITED = {"trash": "content.trashed", "restore": "content.restored", "delete": "content.deleted"}


@dataclass(frozen=True, slots=True)
class TermChoice:
    """The terms of a content: those of `ids` (None: its present ones), and new ones by name, each with its taxonomy.

    With `seen`, the terms that the person was shown, what others added or removed since is kept.
    """

    ids: Sequence[int] | None = None
    new: Sequence[tuple[str, str]] = field(default_factory=tuple)
    seen: Sequence[int] | None = None


def save_content(
    account_id: int,
    content_id: int,
    changes: dict[str, Any],
    *,
    expected_version: int,
    terms: TermChoice | None = None,
    image_texts: Mapping[str, Any] | None = None,
    version_cause: VersionCause | None = None,
) -> Content:
    """Save an edit with its terms and the descriptions of its images (`images.describe_images`).

    Raises ContentEditConflict when somebody saved since `expected_version`, DomainError with the field that is wrong.
    """
    content = services.update_content(
        content_id, account_id, changes, expected_version=expected_version, version_cause=version_cause
    )
    if terms is not None:
        _save_terms(content, terms)
    if image_texts is not None:
        images.describe_images(content, image_texts)
    return content


def restore_version(account_id: int, actor: Actor, content_id: int, version: int, expected_version: int) -> Content:
    """Save the texts of an earlier version as a new one (`revisions.RESTORED`); slug, place and terms stay.

    Raises NotFound for a version that is not kept, ContentEditConflict when somebody saved since `expected_version`.
    """
    revision = revisions.find_revision(account_id, content_id, version)
    if revision is None:
        raise NotFound()
    values = {name: value for name, value in revisions.values_of(revision).items() if name in revisions.RESTORED}
    version_cause = VersionCause("restore", actor.id, actor.short_name)
    return services.update_content(
        content_id, account_id, values, expected_version=expected_version, version_cause=version_cause
    )


def _save_terms(content: Content, choice: TermChoice) -> None:
    account_id, site_id = content.account_id, content.site_id
    now = [term.id for term in content.terms]
    ids = now if choice.ids is None else _with_seen(now, choice.ids, choice.seen)
    chosen = services.owned_terms(account_id, site_id, ids)
    may_make = stored_facts(content.site).makes_terms
    new = [find_or_create_term(account_id, site_id, taxonomy, name, may_make) for taxonomy, name in choice.new]
    services.set_terms(content, list(dict.fromkeys([*chosen, *new])))


def _with_seen(now: Sequence[int], ticked: Sequence[int], seen: Sequence[int] | None) -> list[int]:
    """The present terms, without those that the person unticked and with those that they newly ticked."""
    if seen is None:
        return list(ticked)
    unticked, added = set(seen) - set(ticked), [value for value in ticked if value not in seen]
    return list(dict.fromkeys([*(value for value in now if value not in unticked), *added]))


@dataclass(frozen=True, slots=True)
class BulkDone:
    """What was done, as a sentence, and to how many contents; with a `run` it has only been started.

    `edit_id` is what `undo_bulk_edit` undoes.
    """

    message: str
    count: int = 0
    run: Run | None = None
    edit_id: int | None = None


@dataclass(frozen=True)
class _Rows:
    """The rows meant: ids or a SELECT of them, and how many there are before anything is done."""

    ids: services.Ids
    by_type: dict[str, int]
    trashed: int
    elsewhere: int

    def left_out(self, *reasons: tuple[int, Words]) -> list[tuple[int, Words]]:
        """How many of the rows are left out beforehand, and why."""
        in_trash = NN_("%(num)s that is in the trash", "%(num)s that are in the trash")
        return [*reasons, (self.trashed, in_trash), (self.elsewhere, trash.OF_ANOTHER_SITE)]


def _rows_of(account_id: int, site_id: int, content_ids: services.Ids) -> _Rows:
    by_type = services.count_by_type(account_id, site_id, content_ids)
    others = services.count_ids(content_ids) - sum(by_type.values())
    trashed = trash.count_matching(account_id, site_id, content_ids, trash.TRASHED) if others else 0
    return _Rows(content_ids, by_type, trashed, others - trashed)


def _change(edit: BulkEdit, actor: Actor, total: int, left_out: list[tuple[int, Words]]) -> BulkDone:
    """Carry out the edit that was recorded for `total` contents: now, or as a run if there are many."""
    if total > bulk_edits.PART:
        params = {"edit_id": edit.id, "left_out": left_out}
        title = in_english(lambda: bulk_words.named(edit, total))
        run = _start(CHANGE_CONTENTS, edit, actor, title, total, params)
        message = _record(edit.account_id, actor, lambda: _begun_words(edit, total, left_out), _action(edit))
        return BulkDone(message, total, run)
    ids = bulk_edits.next_part(edit, 0, done=False)
    count = bulk_edits.do_part(edit, ids)
    edit.words = in_english(lambda: bulk_words.named(edit, count)) if count else ""
    reasons = [bulk_words.so_already(edit, total - count), *left_out]

    def words() -> str:
        return bulk_words.sentence(edit, count, reasons)

    message = _record(edit.account_id, actor, words, _action(edit)) if count else words()
    return BulkDone(message, count, edit_id=edit.id)


def _begun_words(edit: BulkEdit, total: int, left_out: list[tuple[int, Words]]) -> str:
    begun = gettext("Begun: %(title)s.", title=bulk_words.named(edit, total))
    return sentences(begun, left_out_sentence(left_out))


def _action(edit: BulkEdit) -> str:
    return AUDITED.get(edit.kind, "bulk.content_changed")


def _start(kind: RunKind, edit: BulkEdit, actor: Actor, title: str, total: int, params: dict[str, Any]) -> Run:
    return start_run(
        account_id=edit.account_id,
        kind=kind,
        title=title[:200],
        actor=actor,
        site_id=edit.site_id,
        params=params,
        total=total,
    )


def undo_bulk_edit(account_id: int, actor: Actor, edit_id: int) -> BulkDone:
    """Take back what was done to many contents, as far as nothing else was done with them since.

    Raises NotFound, and Conflict when it was undone already or is older than 30 days.
    """
    edit = bulk_edits.claim_undo(account_id, edit_id)
    total = bulk_edits.count_rows(edit, done=True)
    if total > bulk_edits.PART:
        title = f"Undo: {edit.words}"
        run = _start(UNDO_BULK_EDIT, edit, actor, title, total, {"edit_id": edit.id})
        message = _record(account_id, actor, lambda: gettext("Undo: %(words)s.", words=edit.words))
        return BulkDone(message, total, run)
    count = bulk_edits.undo_part(edit, bulk_edits.next_part(edit, 0, done=True))
    kept, titles = bulk_edits.kept(edit)

    def words() -> str:
        return bulk_words.undone(edit, total, kept, titles)

    return BulkDone(_record(account_id, actor, words) if count else words(), count)


def _record(account_id: int, actor: Actor, words: Callable[[], str], action: str = "bulk.content_changed") -> str:
    """Store the words in English. Returns them in the current language."""
    audit.record(account_id, action, subject=in_english(words), by=actor)
    return words()


def move_to_trash(account_id: int, actor: Actor, site_id: int, content_ids: services.Ids) -> BulkDone:
    """Move content of the site to the trash and cancel what is planned for it; it stays live. Returns the change."""
    of_site = select(Content.id).where(Content.account_id == account_id, Content.site_id == site_id)
    planned = sum(hooks.contents_planned(account_id, of_site.where(Content.id.in_(content_ids))))
    done = _move(account_id, actor, site_id, content_ids, bulk_edits.TRASH)
    if not (planned and done.count):
        return done
    cancelled = NN_("%(num)s scheduled publish is cancelled.", "%(num)s scheduled publishes are cancelled.")
    return replace(done, message=sentences(done.message, counted(planned, cancelled)))


def restore_from_trash(account_id: int, actor: Actor, site_id: int, content_ids: services.Ids) -> BulkDone:
    """Put content of the site back from the trash into the lists. Returns what was done."""
    return _move(account_id, actor, site_id, content_ids, bulk_edits.RESTORE)


def delete_for_good(account_id: int, actor: Actor, site_id: int, content_ids: services.Ids) -> BulkDone:
    """Delete content of the site that is in the trash, with its versions and images, for good. Returns the change."""
    return _move(account_id, actor, site_id, content_ids, bulk_edits.DELETE)


def _move(account_id: int, actor: Actor, site_id: int, content_ids: services.Ids, kind: str) -> BulkDone:
    edit = bulk_edits.note(account_id, site_id, actor, kind, None)
    total = bulk_edits.choose(edit, content_ids)
    left_out = trash.left_out(account_id, site_id, content_ids, total, from_lists=kind == bulk_edits.TRASH)
    return _change(edit, actor, total, left_out)


def assign_cluster(
    account_id: int, actor: Actor, site_id: int, content_ids: services.Ids, cluster_id: int | None
) -> BulkDone:
    """Put content of the site in a cluster, or with None remove it from its cluster. Returns what was done."""
    rows = _rows_of(account_id, site_id, content_ids)
    services.check_parents(account_id, site_id, cluster_id)
    edit = bulk_edits.note(account_id, site_id, actor, bulk_edits.CLUSTER, cluster_id)
    return _change(edit, actor, bulk_edits.choose(edit, content_ids), rows.left_out())


def attach_term(
    account_id: int,
    actor: Actor,
    site_id: int,
    content_ids: services.Ids,
    *,
    term_id: int | None = None,
    new_name: str = "",
    taxonomy: str = "category",
) -> BulkDone:
    """Attach a term to content of the site that can have it; `new_name` makes a missing one. Returns the change.

    Raises DomainError when no term is named, or none of the content can have it in WordPress.
    """
    rows = _rows_of(account_id, site_id, content_ids)
    term = _term(account_id, site_id, term_id, new_name, taxonomy)
    site = owned(Site, site_id, account_id)
    types = types_for(term.taxonomy_type, term.external_taxonomy, stored_facts(site))
    fit = sum(rows.by_type.get(kind, 0) for kind in types)
    if not fit and rows.by_type:
        raise _fits_none(term, rows.by_type, types)
    unfit = [(found, CANNOT_HAVE[kind]) for kind, found in rows.by_type.items() if kind not in types]
    edit = bulk_edits.note(account_id, site_id, actor, bulk_edits.ATTACH, term.id)
    return _change(edit, actor, bulk_edits.choose(edit, content_ids, types), rows.left_out(*unfit))


def _term(account_id: int, site_id: int, term_id: int | None, new_name: str, taxonomy: str) -> ContentTaxonomy:
    if new_name:
        return find_or_create_term(account_id, site_id, taxonomy, new_name)
    if not term_id:
        raise DomainError(
            gettext("No term is chosen."),
            code="NOTHING_CHOSEN",
            field="term_id",
            cure=gettext("Choose a term or write a new one."),
        )
    return services.owned_terms(account_id, site_id, [term_id])[0]


def _fits_none(term: ContentTaxonomy, by_type: dict[str, int], types: Sequence[str]) -> DomainError:
    kinds = enumerated([counted(count, ITEMS[kind]) for kind, count in by_type.items()])
    fits = enumerated([gettext(KINDS[kind]) for kind in types])
    return DomainError(
        gettext("None of these can have the term “%(name)s”: %(kinds)s.", name=term.name, kinds=kinds),
        code="TERM_DOES_NOT_FIT",
        field="term_id",
        cure=gettext("In WordPress it is for %(fits)s.", fits=fits)
        if fits
        else gettext("In WordPress it is for nothing that is here."),
    )


def detach_term(account_id: int, actor: Actor, site_id: int, content_ids: services.Ids, term_id: int) -> BulkDone:
    """Detach a term from content of the site. Returns what was done."""
    rows = _rows_of(account_id, site_id, content_ids)
    services.owned_terms(account_id, site_id, [term_id])
    edit = bulk_edits.note(account_id, site_id, actor, bulk_edits.DETACH, term_id)
    return _change(edit, actor, bulk_edits.choose(edit, content_ids), rows.left_out())
