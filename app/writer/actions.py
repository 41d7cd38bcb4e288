"""What can be done in the writer, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from dataclasses import dataclass

from flask import current_app

from app.ai import charging
from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.listing.selection import Selection, fingerprint
from app.core.runs import Run, start_run
from app.core.wording import many
from app.writer import progress, services
from app.writer.run_kinds import GENERATE_DRAFTS

ALL_IDEAS = 200
ALL_TASKS = 50


@dataclass(frozen=True, slots=True)
class TasksMade:
    """How many tasks were made, how many of the ideas `had` one, and how many of the chosen ideas are gone."""

    made: int
    had: int
    missing: int


def create_tasks(account_id: int, site_id: int, selection: Selection) -> TasksMade:
    """A task for each chosen idea that has none; with nothing chosen, for all that the list's filters show.

    Raises DomainError when nothing is chosen and more than ALL_IDEAS are listed.
    """
    if selection.is_empty:
        selection = Selection(all_matching=True, filters={**selection.filters, "state": "open"})
        waiting = services.count_ideas(account_id, site_id, selection)
        if waiting > ALL_IDEAS:
            raise DomainError(
                f"No idea is selected, and {waiting:,} are listed.",
                code="NOTHING_SELECTED",
                cure="Select the ideas that should become tasks.",
            )
    made, had = services.create_from_ideas(account_id, site_id, selection)
    return TasksMade(made, had, selection.missing(made + had))


@dataclass(frozen=True, slots=True)
class DraftsStart:
    """`run` writes `count` drafts; None when nothing is left to start.

    Of the chosen tasks, `left` are written or being written, and `missing` are gone.
    """

    run: Run | None
    count: int = 0
    left: int = 0
    missing: int = 0


def start_drafts(account_id: int, actor: Actor, site_id: int, selection: Selection) -> DraftsStart:
    """Write the chosen tasks that wait, or with nothing chosen all that the list's filters show.

    The same drafts that are being written already are not started twice. Raises DomainError for too many at once,
    NotEnoughCredits, Refused.
    """
    everything = selection.is_empty
    chosen = Selection(all_matching=True, filters=selection.filters) if everything else selection
    ids = services.queued_ids(account_id, site_id, chosen, without=progress.under_way(account_id, site_id))
    if not ids:
        return DraftsStart(None, left=len(services.queued_ids(account_id, site_id, chosen)))
    _check_amount(len(ids), everything)
    run = _start(account_id, actor, site_id, ids)
    if everything:
        return DraftsStart(run, len(ids))
    found = services.count_tasks(account_id, site_id, chosen)
    return DraftsStart(run, len(ids), found - len(ids), chosen.missing(found))


def _check_amount(count: int, everything: bool) -> None:
    if count > (ALL_TASKS if everything else services.MAX_AT_ONCE):
        what = "No task is selected, and" if everything else "At most 500 drafts can be written at once, and"
        raise DomainError(
            f"{what} {'more than ' if count > services.MAX_AT_ONCE else ''}"
            f"{min(count, services.MAX_AT_ONCE):,} are queued in this list.",
            code="TOO_MANY_TASKS",
            cure="Select the tasks to write.",
        )


def _start(account_id: int, actor: Actor, site_id: int, ids: list[int]) -> Run:
    run = start_run(
        account_id=account_id,
        kind=GENERATE_DRAFTS,
        site_id=site_id,
        title=f"Writing {many(len(ids), 'draft')}",
        actor_id=actor.id,
        params={"task_ids": ids},
        total=len(ids),
        exclusive_key=f"{GENERATE_DRAFTS.name}:{site_id}:{fingerprint(ids)}",
        subject_type="task" if len(ids) == 1 else None,
        subject_id=ids[0] if len(ids) == 1 else None,
    )
    charging.reserve_credits(current_app.config, run, "content", len(ids))
    return run


def delete_tasks(account_id: int, actor: Actor, site_id: int, selection: Selection) -> int:
    """Delete the chosen tasks of a site; how many. Drafts made of them stay."""
    gone = services.delete_tasks(account_id, site_id, selection)
    audit.record(account_id, "deleted.tasks", before={"tasks": gone}, by=actor)
    return gone
