"""Keywords, clusters and ideas in the browser."""

from flask import Blueprint

bp = Blueprint("planner", __name__, url_prefix="/planner")
