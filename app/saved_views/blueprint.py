"""The blueprint of arranged lists."""

from flask import Blueprint

bp = Blueprint("saved_views", __name__)
