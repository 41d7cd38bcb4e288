"""The mails of this machine, for `make run` without a mail server: nobody else ever sees this page."""

from flask import current_app, render_template

from app.core import hosts, mail
from app.core.access import public
from app.core.errors import NotFound
from app.identity.blueprints import outbox

public("dev.show_outbox", impersonal=True)


@outbox.get("/outbox/")
def show_outbox() -> str:
    """What would have been mailed, newest first. 404 but for this machine's own browser in local mode."""
    if not (current_app.config["IS_LOCAL"] and hosts.is_this_machine()) or mail.is_configured():
        raise NotFound()
    return render_template("auth/outbox.html", mails=mail.outbox())
