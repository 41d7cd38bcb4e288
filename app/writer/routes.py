"""Tasks in the browser."""

from flask import Blueprint

bp = Blueprint("writer", __name__, url_prefix="/writer")
