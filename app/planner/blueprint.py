"""The planner's blueprint."""

from flask import Blueprint

bp = Blueprint("planner", __name__, url_prefix="/planner")
