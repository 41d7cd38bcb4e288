"""An outline proposed for a brief, as the work of a run. It is offered beside the brief's own and changes nothing."""

from uuid import UUID

from sqlalchemy import select

from app.ai import charging, gateway
from app.ai.call_context import CallContext
from app.ai.charging import Charges, count_words
from app.ai.plans import OutlineRequest
from app.ai.tasks.outline import OUTLINE
from app.core.actor import Actor
from app.core.extensions import db
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.services import find_active
from app.core.tenancy import owned
from app.core.wording import many
from app.sites.models import Site
from app.thinker.strategy import note_for
from app.writer.briefs.making import keywords_for
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section, new_id
from app.writer.briefs.services import brief_of, persona_of
from app.writer.models import Task
from app.writer.run_kinds import PROPOSE_OUTLINE


def start_outline(account_id: int, actor: Actor, task_id: int) -> Run:
    """Start proposing an outline for the saved brief; a run under way is returned. Flushes. Raises NotEnoughCredits."""
    task = owned(Task, task_id, account_id)
    run = start_run(
        account_id=account_id,
        kind=PROPOSE_OUTLINE,
        title=f"Planning “{task.title}”"[:300],
        actor=actor,
        site_id=task.site_id,
        params={"task_id": task.id, "version": brief_of(task).version},
        exclusive_key=_outline_key(task.id),
        subject_type="outline",
        subject_id=task.id,
    )
    charging.reserve_credits(run, "content", 1)
    return run


def _outline_key(task_id: int) -> str:
    return f"{PROPOSE_OUTLINE.name}:{task_id}"


def active_outline_run(account_id: int, task_id: int) -> Run | None:
    """The run that is planning this task."""
    return find_active(_outline_key(task_id), account_id)


def propose_outline(context: RunContext) -> Outcome:
    """Ask for the outline and store it with the run. Commits. A restarted run asks again: nothing was charged then."""
    account_id = context.run.account_id
    task = owned(Task, context.run.params["task_id"], account_id)
    charges = Charges(context.run, "content", 1)
    request, title = outline_request(task, brief_of(task)), task.title
    context.progress(step="Planning the sections")
    db.session.commit()
    call = CallContext(context.run_id, subject=title, cancelled=context.should_stop)
    answered = gateway.run(account_id, OUTLINE, request, call=call)
    plan = answered.result
    text = " ".join(f"{section.heading} {section.notes}" for section in plan.sections)
    charges.charge(
        "outline", units=count_words(text), object_type="task", object_id=task.id, title=title, answered=answered
    )
    db.session.commit()
    sections = [
        Section(new_id(), planned.heading, planned.notes, tuple(planned.keywords)).stored() for planned in plan.sections
    ]
    return Outcome(
        f"Proposed {many(len(sections), 'section')}.",
        f"/writer/tasks/{task.id}/brief/",
        {"sections": sections, "questions": plan.questions, "credits": charges.used},
    )


def outline_request(task: Task, brief: Brief) -> OutlineRequest:
    """The request to plan the outline of a task."""
    return OutlineRequest(
        title=brief.title,
        description=brief.description,
        content_type=task.content_type,
        content_structure=task.content_structure,
        primary_keyword=brief.primary_keyword,
        keywords=list(dict.fromkeys([*brief.secondary_keywords, *keywords_for(task)])),
        intent=brief.intent,
        length_words=brief.length_words,
        persona=persona_of(brief),
        strategy=note_for(task.account_id, task.site_id),
        tone=brief.tone,
        country=brief.country,
        language=brief.language,
        site_name=owned(Site, task.site_id, task.account_id).name,
    )


def proposal_for(brief: Brief) -> Run | None:
    """The newest proposal, unless the brief was saved after it."""
    stmt = select(Run).where(
        Run.account_id == brief.account_id,
        Run.subject_type == "outline",
        Run.subject_id == brief.task_id,
        Run.kind == PROPOSE_OUTLINE.name,
        Run.state == "succeeded",
        Run.params["version"].as_integer() == brief.version,
    )
    run: Run | None = db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1))
    return run


def proposed(account_id: int, task_id: int, run_id: str) -> tuple[list[Section], list[str]] | None:
    """Sections and questions of a proposal for this task; None when there is none of this id."""
    try:
        run = db.session.get(Run, UUID(run_id))
    except ValueError:
        return None
    if run is None or run.account_id != account_id or (run.kind, run.subject_id) != (PROPOSE_OUTLINE.name, task_id):
        return None
    data = run.data or {}
    return [Section.of(row) for row in data.get("sections", [])], list(data.get("questions", []))
