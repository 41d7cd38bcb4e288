"""The Linker's blueprint."""

from flask import Blueprint

bp = Blueprint("linker", __name__, url_prefix="/linker")
