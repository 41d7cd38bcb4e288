"""What is proposed for a content: made, decided on, put into the content, and taken out again. Flushes; callers commit.

Locks: the content, then its task.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.content import services as contents
from app.content.editing.revisions import VersionCause
from app.content.editing.unsaved import refuse_unsaved
from app.content.images import services as images
from app.content.models import Content
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext, in_english
from app.core.runs import Run
from app.core.runs.states import OPEN
from app.core.tenancy import owned
from app.optimizer.analysis import AnalysisReport, analyse
from app.optimizer.documents import dismissed_keys, document_of
from app.optimizer.rewrite import changes as proposed
from app.optimizer.rewrite.changes import ACCEPTED, APPLIED, HTML, IMAGE, OUTDATED, ProposedChange
from app.optimizer.rewrite.mends import KnownImage, MendedText, mends_of
from app.optimizer.rewrite.task_models import COMPLETED, FAILED, RUNNING, UNDER_WAY, OptimizationTask
from app.thinker import uses

T = OptimizationTask


def entry_point_of(source: str, actor: Actor) -> str:
    """Where a content of this `source` came from, or "manual" where a person chose it: the Optimizer's entry points."""
    if actor.id is not None:
        return "manual"
    return {"igny8": "writer", "wordpress": "wordpress"}.get(source, "external")


def add_tasks(account_id: int, site_id: int, sources: Mapping[int, str], actor: Actor) -> list[int]:
    """Tasks for those of these contents, each with its source, that have none under way. Returns their ids. Flushes."""
    release_dead(sources)
    now = utcnow()
    values = [
        {
            "account_id": account_id,
            "site_id": site_id,
            "content_id": content_id,
            "entry_point": entry_point_of(source, actor),
            "actor_id": actor.id,
            "created_at": now,
            "updated_at": now,
        }
        for content_id, source in sorted(sources.items())
    ]
    stmt = insert(T).on_conflict_do_nothing().returning(T.id)
    return sorted(db.session.scalars(stmt, values)) if values else []


def release_dead(content_ids: Collection[int]) -> None:
    """End tasks whose run ended before it came to them: it was cancelled, or given up. Flushes."""
    alive = select(Run.id).where(Run.id == T.run_id, Run.state.in_(OPEN)).exists()
    stmt = update(T).where(T.content_id.in_(content_ids), T.status.in_(UNDER_WAY), ~alive)
    db.session.execute(stmt.values(status=FAILED, updated_at=utcnow()).execution_options(synchronize_session="fetch"))


