"""The blueprints of the API: the endpoints themselves, and what says how to call them."""

from flask import Blueprint

from app.core.extensions import csrf

api = Blueprint("api", __name__, url_prefix="/api/v1")
reference = Blueprint("api_reference", __name__, url_prefix="/api/v1")
csrf.exempt(api)
