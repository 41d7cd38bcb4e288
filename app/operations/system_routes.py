"""The System page: how the installation is, for the people of OPERATOR_EMAILS."""

from flask import Blueprint, render_template
from flask_login import current_user

from app.core.access import accountless
from app.core.errors import NotFound
from app.operations import system as state
from app.operations.operators import is_operator

system = Blueprint("system", __name__, url_prefix="/system")
accountless("system.show")


@system.get("/")
def show() -> str:
    """Alerts, health, workers, queues, schedules, backups, slow statements, versions. 404 but for operators."""
    if not is_operator(current_user):
        raise NotFound()
    return render_template("operations/system.html", state=state.read_state())
