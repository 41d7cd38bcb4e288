"""Cells of the Content Manager that are changed in their row. They flush; callers commit."""

from dataclasses import replace

from sqlalchemy import select

from app.content import actions, listing
from app.content.bulk.models import BulkEdit, BulkEditRow
from app.content.models import Content
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.cells import Cell, CellEditor, CellSaved, Values
from app.core.listing.filters import NONE
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.planner.cells import CHOICE, cluster_editor, cluster_said, keep_chosen_cluster
from app.planner.clusters.locks import keep_clusters
from app.taxonomy.services import LABELS


def _content(account_id: int, content_id: int, hold: bool) -> Content:
    content = owned(Content, content_id, account_id)
    if hold:
        db.session.execute(select(Content.id).where(Content.id == content_id).with_for_update())
        db.session.refresh(content)
    return content


def _title(content: Content) -> str:
    return content.title or "Untitled"


def _cluster(account_id: int, content_id: int, hold: bool) -> CellEditor:
    content = _content(account_id, content_id, hold)
    rest = "content.cluster_choices"
    return cluster_editor(_title(content), content.site_id, content.cluster, rest, may_be_none=True)


def _assign(account_id: int, actor: Actor, content_id: int, values: Values) -> CellSaved:
    content, value = owned(Content, content_id, account_id), values.get("value", "")
    if value != NONE and parse_id(value) is None:
        raise DomainError(
            gettext("No cluster is chosen."), code="NOTHING_CHOSEN", field="value", cure=gettext("Choose a cluster.")
        )
    done = actions.assign_cluster(account_id, actor, content.site_id, [content_id], parse_id(value))
    db.session.refresh(content)
    return _saved(done, cluster_said(_title(content), content.cluster))


def _saved(done: actions.BulkDone, words: str) -> CellSaved:
    """What was done to the content or, if it was left out, why."""
    return CellSaved(words, str(done.edit_id)) if done.count else CellSaved(done.message)


def _undo(account_id: int, actor: Actor, content_id: int, key: str) -> str:
    edit = owned(BulkEdit, parse_id(key) or 0, account_id)
    if db.session.scalars(select(BulkEditRow.content_id).where(BulkEditRow.edit_id == edit.id)).all() != [content_id]:
        raise NotFound()  # that of something else
    return actions.undo_bulk_edit(account_id, actor, edit.id).message


def _keep_former_clusters(account_id: int, content_id: int, key: str) -> None:
    former = select(BulkEditRow.before).where(
        BulkEditRow.account_id == account_id,
        BulkEditRow.edit_id == (parse_id(key) or 0),
        BulkEditRow.content_id == content_id,
    )
    keep_clusters(db.session.scalars(former))


def _terms(account_id: int, content_id: int, hold: bool) -> CellEditor:
    content = _content(account_id, content_id, hold)
    names = [term.name for term in content.terms]
    return CellEditor(
        title=_title(content),
        stored={"terms": sorted(term.id for term in content.terms)},
        words=", ".join(f"“{name}”" for name in names) or gettext("without terms"),
        context={
            "terms": [(term.id, term.name, gettext(LABELS[term.taxonomy_type])) for term in content.terms],
            "site_id": content.site_id,
        },
    )


def _change_terms(account_id: int, actor: Actor, content_id: int, values: Values) -> CellSaved:
    """Attach the term `attach`, or detach the term `detach`."""
    content = owned(Content, content_id, account_id)
    attached, detached = parse_id(values.get("attach")), parse_id(values.get("detach"))
    ids = [content_id]
    if detached:
        done = actions.detach_term(account_id, actor, content.site_id, ids, detached)
    else:
        done = actions.attach_term(account_id, actor, content.site_id, ids, term_id=attached)
    db.session.refresh(content)
    names = ", ".join(f"“{term.name}”" for term in content.terms)
    values = {"title": _title(content), "names": names}
    if names:
        return _saved(done, gettext("Terms of “%(title)s”: %(names)s.", **values))
    return _saved(done, gettext("“%(title)s” has no terms.", **values))


def _state(account_id: int, content_id: int, hold: bool) -> CellEditor:
    """Open the state's cell, which has forms of its own: publish, unpublish and restore."""
    content = _content(account_id, content_id, hold)
    run = listing.runs_to_show(account_id, [content_id]).get(content_id)
    return CellEditor(
        title=_title(content),
        stored={"state": content.state},
        words=content.state,
        context={"row": content, "publishing": bool(run and run.is_active and not run.is_later)},
    )


CELLS = {
    "cluster": Cell(CHOICE, _cluster, _assign, _undo, keep_chosen_cluster, _keep_former_clusters),
    "taxonomies": Cell("content/_cell_terms.html", _terms, _change_terms, _undo),
    "state": Cell("content/_cell_state.html", _state),
}
LISTS = tuple(replace(kind, cells=CELLS) for kind in listing.LISTS)
