"""What can be done in the writer, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from dataclasses import dataclass
from datetime import date

from app.accounts import members
from app.ai import charging
from app.ai.calls.request_sizes import size_of
from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.languages import gettext, local_number, ngettext
from app.core.listing.selection import Selection, selection_key
from app.core.runs import Run, start_run
from app.core.wording import many
from app.writer import assignments, progress, services
from app.writer.run_kinds import GENERATE_DRAFTS, drafts_lane

ALL_IDEAS = 200
ALL_TASKS = 50


@dataclass(frozen=True, slots=True)
class TasksMade:
    """How many tasks were made, how many of the ideas `had` one, and how many of the chosen ideas no longer exist."""

    made: int
    had: int
    missing: int


def create_tasks(account_id: int, site_id: int, selection: Selection) -> TasksMade:
    """A task for each chosen idea that has none; with nothing chosen, for all that the list's filters show.

    Raises DomainError when nothing is chosen and more than ALL_IDEAS are listed.
    """
    if selection.is_empty:
        selection = Selection(all_matching=True, filters={**selection.filters, "state": "open"})
        idea_count = services.count_ideas(account_id, site_id, selection)
        if idea_count > ALL_IDEAS:
            raise DomainError(
                gettext("No idea is selected, and %(idea_count)s are listed.", idea_count=local_number(idea_count)),
                code="NOTHING_SELECTED",
                cure=gettext("Select the ideas that should become tasks."),
            )
    created, existing = services.create_from_ideas(account_id, site_id, selection)
    return TasksMade(created, existing, selection.missing(created + existing))


@dataclass(frozen=True, slots=True)
class DraftsStart:
    """`run` writes `count` drafts; None when nothing is left to start.

    Of the chosen tasks, `left` are written or being written, and `missing` no longer exist.
    """

    run: Run | None
    count: int = 0
    left: int = 0
    missing: int = 0


def start_drafts(account_id: int, actor: Actor, site_id: int, selection: Selection) -> DraftsStart:
    """Write the chosen tasks that wait, or with nothing chosen all that the list's filters show.

    Drafts that are being written already are not started twice. Raises DomainError for too many at once,
    NotEnoughCredits, Refused.
    """
    everything = selection.is_empty
    selection_to_write = Selection(all_matching=True, filters=selection.filters) if everything else selection
    most, busy = size_of(account_id, "drafts_per_run"), progress.under_way(account_id, site_id)
    ids = services.queued_ids(account_id, site_id, selection_to_write, without=busy, most=most)
    if not ids:
        return DraftsStart(None, left=len(services.queued_ids(account_id, site_id, selection_to_write)))
    _check_amount(len(ids), everything, most)
    run = _start(account_id, actor, site_id, ids)
    if everything:
        return DraftsStart(run, len(ids))
    task_count = services.count_tasks(account_id, site_id, selection_to_write)
    return DraftsStart(run, len(ids), task_count - len(ids), selection_to_write.missing(task_count))


def _check_amount(count: int, everything: bool, most: int) -> None:
    if count > (min(ALL_TASKS, most) if everything else most):
        raise DomainError(
            _amount_words(count, everything, most),
            code="TOO_MANY_TASKS",
            cure=gettext("Select the tasks to write. How many at once is set under Settings → AI limits."),
        )


def _amount_words(count: int, everything: bool, most: int) -> str:
    values = {"most": local_number(most), "count": local_number(min(count, most))}
    if everything and count > most:
        return gettext("No task is selected, and more than %(count)s are queued in this list.", **values)
    if everything:
        return gettext("No task is selected, and %(count)s are queued in this list.", **values)
    return ngettext(
        "At most %(most)s draft can be written at once, and more than %(count)s are queued in this list.",
        "At most %(most)s drafts can be written at once, and more than %(count)s are queued in this list.",
        most,
        **values,
    )


def _start(account_id: int, actor: Actor, site_id: int, ids: list[int]) -> Run:
    run = start_run(
        account_id=account_id,
        kind=GENERATE_DRAFTS,
        site_id=site_id,
        title=f"Writing {many(len(ids), 'draft')}",
        actor=actor,
        params={"task_ids": ids},
        total=len(ids),
        lane=drafts_lane(account_id),
        exclusive_key=f"{GENERATE_DRAFTS.name}:{site_id}:{selection_key(ids)}",
        subject_type="task" if len(ids) == 1 else None,
        subject_id=ids[0] if len(ids) == 1 else None,
    )
    charging.reserve_credits(run, "content", len(ids))
    return run


@dataclass(frozen=True, slots=True)
class TasksChanged:
    """How many of the `found` tasks were changed; the others were so already."""

    count: int
    found: int


def assign_tasks(account_id: int, actor: Actor, site_id: int, selection: Selection, assignee: str) -> TasksChanged:
    """Give the chosen tasks to the member that `assignee` names, or to nobody (``none``). Raises DomainError."""
    selection.required("task")
    user_id = assignments.chosen_assignee(account_id, site_id, {"assignee": assignee})
    chosen = services.count_tasks(account_id, site_id, selection)
    count = assignments.set_assignee(services.selected_tasks(account_id, site_id, selection), user_id)
    name = dict(members.editors_of_site(account_id, site_id)).get(user_id or 0, "nobody")
    if count:
        audit.record(account_id, "bulk.tasks_assigned", subject=f"{many(count, 'task')} to {name}", by=actor)
    return TasksChanged(count, chosen)


def set_due_date(account_id: int, actor: Actor, site_id: int, selection: Selection, day: date | None) -> TasksChanged:
    """Set or clear the due date of the chosen tasks. Raises DomainError when nothing is chosen."""
    selection.required("task")
    chosen = services.count_tasks(account_id, site_id, selection)
    count = assignments.set_due(services.selected_tasks(account_id, site_id, selection), day)
    words = f"{many(count, 'task')}: {day.isoformat() if day else 'no due date'}"
    if count:
        audit.record(account_id, "bulk.tasks_due", subject=words, by=actor)
    return TasksChanged(count, chosen)


def delete_tasks(account_id: int, actor: Actor, site_id: int, selection: Selection) -> int:
    """Delete the chosen tasks of a site. Returns how many. Drafts made of them stay."""
    count = services.delete_tasks(account_id, site_id, selection)
    if count:
        audit.record(account_id, "deleted.tasks", before={"tasks": count}, by=actor)
    return count
