"""Automation's blueprint."""

from flask import Blueprint

bp = Blueprint("automation", __name__, url_prefix="/automation")
