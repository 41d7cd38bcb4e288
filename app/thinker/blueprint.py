"""Thinker's blueprint."""

from flask import Blueprint

bp = Blueprint("thinker", __name__, url_prefix="/thinker")
