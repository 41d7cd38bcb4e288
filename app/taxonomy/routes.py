"""Terms in the browser."""

from flask import Blueprint

bp = Blueprint("taxonomy", __name__, url_prefix="/terms")
