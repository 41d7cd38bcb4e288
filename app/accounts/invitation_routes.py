"""Answering an invitation: as a new person, as the person who is signed in, or after signing in."""

from zoneinfo import available_timezones

from flask import redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.accounts import invitations
from app.accounts.forms import JoinForm
from app.accounts.models import Invitation
from app.accounts.request_context import SESSION_ACCOUNT
from app.core.access import public
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import toast
from app.core.language_choice import language_of_browser
from app.core.languages import gettext
from app.core.roles import ROLE_WORDS
from app.identity import browser, mail_tokens
from app.identity.blueprints import bp
from app.identity.people import find_user

public("auth.invitation", "auth.accept_invitation")


@bp.get("/invitation/")
def invitation() -> str | tuple[str, int]:
    """What the invitation is for, and how to accept it."""
    key = request.args.get("t", "")
    return _page(key, JoinForm(key=key))


def _page(key: str, form: JoinForm, status: int = 200) -> tuple[str, int]:
    row = invitations.find_invitation(key)
    if row is None:
        return render_template("auth/link_used.html", error=mail_tokens.link_used_error()), 410
    page = render_template(
        "auth/invitation.html",
        invitation=row,
        form=form,
        key=key,
        how=_acceptance(row),
        role=ROLE_WORDS[row.role],
        back=url_for("auth.invitation", t=key),
    )
    return page, status


def _acceptance(row: Invitation) -> str:
    if current_user.is_authenticated:
        return "accept" if current_user.email.lower() == row.email.lower() else "other"
    return "sign_in" if find_user(row.email) else "join"


@bp.post("/invitation/")
@limiter.limit("30 per hour")
def accept_invitation() -> Response | tuple[str, int]:
    """Join the account. 410 when the link no longer works, 422 with the form when a field is wrong."""
    form = JoinForm()
    key = form.key.data or ""
    try:
        row = invitations.accept_invitation(key, current_user) if current_user.is_authenticated else _join(form, key)
        if row is None:
            return _page(key, form, 422)
    except DomainError as error:
        db.session.rollback()
        if error.code == "LINK_USED":
            return render_template("auth/link_used.html", error=error), 410
        show_error(form, error)
        return _page(key, form, error.status)
    session[SESSION_ACCOUNT] = row.account_id
    if current_user.is_authenticated:
        browser.rotate_session(current_user)
    name = row.account.name
    db.session.commit()
    toast(gettext("Welcome to %(name)s.", name=name))
    return redirect(url_for("dashboard.index"), code=303)


def _join(form: JoinForm, key: str) -> Invitation | None:
    if not form.validate_on_submit():
        return None
    row = invitations.find_invitation(key)
    zone = form.time_zone.data if form.time_zone.data in available_timezones() else "UTC"
    user = invitations.accept_as_new(
        key,
        name=form.name.data.strip(),
        password=form.password.data,
        time_zone=zone,
        language=language_of_browser(),
    )
    browser.sign_in(user)
    return row
