"""The Content Manager in the browser."""

from flask import Blueprint

bp = Blueprint("content", __name__, url_prefix="/content")
