"""The sentences about a change of many contents."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from app.content.bulk.models import BulkEdit, BulkEditRow
from app.content.models import Content
from app.core.extensions import db
from app.core.languages import N_, NN_, gettext, local_number, ngettext
from app.core.wording import counted, left_out_sentence, sentences
from app.planner.models import Cluster
from app.taxonomy.models import ContentTaxonomy

Words = tuple[str, str]  # for one and for many

LIFE: Mapping[str, Words] = {
    "trash": NN_("%(num)s item moved to the trash", "%(num)s items moved to the trash"),
    "restore": NN_("%(num)s item restored from the trash", "%(num)s items restored from the trash"),
    "delete": NN_("%(num)s item deleted for good", "%(num)s items deleted for good"),
}
LIFE_OF_ONE = {
    "trash": N_("“%(name)s” moved to the trash"),
    "restore": N_("“%(name)s” restored from the trash"),
    "delete": N_("“%(name)s” deleted for good"),
}
UNNAMED: Mapping[str, Words] = {
    "cluster": NN_("%(num)s item assigned to the cluster", "%(num)s items assigned to the cluster"),
    "attach": NN_("Term attached to %(num)s item", "Term attached to %(num)s items"),
    "detach": NN_("Term removed from %(num)s item", "Term removed from %(num)s items"),
}
NAMED: Mapping[str, Words] = {
    "cluster": NN_(
        "%(num)s item assigned to the cluster “%(name)s”", "%(num)s items assigned to the cluster “%(name)s”"
    ),
    "attach": NN_("Term “%(name)s” attached to %(num)s item", "Term “%(name)s” attached to %(num)s items"),
    "detach": NN_("Term “%(name)s” removed from %(num)s item", "Term “%(name)s” removed from %(num)s items"),
}
OUT_OF_CLUSTER = NN_("%(num)s item removed from its cluster", "%(num)s items removed from their clusters")


def done(edit: BulkEdit, count: int, target: str = "") -> str:
    """`1,200 items assigned to the cluster “Coffee”`, without the name unless it is given."""
    name = target[:200]
    if edit.kind in LIFE:
        return gettext(LIFE_OF_ONE[edit.kind], name=name) if name else counted(count, LIFE[edit.kind])
    if edit.kind == "cluster" and not edit.target_id:
        return counted(count, OUT_OF_CLUSTER)
    if not name:
        return counted(count, UNNAMED[edit.kind])
    singular, plural = NAMED[edit.kind]
    return ngettext(singular, plural, count, name=name)


def named(edit: BulkEdit, count: int) -> str:
    """The same with the name of the cluster or term, if that still exists."""
    if edit.kind in LIFE:
        return done(edit, count, _only_title(edit) if count == 1 else "")
    names = select(Cluster.name if edit.kind == "cluster" else ContentTaxonomy.name)
    names = names.where((Cluster.id if edit.kind == "cluster" else ContentTaxonomy.id) == edit.target_id)
    return done(edit, count, db.session.scalar(names) or "")


def _only_title(edit: BulkEdit) -> str:
    """The title of the only content that the edit was done to, if it still exists."""
    stmt = select(Content.title).join(BulkEditRow, BulkEditRow.content_id == Content.id)
    title = db.session.scalar(stmt.where(BulkEditRow.edit_id == edit.id).order_by(BulkEditRow.done.desc()).limit(1))
    return "" if title is None else title or gettext("Untitled")


def so_already(edit: BulkEdit, count: int) -> tuple[int, Words]:
    """For how many there was nothing to do, and why."""
    if edit.kind in LIFE:
        return count, NN_("%(num)s that somebody else changed first", "%(num)s that somebody else changed first")
    if edit.kind == "cluster":
        if edit.target_id:
            return count, NN_("%(num)s that was there already", "%(num)s that were there already")
        return count, NN_("%(num)s in no cluster", "%(num)s in no cluster")
    if edit.kind == "attach":
        return count, NN_("%(num)s that had it already", "%(num)s that had it already")
    return count, NN_("%(num)s that did not have it", "%(num)s that did not have it")


def sentence(edit: BulkEdit, count: int, reasons: Iterable[tuple[int, Sequence[str]]]) -> str:
    """What was done, how many were left out, and why."""
    words = named(edit, count) if edit.kind in LIFE else done(edit, count)
    return sentences(f"{words}.", left_out_sentence(reasons))


def undone(edit: BulkEdit, total: int, kept: int, titles: Sequence[str]) -> str:
    """What was undone, how many contents stay as they are, and which."""
    sentence_of_all = gettext("Undone: %(words)s.", words=edit.words)
    if not kept:
        return sentence_of_all
    values = {"kept": local_number(kept), "num": local_number(total)}
    if not titles:
        stay = ngettext(
            "%(kept)s of %(num)s item stays as it is, because it was changed since.",
            "%(kept)s of %(num)s items stay as they are, because they were changed since.",
            total,
            **values,
        )
        return sentences(sentence_of_all, stay)
    names = ", ".join(f"“{title[:80]}”" for title in titles)
    if more := kept - len(titles):
        names = gettext("%(names)s and %(more)s more", names=names, more=local_number(more))
    stay = ngettext(
        "%(kept)s of %(num)s item stays as it is, because it was changed since: %(names)s.",
        "%(kept)s of %(num)s items stay as they are, because they were changed since: %(names)s.",
        total,
        names=names,
        **values,
    )
    return sentences(sentence_of_all, stay)
