"""Tasks and drafts, as a feature."""

from datetime import timedelta

from app.accounts.hooks import member_gone
from app.content.images import uses as image_uses
from app.core.costs import Cost
from app.core.features import BULK_CHANGES, DELETIONS, Action, EditorPanel, Entry, Feature, Module, Stage
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic
from app.sites.hooks import sector_deleting
from app.thinker.hooks import persona_renamed
from app.writer import assignments, cluster_hooks, services
from app.writer.briefs.services import rename_persona
from app.writer.cells import LISTS
from app.writer.drafting import bodies, new_links, prompt_rows
from app.writer.drafting.answers import delete_old_answers
from app.writer.drafting.checking import is_of_a_task
from app.writer.drafting.section_models import texts_of_drafts
from app.writer.drawing import can_draw
from app.writer.routes import bp
from app.writer.run_kinds import KINDS

WORDS_OF_A_DRAFT = 1500  # what is reserved for a draft; it is charged by the words it has


def connect() -> None:
    """Be asked by other features."""
    cluster_hooks.connect()
    persona_renamed.add(rename_persona)
    member_gone.add(assignments.leave_to_nobody)
    prompt_rows.connect()
    image_uses.further_texts.add(texts_of_drafts)
    sector_deleting.add(services.lock_tasks_of_sector)


FEATURE = Feature(
    key="writer",
    place=30,
    blueprints=(bp,),
    navigation=(Entry(N_("Writer"), "writer.tasks", "pencil", place=30),),
    module=Module("writer", N_("Writer"), N_("Tasks, and drafts written from them."), "pencil"),
    run_kinds=KINDS,
    subscribers=(*bodies.SUBSCRIBERS, *new_links.SUBSCRIBERS),
    lists=LISTS,
    periodic=(Periodic("forget_draft_answers", timedelta(hours=1), delete_old_answers),),
    audit_words={
        "bulk.tasks_assigned": N_("Tasks assigned"),
        "bulk.tasks_due": N_("Due date of tasks set"),
        "bulk.tasks_unassigned": N_("Tasks of a former member unassigned"),
        "deleted.tasks": N_("Tasks deleted"),
    },
    audit_groups=(BULK_CHANGES, DELETIONS),
    credit_operations={
        "content": Cost(N_("Drafts"), 1, "word", per=100, usual=WORDS_OF_A_DRAFT // 100),
        "image": Cost(N_("Images"), 5, "image"),
        "image_briefs": Cost(N_("Image briefs"), 1, "content"),
    },
    editor_panels=(
        EditorPanel("draft-checks", N_("Against the brief"), "writer.draft_checks", place=10, shows=is_of_a_task),
        EditorPanel(
            "draw-image",
            N_("Draw an image"),
            "writer.drawing_panel",
            place=20,
            permission=Permission.CONTENT_WRITE,
            shows=can_draw,
            tab="images",
        ),
        EditorPanel(
            "pictures",
            N_("Pictures that would help"),
            "writer.show_pictures",
            place=15,
            permission=Permission.CONTENT_WRITE,
            tab="images",
        ),
    ),
    stages=(Stage(N_("Tasks to write"), "queued_tasks", "writer.tasks", 40, {"status": "queued"}),),
    item_links={"task": ("writer.brief", "task_id")},
    actions=(Action(N_("New task"), "writer.new_task", "plus", place=20, permission=Permission.WRITER_WRITE),),
    connect=connect,
    guide={
        "writer": "drafts",
        "writer.tasks": "ideas-and-tasks#tasks",
        "writer.new_task": "ideas-and-tasks#tasks",
        "writer.edit_task": "ideas-and-tasks#who-and-when",
    },
)
