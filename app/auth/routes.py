"""Sign up, sign in, sign out, switch account."""

from zoneinfo import available_timezones

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from app.auth import services
from app.auth.access import SESSION_ACCOUNT, current_user_id, public
from app.auth.forms import LoginForm, SignupForm
from app.auth.models import User
from app.core.errors import DomainError, NotFound
from app.core.forms import show_error
from app.core.htmx import redirect_to, toast
from app.core.logs import get_logger
from app.extensions import db, limiter

bp = Blueprint("auth", __name__)
log = get_logger(__name__)
public("auth.login", "auth.signup", "auth.login_post", "auth.signup_post")
HOME = "dashboard.index"


def _tried_email() -> str:
    return request.form.get("email", "").strip().lower()[:254]


def _safe_target(target: str | None) -> str:
    """`target` when it is a path of this app, else the dashboard: no open redirect."""
    if target and target.isprintable() and target.startswith("/") and not target.startswith(("//", "/\\")):
        return target
    return url_for(HOME)


def _start_session(user: User, *, remember: bool = False) -> None:
    """A fresh session for this person: nothing of the one before survives."""
    session.clear()
    login_user(user, remember=remember)


@bp.get("/login")
def login() -> str | BaseResponse:
    """The sign-in page; a signed-in person goes on to where they wanted."""
    if current_user.is_authenticated:
        return redirect(_safe_target(request.args.get("next")))
    return render_template("auth/login.html", form=LoginForm(next=request.args.get("next", "")))


@bp.post("/login")
@limiter.limit("30 per minute")
@limiter.limit("10 per 5 minutes", key_func=_tried_email, deduct_when=lambda response: response.status_code == 422)
def login_post() -> str | BaseResponse | tuple[str, int]:
    """Sign in. 422 with the form when address or password is wrong, 429 after too many tries."""
    form = LoginForm()
    if form.validate_on_submit():
        user = services.verify(form.email.data, form.password.data)
        if user:
            db.session.commit()
            _start_session(user, remember=form.remember.data)
            return redirect(_safe_target(form.next.data), code=303)
        log.info("sign_in_refused")
        form.form_errors.append("The e-mail address or the password is wrong.")
    return render_template("auth/login.html", form=form), 422


@bp.get("/signup")
def signup() -> str | BaseResponse:
    """The sign-up page."""
    if current_user.is_authenticated:
        return redirect(url_for(HOME))
    return render_template("auth/signup.html", form=SignupForm())


@bp.post("/signup")
@limiter.limit("20 per hour")
def signup_post() -> str | BaseResponse | tuple[str, int]:
    """Make a person with an account of their own and sign them in."""
    form = SignupForm()
    if form.validate_on_submit():
        zone = form.time_zone.data if form.time_zone.data in available_timezones() else "UTC"
        name = form.name.data.strip()
        try:
            user = services.sign_up(
                email=form.email.data,
                name=name,
                password=form.password.data,
                account_name=(form.account_name.data or "").strip() or f"{name}'s account"[:120],
                time_zone=zone,
            )
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
        else:
            _start_session(user)
            return redirect(url_for(HOME), code=303)
    return render_template("auth/signup.html", form=form), 422


@bp.post("/logout")
def logout() -> BaseResponse:
    """Sign out and forget the session."""
    logout_user()
    session.clear()
    response: Response = redirect(url_for("auth.login"), code=303)  # type: ignore[assignment]
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@bp.post("/accounts/<int:account_id>/switch/")
def switch_account(account_id: int) -> BaseResponse:
    """Work in another account that the person belongs to; 404 for any other."""
    account = next((a for a in services.accounts_of(current_user_id()) if a.id == account_id), None)
    if account is None:
        raise NotFound()
    for key in [k for k in session if not k.startswith("_") and k != "csrf_token"]:
        session.pop(key)
    session[SESSION_ACCOUNT] = account.id
    toast(f"You now work in {account.name}.", "info")
    return redirect_to(url_for(HOME))
