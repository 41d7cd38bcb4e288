"""The Optimizer's blueprint."""

from flask import Blueprint

bp = Blueprint("optimizer", __name__, url_prefix="/optimizer")
