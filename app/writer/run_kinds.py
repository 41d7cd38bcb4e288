"""Kinds of run of the writer."""

from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.kinds import Hold, RunKind

GENERATE_DRAFTS = RunKind(
    "generate_drafts",
    "jobs.writer.generate_drafts",
    N_("Drafts"),
    permission=Permission.WRITER_WRITE,
    module="writer",
    operation="content",
    streams=True,
    pauses=True,
    try_failed="writer.generate_drafts",
)
BRIEF_NEAREST = RunKind(
    "brief_nearest",
    "jobs.writer.find_nearest",
    N_("What the site has already"),
    permission=Permission.WRITER_WRITE,
    module="writer",
    queue="interactive",
)
REWRITE = RunKind(
    "rewrite_draft",
    "jobs.writer.rewrite",
    N_("Writing anew"),
    permission=Permission.WRITER_WRITE,
    module="writer",
    operation="content",
    streams=True,
    subject_type="content",
    holds_subject=Hold.TEXT,
)
PROPOSE_OUTLINE = RunKind(
    "propose_outline",
    "jobs.writer.propose_outline",
    N_("Outline"),
    permission=Permission.WRITER_WRITE,
    module="writer",
    operation="content",
)
DRAW_IMAGE = RunKind(
    "draw_image",
    "jobs.writer.draw_image",
    N_("Image"),
    permission=Permission.CONTENT_WRITE,
    module="writer",
    operation="image",
    subject_type="drawing",
    holds_subject=Hold.TEXT,
)
PLAN_IMAGES = RunKind(
    "plan_images",
    "jobs.writer.plan_images",
    N_("Planning pictures"),
    permission=Permission.CONTENT_WRITE,
    module="writer",
    operation="image_briefs",
    subject_type="planned_images",
)
DRAW_PLANNED = RunKind(
    "draw_planned",
    "jobs.writer.draw_planned",
    N_("Images"),
    permission=Permission.CONTENT_WRITE,
    module="writer",
    operation="image",
    subject_type="planned_images",
    holds_subject=Hold.TEXT,
)
READ_BODIES = RunKind(
    "read_bodies",
    "jobs.writer.read_bodies",
    N_("Reading texts"),
    permission=Permission.WRITER_WRITE,
    module="writer",
    queue="bulk",
    unattended=True,
)
KINDS = (GENERATE_DRAFTS, BRIEF_NEAREST, REWRITE, PROPOSE_OUTLINE, DRAW_IMAGE, PLAN_IMAGES, DRAW_PLANNED, READ_BODIES)


def drafts_lane(account_id: int) -> str:
    """The lane of runs that write for minutes: an account's go one after the other, so that accounts take turns."""
    return f"drafts:{account_id}"


def pictures_lane(account_id: int) -> str:
    """The lane of runs that draw many pictures."""
    return f"pictures:{account_id}"
