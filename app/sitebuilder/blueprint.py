"""The Site Builder's blueprint of routes."""

from flask import Blueprint

bp = Blueprint("site_builder", __name__, url_prefix="/site-builder")
