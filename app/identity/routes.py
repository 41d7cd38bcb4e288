"""Sign in and out."""

from flask import Response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core import audit, limits, mail
from app.core.access import accountless, public
from app.core.extensions import db, limiter
from app.core.logs import get_logger
from app.identity import browser, devices, emails, people, second_step
from app.identity.blueprints import bp
from app.identity.constant_time import constant_time
from app.identity.forms import LoginForm

log = get_logger(__name__)
public("auth.login", "auth.login_post")
accountless("auth.logout")
BAD_LOGIN = "The e-mail address or the password is wrong."


def _was_wrong(response: Response) -> bool:
    return response.status_code == 422


@bp.get("/login")
def login() -> str | BaseResponse:
    """The sign-in page; a signed-in person goes on to where they wanted."""
    if current_user.is_authenticated:
        return redirect(second_step.safe_target(request.args.get("next")))
    return render_template("auth/login.html", form=LoginForm(next=request.args.get("next", "")))


@bp.post("/login")
@limiter.limit("30 per minute")
@limiter.limit("100 per hour", deduct_when=_was_wrong)
@limiter.limit("10 per 5 minutes; 30 per hour", key_func=devices.email_and_network_limit_key, deduct_when=_was_wrong)
@limiter.limit("100 per hour", key_func=devices.email_limit_key, deduct_when=_was_wrong)
@constant_time
def login_post() -> str | BaseResponse | tuple[str, int]:
    """Sign in. 422 with the form when address or password is wrong, 429 after too many tries."""
    form = LoginForm()
    if form.validate_on_submit():
        user = people.authenticate(form.email.data, form.password.data)
        if user is None:
            _record_refusal(form.email.data)
            form.form_errors.append(BAD_LOGIN)
        elif mail.is_configured() and user.email_confirmed_at is None:
            emails.remind_to_confirm(user)
            db.session.commit()
            return redirect(url_for("auth.check_mail"), code=303)
        else:
            return second_step.continue_sign_in(user, remember=form.remember.data, target=form.next.data)
    return render_template("auth/login.html", form=form), 422


def _record_refusal(email: str) -> None:
    log.info("sign_in_refused")
    user = people.find_user(email.strip())
    if user is not None:
        audit.record_for_person(user.id, "person.sign_in_failed", subject=user.email, actor="")
    db.session.commit()


@bp.post("/logout")
@limits.never_refused
def logout() -> BaseResponse:
    """Sign out and forget the session."""
    browser.sign_out()
    db.session.commit()
    response: Response = redirect(url_for("auth.login"), code=303)  # type: ignore[assignment]
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
