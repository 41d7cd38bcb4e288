"""Tasks, their briefs and what drafts lack of them, in the browser."""

from app.writer import drawing_routes, task_edit_routes, task_routes
from app.writer.blueprint import bp
from app.writer.briefs import routes as brief_routes
from app.writer.drafting import check_routes, proposal_routes
from app.writer.pictures import routes as picture_routes

__all__ = [
    "bp",
    "brief_routes",
    "check_routes",
    "drawing_routes",
    "picture_routes",
    "proposal_routes",
    "task_edit_routes",
    "task_routes",
]
