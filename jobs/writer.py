"""Writing drafts."""

from app.core.runs import Outcome, RunContext
from app.writer import drawing
from app.writer.briefs import nearest, outlines
from app.writer.drafting import bodies, drafts, rewriting
from app.writer.pictures import runs as pictures


def generate_drafts(context: RunContext) -> Outcome:
    """Params: `task_ids`."""
    return drafts.generate_drafts(context)


def find_nearest(context: RunContext) -> Outcome:
    """Params: `task_id`."""
    return nearest.find_nearest(context)


def rewrite(context: RunContext) -> Outcome:
    """Params: `content_id`, `section`."""
    return rewriting.rewrite(context)


def propose_outline(context: RunContext) -> Outcome:
    """Params: `task_id`."""
    return outlines.propose_outline(context)


def draw_image(context: RunContext) -> Outcome:
    """Params: `content_id`, `prompt`, `role`."""
    return drawing.draw_image(context)


def plan_images(context: RunContext) -> Outcome:
    """Params: `content_id`."""
    return pictures.plan_images(context)


def draw_planned(context: RunContext) -> Outcome:
    """Params: `content_id`, `ids`, `role`."""
    return pictures.draw_planned(context)


def read_bodies(context: RunContext) -> Outcome:
    """Of the run's site."""
    return bodies.read_bodies(context)
