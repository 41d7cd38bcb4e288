"""Help pages."""

from flask import Blueprint, render_template

from app.core.access import requires
from app.core.permissions import Permission
from app.sites.error_codes import codes_by_group

bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("/errors/")
@requires(Permission.ACCOUNT_READ)
def errors() -> str:
    """Every code that connecting, publishing and verifying can answer with, and what to do."""
    return render_template("help/errors.html", groups=list(codes_by_group()))