def claim_task(account_id: int, task_id: int, run_id: UUID) -> OptimizationTask | None:
    """The task, for the run that works on it now; None when it is done, or another one of its content is under way."""
    other = select(T.content_id).where(T.status.in_(UNDER_WAY), T.id != task_id)
    stmt = update(T).where(T.id == task_id, T.account_id == account_id, T.run_id == run_id, T.status != COMPLETED)
    claimed = db.session.scalar(
        stmt.where(T.content_id.not_in(other))
        .values(status=RUNNING, error="", updated_at=utcnow())
        .returning(T.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.get(T, claimed, populate_existing=True) if claimed is not None else None


def unfinished(account_id: int, ids: Sequence[int]) -> list[int]:
    """Those of these tasks that are not completed, in the order of their ids."""
    stmt = select(T.id).where(T.account_id == account_id, T.id.in_(ids), T.status != COMPLETED)
    return list(db.session.scalars(stmt.order_by(T.id)))


def ends_of(account_id: int, ids: Sequence[int]) -> Sequence[Any]:
    """What became of these tasks: rows of `id`, `status`, `waiting` and `error`."""
    stmt = select(T.id, T.status, T.waiting, T.error).where(T.account_id == account_id, T.id.in_(ids))
    return db.session.execute(stmt.order_by(T.id)).all()


def begin(task: OptimizationTask, content: Content, report: AnalysisReport) -> None:
    """Keep the text that the task is about, with its scores; where answers on a text are stored, it stays. Flushes."""
    if not task.details:
        task.html_before, task.content_version = content.content_html, content.version
        task.scores_before = named_scores(report)
        db.session.flush()


def report_of(content: Content, values: Mapping[str, Any], alts: Mapping[int, str] | None = None) -> AnalysisReport:
    """The analysis of a content with other values, in English."""
    keys = dismissed_keys(content.account_id, [content.id])[content.id]
    document = document_of(content, values, alts or {})
    return in_english(lambda: analyse(document, dismissed=keys))


def named_scores(report: AnalysisReport) -> dict[str, int | None]:
    """The scores of a report by their names."""
    scores = report.scores
    return {
        "overall": scores.overall,
        "seo": scores.seo,
        "readability": scores.readability,
        "engagement": scores.engagement,
    }


def finish(task: OptimizationTask, content: Content, suggested: Sequence[ProposedChange]) -> int:
    """Store what a model suggested and what is mended by rule. Returns how many changes there are. Flushes."""
    html = task.html_before
    changes = proposed.without_overlaps([*suggested, *mends_of(_mended_text(content, html))])
    task.changes = [change.stored() for change in changes]
    task.html_after = proposed.text_with_changes(html, changes)
    values, alts = _values_with(changes)
    task.scores_after = named_scores(report_of(content, values | {HTML: task.html_after}, alts))
    task.status, task.waiting = COMPLETED, len(changes)
    db.session.flush()
    return len(changes)


def _mended_text(content: Content, html: str) -> MendedText:
    files = [
        KnownImage(
            image.id, image.sha256, image.filename, image.alt, image.title, image.caption, image.role == "inline"
        )
        for image in content.images
    ]
    language = report_of(content, {HTML: html}).language
    is_post = content.content_type != "Taxonomy"
    return MendedText(html, language, content.excerpt, content.seo_description, is_post, files)


def _values_with(changes: Sequence[ProposedChange]) -> tuple[dict[str, Any], dict[int, str]]:
    """What these changes make of the fields beside the text, and of images by their ids."""
    values = {one.field: one.after for one in changes if one.field != HTML and not one.field.startswith(IMAGE)}
    alts = {int(one.field.removeprefix(IMAGE)): one.after for one in changes if one.field.startswith(IMAGE)}
    return values, alts


def fail(account_id: int, task_id: int, error: DomainError) -> None:
    """Say why nothing came of a task. Flushes."""
    task = owned(T, task_id, account_id)
    task.status = FAILED
    note_failure(task, error)


def note_failure(task: OptimizationTask, error: DomainError) -> None:
    """Keep in words why the model did not finish a task. Flushes."""
    task.error = " ".join(filter(None, (error.message, error.cure)))[:1000]
    db.session.flush()


def lock_task(account_id: int, task_id: int) -> OptimizationTask:
    """A completed task with its texts, held until the transaction ends. Raises NotFound and Conflict."""
    owned(T, task_id, account_id)
    stmt = select(T).where(T.id == task_id, T.account_id == account_id).with_for_update(of=T)
    task = db.session.scalars(stmt.execution_options(populate_existing=True)).one()
    if task.status != COMPLETED:
        raise Conflict(
            gettext("There is nothing to decide on yet."),
            code="NOT_OPTIMIZED",
            cure=gettext("Wait until the run has ended, or start it anew."),
        )
    if task.forgotten_at is not None:
        raise Conflict(
            gettext("The text that these changes were made of is not kept any more."),
            code="OPTIMIZATION_FORGOTTEN",
            cure=gettext("Have changes proposed anew."),
        )
    return task


def decide_on(task: OptimizationTask, ids: Collection[int] | None, decision: str) -> int:
    """Accept, reject or reopen these changes, or all that nobody has decided on. Returns how many. Flushes.

    Those that are in the content already, or have no place in it any more, stay as they are.
    """
    changes = proposed.read_changes(task.changes)
    chosen = {
        change.id
        for change in proposed.in_states(changes, *proposed.DECISIONS)
        if (change.id in ids if ids is not None else change.state == proposed.OPEN)
    }
    _store_changes(task, proposed.with_state(changes, chosen, decision))
    return len(chosen)


def _store_changes(task: OptimizationTask, changes: Sequence[ProposedChange]) -> None:
    task.changes = [change.stored() for change in changes]
    task.waiting = len(proposed.in_states(changes, proposed.OPEN))
    task.used = len(proposed.in_states(changes, APPLIED))
    db.session.flush()


@dataclass(frozen=True, slots=True)
class ChangesMade:
    """How many changes were made to a content, and how many had no place in it because somebody changed that place."""

    content: Content
    made: int
    outdated: int


def put_in_content(account_id: int, actor: Actor, task_id: int) -> ChangesMade:
    """Make the accepted changes, as a new version of the content. Flushes.

    Pieces that somebody changed since stay as they are. Raises NotFound, Conflict, also when somebody has unsaved
    changes in the editor, and DomainError when nothing is accepted.
    """
    content = images.lock_content(owned(T, task_id, account_id).content_id, account_id)
    refuse_unsaved(content.id)
    task = lock_task(account_id, task_id)
    changes = proposed.read_changes(task.changes)
    present, accepted = proposed.in_states(changes, APPLIED), proposed.in_states(changes, ACCEPTED)
    if not accepted:
        raise DomainError(
            gettext("No change is accepted."),
            code="NOTHING_ACCEPTED",
            cure=gettext("Accept the changes that you want, then use them."),
        )
    lost = _write(actor, content, task, present, [*present, *accepted])
    made = {change.id for change in accepted} - lost
    changes = proposed.with_state(proposed.with_state(changes, lost, OUTDATED), made, APPLIED)
    _store_changes(task, changes)
    _note(task, content, bool(made))
    return ChangesMade(content, len(made), len(lost))


def take_out_of_content(account_id: int, actor: Actor, task_id: int) -> ChangesMade:
    """Undo the changes that are in the content, as a new version of it, where nobody changed their places since.

    They wait for a decision again. Flushes. Raises NotFound, Conflict as `put_in_content` does, and DomainError when
    none is in the content.
    """
    content = images.lock_content(owned(T, task_id, account_id).content_id, account_id)
    refuse_unsaved(content.id)
    task = lock_task(account_id, task_id)
    changes = proposed.read_changes(task.changes)
    present = proposed.in_states(changes, APPLIED)
    if not present:
        raise DomainError(gettext("None of these changes is in the text."), code="NOTHING_TO_UNDO")
    lost = _write(actor, content, task, present, [])
    undone = {change.id for change in present} - lost
    _store_changes(task, proposed.with_state(changes, undone, proposed.OPEN))
    _note(task, content, False)
    return ChangesMade(content, len(undone), len(lost))


def part_name(task: OptimizationTask, number: int | str) -> str:
    """The name under which Thinker knows what a part of the suggestions was written with."""
    return f"optimization:{task.id}:{number}"


def _note(task: OptimizationTask, content: Content, is_better: bool) -> None:
    task.scores_after = named_scores(report_of(content, {}))
    task.html_after = content.content_html
    if is_better:
        for number in task.details.get("parts", {}):
            uses.take_part(task.account_id, part_name(task, number), content.id)
        task.applied_at = utcnow()
        contents.note_optimized(content)
    db.session.flush()


def _write(
    actor: Actor,
    content: Content,
    task: OptimizationTask,
    present: Sequence[ProposedChange],
    wanted: Sequence[ProposedChange],
) -> set[int]:
    """Make the content have the wanted changes, where it has the present ones. Returns the ids without a place."""
    html, lost = proposed.carried_over(task.html_before, content.content_html, present, wanted)
    values: dict[str, Any] = {} if html == content.content_html else {HTML: html}
    alts: dict[str, str] = {}
    for change in _turned({one.id: one for one in present}, {one.id: one for one in wanted}):
        if change.field.startswith(IMAGE):
            image = next((one for one in content.images if f"{IMAGE}{one.id}" == change.field), None)
            if image is None or image.alt != change.before:
                lost.add(change.id)
            else:
                alts[f"image-{image.id}-alt"] = change.after
        elif getattr(content, change.field) != change.before:
            lost.add(change.id)
        else:
            values[change.field] = change.after
    if values:
        cause = VersionCause("optimize", actor.id, actor.short_name)
        contents.update_content(
            content.id, content.account_id, values, expected_version=content.version, version_cause=cause
        )
    images.describe_images(content, alts)
    return lost


def _turned(present: Mapping[int, ProposedChange], wanted: Mapping[int, ProposedChange]) -> list[ProposedChange]:
    """The changes of fields beside the text to make; those to be undone the other way round."""
    new = [one for key, one in wanted.items() if key not in present]
    old = [replace(one, before=one.after, after=one.before) for key, one in present.items() if key not in wanted]
    return [one for one in (*new, *old) if one.field != HTML]
