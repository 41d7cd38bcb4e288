"""The blueprints of this domain: signing in, and the settings of person and account."""

from flask import Blueprint

bp = Blueprint("auth", __name__)
settings = Blueprint("account", __name__, url_prefix="/account")
outbox = Blueprint("dev", __name__, url_prefix="/dev")
