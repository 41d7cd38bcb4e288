"""The blueprint of this domain's pages, in the settings."""

from flask import Blueprint

bp = Blueprint("ai", __name__, url_prefix="/account/ai")
