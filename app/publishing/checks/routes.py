"""The pre-publish check: what a publish would run into, before anybody presses the button."""

from typing import Any

from flask import request, url_for

from app.content.models import Content
from app.core.access import can, current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.publishing import actions
from app.publishing.blueprint import bp
from app.publishing.checks import examination
from app.sites.current import work_on

NEEDS_A_YES = ("SCRIPT_IN_TEXT", "STYLE_IN_TEXT")


@bp.get("/content/<int:content_id>/check/")
@requires(Permission.CONTENT_READ)
def check_content(content_id: int) -> str:
    """All problems with their cures and all warnings, of the app and of WordPress; nothing is changed."""
    account_id = current_account_id()
    owned(Content, content_id, account_id)
    findings = examination.examine(account_id, content_id)
    content = owned(Content, content_id, account_id)
    work_on(content.site_id)
    for problem in findings.problems:
        if problem["code"] in NEEDS_A_YES:
            problem["cure"] = _script_cure(problem["code"])
    key = examination.scripts_key_of(account_id, content_id)
    return page_or_partial(
        "publishing/check.html", "publishing/_check.html", content=content, findings=findings, scripts_key=key
    )


@bp.post("/content/<int:content_id>/check/scripts/")
@requires(Permission.CONTENT_PUBLISH)
def allow_content_scripts(content_id: int) -> Any:
    """Let the scripts that the check named go live with this very text: form field `key`, of the text that was shown.

    409 when the text was changed since. Later texts need a new permission.
    """
    key = request.form.get("key", "")
    actions.allow_content_scripts(current_account_id(), current_actor(), content_id, key)
    db.session.commit()
    toast(gettext("Allowed for this text. Publish it when you are ready."))
    return (
        check_content(content_id)
        if is_partial_request()
        else redirect_to(url_for("publishing.check_content", content_id=content_id))
    )


def _script_cure(code: str) -> str:
    """The cure for scripts on this page: a button that allows them, for people who may."""
    if code == "SCRIPT_IN_TEXT":
        if can(Permission.CONTENT_PUBLISH):
            return gettext("Remove it, or allow it with the button below.")
        return gettext("Remove it, or ask somebody who may publish to allow it.")
    if can(Permission.CONTENT_PUBLISH):
        return gettext("Remove them, or begin each rule with a class of the text, or allow it with the button below.")
    return gettext(
        "Remove them, or begin each rule with a class of the text, or ask somebody who may publish to allow it."
    )
