"""What can be done to make contents better, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from app.ai import charging
from app.ai.charging import Quote
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext, local_number, ngettext
from app.core.permissions import Permission
from app.core.runs import Run, start_run
from app.core.tenancy import owned
from app.core.wording import many, sentences
from app.optimizer.documents import MAX_ANALYSED
from app.optimizer.permissions import OptimizerPermission
from app.optimizer.rewrite import tasks
from app.optimizer.rewrite.changes import DECISIONS
from app.optimizer.rewrite.improve import OPERATION
from app.optimizer.rewrite.task_models import UNDER_WAY, OptimizationTask
from app.optimizer.rewrite.tasks import ChangesMade
from app.optimizer.rewrite.work import pieces_of
from app.optimizer.run_kinds import OPTIMIZE_CONTENT, optimizing_lane
from app.sites.models import Site

MOST_CONTENTS = 5000
PART = 200


@dataclass(frozen=True, slots=True)
class OptimizingStarted:
    """The run, and the tasks that it fills. `left_out` are contents without text, or with too much, or under way."""

    run: Run
    task_ids: Sequence[int]
    left_out: int


def start_optimizing(account_id: int, actor: Actor, site_id: int, content_ids: Sequence[int]) -> OptimizingStarted:
    """Start proposing changes for contents of a site. Nothing is changed until a person accepts it.

    What is under way already goes on, and is not started twice: its run is returned when there is nothing else. Raises
    NotFound, Forbidden, NotEnoughCredits, Refused, and DomainError when none or too many are chosen.
    """
    actor.require(OptimizerPermission.WRITE)
    site = owned(Site, site_id, account_id)
    texts = _texts_to_optimize(account_id, site_id, content_ids)
    task_ids = tasks.add_tasks(account_id, site_id, {text.id: text.source for text in texts}, actor)
    if not task_ids:
        return _started_before(account_id, [text.id for text in texts])
    chosen = set(db.session.scalars(select(OptimizationTask.content_id).where(OptimizationTask.id.in_(task_ids))))
    pieces = sum(text.pieces for text in texts if text.id in chosen)
    run = start_run(
        account_id=account_id,
        kind=OPTIMIZE_CONTENT,
        title=f"Optimizing {many(len(task_ids), 'text')}" if len(task_ids) > 1 else f"Optimizing “{texts[0].title}”",
        actor=actor,
        site_id=site.id,
        params={"task_ids": task_ids, "pieces": pieces},
        total=len(task_ids),
        lane=optimizing_lane(account_id),
    )
    db.session.execute(update(OptimizationTask).where(OptimizationTask.id.in_(task_ids)).values(run_id=run.id))
    charging.reserve_credits(run, OPERATION, pieces)
    audit.record(
        account_id,
        "optimizer.started",
        subject=site.name,
        after={"contents": len(task_ids), "run": str(run.id)},
        by=actor,
    )
    return OptimizingStarted(run, task_ids, len(set(content_ids)) - len(task_ids))


@dataclass(frozen=True, slots=True)
class TextToOptimize:
    """A content that has a text: where it came from, and how many pieces are paid for it at most."""

    id: int
    title: str
    source: str
    pieces: int


def _texts_to_optimize(account_id: int, site_id: int, content_ids: Sequence[int]) -> list[TextToOptimize]:
    """Those of the contents that have a text, in the order of their ids. Raises DomainError."""
    ids = sorted(set(content_ids))
    if len(ids) > MOST_CONTENTS:
        raise DomainError(
            gettext("At most %(most)s texts can be optimized at once.", most=local_number(MOST_CONTENTS)),
            code="TOO_MANY_CHOSEN",
            cure=gettext("Choose fewer."),
        )
    texts: list[TextToOptimize] = []
    columns = (Content.id, Content.title, Content.source, Content.content_html)
    for start in range(0, len(ids), PART):  # never all texts in memory at once
        mine = (Content.account_id == account_id, Content.site_id == site_id, LISTED)
        stmt = select(*columns).where(*mine, Content.id.in_(ids[start : start + PART])).order_by(Content.id)
        texts += [
            TextToOptimize(row.id, row.title, row.source, pieces_of(row.content_html))
            for row in db.session.execute(stmt)
            if row.content_html.strip() and len(row.content_html) <= MAX_ANALYSED
        ]
    if not texts:
        raise DomainError(
            gettext("None of the chosen texts can be optimized: they are empty, very long or not there any more."),
            code="NOTHING_CHOSEN",
            cure=gettext("Choose texts that are written, then try again."),
        )
    return texts


def _started_before(account_id: int, content_ids: Collection[int]) -> OptimizingStarted:
    """The newest run that works on one of these contents."""
    mine = (OptimizationTask.account_id == account_id, OptimizationTask.content_id.in_(content_ids))
    stmt = select(OptimizationTask).where(*mine, OptimizationTask.status.in_(UNDER_WAY))
    rows = db.session.scalars(stmt.order_by(OptimizationTask.id.desc())).all()
    run = next((row.run for row in rows if row.run is not None), None)
    if run is None:
        raise DomainError(
            gettext("Somebody has just started this."), code="STARTED_ALREADY", cure=gettext("Load the page again.")
        )
    return OptimizingStarted(run, [row.id for row in rows], 0)


def optimizing_price(account_id: int, content_ids: Sequence[int]) -> Quote:
    """What optimizing these contents may cost at most."""
    stmt = select(Content.content_html).where(Content.account_id == account_id, Content.id.in_(content_ids))
    return charging.price_quote(account_id, OPERATION, sum(map(pieces_of, db.session.scalars(stmt))))


def decide_changes(account_id: int, actor: Actor, task_id: int, ids: Collection[int] | None, decision: str) -> int:
    """Accept, reject or reopen changes of a task, or all that nobody has decided on. Returns how many.

    Raises NotFound, Forbidden, Conflict for a task that is not done, and DomainError for another decision.
    """
    actor.require(OptimizerPermission.WRITE)
    task = tasks.lock_task(account_id, task_id)
    if decision not in DECISIONS:
        raise DomainError(gettext("A change is accepted or rejected."), code="NO_DECISION")
    return tasks.decide_on(task, ids, decision)


def use_changes(account_id: int, actor: Actor, task_id: int) -> tuple[ChangesMade, str]:
    """Make the accepted changes, as a new version of the content; what came of it, and a sentence.

    What a person edited since stays as it is. Raises NotFound, Forbidden, Conflict and DomainError.
    """
    actor.require(OptimizerPermission.WRITE)
    actor.require(Permission.CONTENT_WRITE)
    made = tasks.put_in_content(account_id, actor, task_id)
    _tell(account_id, actor, made, "optimizer.used")
    says = ngettext("%(num)s change is in the text now.", "%(num)s changes are in the text now.", made.made)
    return made, sentences(says, _outdated_words(made))


def undo_changes(account_id: int, actor: Actor, task_id: int) -> tuple[ChangesMade, str]:
    """Take the changes of a task out of the content again, as a new version; what came of it, and a sentence.

    Places that a person edited since stay as they are. Raises NotFound, Forbidden, Conflict and DomainError.
    """
    actor.require(OptimizerPermission.WRITE)
    actor.require(Permission.CONTENT_WRITE)
    made = tasks.take_out_of_content(account_id, actor, task_id)
    _tell(account_id, actor, made, "optimizer.undone")
    says = ngettext("%(num)s change was taken out.", "%(num)s changes were taken out.", made.made)
    return made, sentences(says, _outdated_words(made))


def _outdated_words(made: ChangesMade) -> str:
    if not made.outdated:
        return ""
    return ngettext(
        "%(num)s was left out: somebody has edited that place since.",
        "%(num)s were left out: somebody has edited those places since.",
        made.outdated,
    )


def _tell(account_id: int, actor: Actor, made: ChangesMade, action: str) -> None:
    after = {"changes": made.made, "left_out": made.outdated, "version": made.content.version}
    audit.record(account_id, action, subject=f"Content “{made.content.title}”", after=after, by=actor)
