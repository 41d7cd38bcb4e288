"""The mails of this machine, for `make run` without a mail server: nobody else ever sees this page."""

from flask import current_app, render_template, request

from app.auth.access import public
from app.auth.blueprints import outbox
from app.core import mail
from app.core.errors import NotFound

public("dev.show_outbox", impersonal=True)


@outbox.get("/outbox/")
def show_outbox() -> str:
    """What would have been mailed, newest first. 404 but for this machine's own browser in local mode."""
    forwarded = "X-Forwarded-For" in request.headers
    local = current_app.config["IS_LOCAL"] and request.remote_addr in ("127.0.0.1", "::1") and not forwarded
    if not local or mail.is_configured():
        raise NotFound()
    return render_template("auth/outbox.html", mails=mail.outbox())
