"""Links that come by mail: a new password, a confirmed address, a new address."""

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.access import public
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import toast
from app.core.languages import gettext
from app.identity import browser, devices, emails, mail_tokens, passwords
from app.identity.blueprints import bp
from app.identity.constant_time import constant_time
from app.identity.forms import ForgotForm, NewPasswordForm

public(
    "auth.forgot",
    "auth.forgot_post",
    "auth.reset",
    "auth.reset_post",
    "auth.check_mail",
    "auth.confirm_email",
    "auth.confirm_email_post",
    "auth.change_email",
    "auth.change_email_post",
)


def _email_limit_key() -> str:
    return f"reset:{devices.email_key()}"


@bp.get("/check-mail/")
def check_mail() -> str:
    """The page after sign-up and after asking for a password, the same for everybody."""
    return render_template("auth/check_mail.html")


@bp.get("/password/forgot/")
def forgot() -> str:
    """Ask for a link to a new password."""
    return render_template("auth/forgot.html", form=ForgotForm())


@bp.post("/password/forgot/")
@limiter.limit("20 per hour")
@limiter.limit("5 per hour", key_func=_email_limit_key)
@constant_time
def forgot_post() -> Response | tuple[str, int]:
    """Mail the link when there is such a person; the answer is the same when there is none."""
    form = ForgotForm()
    if not form.validate_on_submit():
        return render_template("auth/forgot.html", form=form), 422
    passwords.request_reset(form.email.data)
    db.session.commit()
    return redirect(url_for("auth.check_mail"), code=303)


@bp.get("/password/reset/")
def reset() -> str | tuple[str, int]:
    """Choose a new password, by a link that still works."""
    key = request.args.get("t", "")
    if mail_tokens.peek(key, passwords.PURPOSE) is None:
        return _link_used_page()
    return render_template("auth/reset.html", form=NewPasswordForm(key=key))


@bp.post("/password/reset/")
@limiter.limit("30 per hour")
def reset_post() -> str | Response | tuple[str, int]:
    """Set the new password; then the person signs in with it."""
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return render_template("auth/reset.html", form=form), 422
    try:
        user = passwords.reset(form.key.data or "", form.password.data)
    except DomainError as error:
        db.session.rollback()
        if error.code == "LINK_USED":
            return _link_used_page()
        show_error(form, error)
        return render_template("auth/reset.html", form=form), 422
    if current_user.is_authenticated:
        browser.sign_out()
    devices.remember_device(user.email)  # whoever reads the person's mail is not the stranger who tries passwords
    db.session.commit()
    toast(gettext("Your new password is set. Sign in with it."))
    return redirect(url_for("auth.login"), code=303)


def _link_used_page() -> tuple[str, int]:
    return render_template("auth/link_used.html", error=mail_tokens.link_used_error()), 410


@bp.get("/email/confirm/")
def confirm_email() -> str | tuple[str, int]:
    """A page with one button: mail programs that open links do not use them up."""
    return _confirmation_page("confirm_email", "Confirm your address", "auth.confirm_email_post")


@bp.get("/email/change/")
def change_email() -> str | tuple[str, int]:
    """A page with one button to confirm a new address."""
    return _confirmation_page("change_email", "Confirm your new address", "auth.change_email_post")


def _confirmation_page(purpose: str, title: str, endpoint: str) -> str | tuple[str, int]:
    token = mail_tokens.peek(request.args.get("t", ""), purpose)
    if token is None:
        return _link_used_page()
    return render_template(
        "auth/confirm.html", title=title, email=token.email, endpoint=endpoint, key=request.args["t"]
    )


@bp.post("/email/confirm/")
@limiter.limit("30 per hour")
def confirm_email_post() -> Response | tuple[str, int]:
    """Confirm the address."""
    try:
        user = emails.confirm_email(request.form.get("t", ""))
    except DomainError as error:
        return _error_page(error)
    db.session.commit()
    toast(gettext("%(email)s is confirmed.", email=user.email))
    return redirect(url_for("auth.login"), code=303)


@bp.post("/email/change/")
@limiter.limit("30 per hour")
def change_email_post() -> Response | tuple[str, int]:
    """Make the new address count from now on."""
    try:
        user = emails.change_email(request.form.get("t", ""))
    except DomainError as error:
        return _error_page(error)
    if current_user.is_authenticated and current_user.id == user.id:
        browser.rotate_session(current_user)
    db.session.commit()
    toast(gettext("You now sign in with %(email)s.", email=user.email))
    return redirect(url_for("auth.login"), code=303)


def _error_page(error: DomainError) -> tuple[str, int]:
    db.session.rollback()
    return render_template("auth/link_used.html", error=error), error.status
