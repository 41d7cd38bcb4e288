"""The blueprint that the publishing routes share."""

from flask import Blueprint

bp = Blueprint("publishing", __name__)
