"""The writer's blueprint."""

from flask import Blueprint

bp = Blueprint("writer", __name__, url_prefix="/writer")
