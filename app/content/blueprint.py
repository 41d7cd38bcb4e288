"""The blueprint that the route modules of content share."""

from flask import Blueprint

bp = Blueprint("content", __name__, url_prefix="/content")
