"""Sign up, and switch between accounts."""

from zoneinfo import available_timezones

from flask import g, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.accounts import actions, services
from app.accounts.forms import SignupForm
from app.accounts.request_context import SESSION_ACCOUNT
from app.core import mail
from app.core.access import accountless, current_user_id, public, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import redirect_to, toast
from app.core.language_choice import language_of_browser
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.row_security import act_for
from app.identity import browser, passwords
from app.identity.blueprints import bp
from app.identity.constant_time import constant_time
from app.identity.models import User

public("auth.signup", "auth.signup_post")
accountless("auth.without_account", "auth.add_account")
HOME = "dashboard.index"


@bp.get("/signup")
def signup() -> str | BaseResponse:
    """The sign-up page."""
    if current_user.is_authenticated:
        return redirect(url_for(HOME))
    return render_template("auth/signup.html", form=SignupForm())


@bp.post("/signup")
@limiter.limit("20 per hour")
@constant_time
def signup_post() -> str | BaseResponse | tuple[str, int]:
    """Make a person with an account of their own, and sign them in where no mail could confirm the address.

    Where mail can be sent, an address that is taken gets the same answer in the same time: a mail says the rest.
    """
    form = SignupForm()
    if form.validate_on_submit():
        try:
            user = _sign_up(form)
        except DomainError as error:
            db.session.rollback()
            if error.code == "EMAIL_TAKEN" and mail.is_configured():
                passwords.notify_registered(form.email.data)
                db.session.commit()
                return redirect(url_for("auth.check_mail"), code=303)
            show_error(form, error)
        else:
            if mail.is_configured():
                return redirect(url_for("auth.check_mail"), code=303)
            browser.sign_in(user)
            db.session.commit()
            return redirect(url_for(HOME), code=303)
    return render_template("auth/signup.html", form=form), 422


def _sign_up(form: SignupForm) -> User:
    zone = form.time_zone.data if form.time_zone.data in available_timezones() else "UTC"
    name = form.name.data.strip()
    user = actions.sign_up(
        email=form.email.data,
        name=name,
        password=form.password.data,
        time_zone=zone,
        language=language_of_browser(),
        account_name=(form.account_name.data or "").strip() or f"{name}'s account"[:120],
    )
    db.session.commit()
    return user


@bp.post("/accounts/<int:account_id>/switch/")
@requires(Permission.PROFILE_MANAGE)
def switch_account(account_id: int) -> BaseResponse:
    """Work in another account that the person belongs to; 404 for any other."""
    account = next((a for a in services.accounts_of(current_user_id()) if a.id == account_id), None)
    if account is None:
        raise NotFound()
    _enter(account.id)
    toast(gettext("You now work in %(name)s.", name=account.name), "info")
    return redirect_to(url_for(HOME))


def _enter(account_id: int) -> None:
    """Choose the account for this browser; its session gets a new key."""
    for key in [k for k in session if not k.startswith("_") and k != "csrf_token"]:
        session.pop(key)
    session[SESSION_ACCOUNT] = account_id
    act_for(account_id)
    browser.rotate_session(current_user)
    db.session.commit()


@bp.get("/accounts/new/")
def without_account() -> str:
    """The form to make another account; people who belong to no account land here too."""
    return render_template("auth/new_account.html", homeless=g.get("account_id") is None)


@bp.post("/accounts/new/")
@limiter.limit("10 per hour")
def add_account() -> BaseResponse | tuple[str, int]:
    """Make an account that the person owns, and enter it."""
    try:
        account = services.create_account(current_user, request.form.get("name", ""))
    except DomainError as error:
        db.session.rollback()
        homeless = g.get("account_id") is None
        return render_template("auth/new_account.html", homeless=homeless, error=error.message), 422
    _enter(account.id)
    toast(gettext("%(name)s was made. You are its owner.", name=account.name))
    return redirect(url_for(HOME), code=303)
