"""Password, address, sessions and the second factor of the person who is signed in."""

from typing import Any

from flask import render_template, request, session, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.core import audit
from app.core.access import current_user_id, requires
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext, ngettext
from app.core.permissions import Permission
from app.identity import browser, credentials, emails, passwords, sessions, totp
from app.identity.blueprints import settings
from app.identity.forms import ChangePasswordForm, EmailForm
from app.identity.people import check_own_password

SHOWN_FINGERPRINT = "second_factor_shown"


def _limit_key() -> str:
    return f"security:{current_user_id()}"


def rotate_own_session() -> None:
    """Give this browser another key after what its person may do has changed."""
    browser.rotate_session(current_user)


def _page(**more: Any) -> str:
    rows = sessions.list_sessions(current_user_id())
    key = current_user.session_key
    listed = [(row, sessions.device_name(row.user_agent), sessions.is_current_session(row, key)) for row in rows]
    context = {
        "email_form": EmailForm(formdata=None),
        "password_form": ChangePasswordForm(formdata=None),
        "sessions": listed,
        "codes_left": totp.codes_left(current_user),
        "codes": None,
        "errors": {},
    }
    return render_template("account/security.html", **(context | more))


@settings.get("/security/")
@requires(Permission.PROFILE_MANAGE)
def security() -> str:
    """All of it on one page."""
    return _page()


@settings.post("/security/password/")
@requires(Permission.PROFILE_MANAGE)
@limiter.limit("10 per hour", key_func=_limit_key, deduct_when=lambda response: response.status_code == 422)
def change_password() -> Response | tuple[str, int]:
    """Another password; other browsers are signed out."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            passwords.change_password(current_user, old=form.old.data, new=form.password.data)
        except DomainError as error:
            db.session.rollback()
            if error.code == "PASSWORD_WRONG":
                error.field = "old"
            show_error(form, error)
        else:
            rotate_own_session()
            db.session.commit()
            toast(gettext("Your password is changed. Other browsers are signed out."))
            return redirect_to(url_for("account.security"))
    return _page(password_form=form), 422


@settings.post("/security/email/")
@requires(Permission.PROFILE_MANAGE)
@limiter.limit("10 per hour", key_func=_limit_key)
def ask_email_change() -> Response | tuple[str, int]:
    """Mail a link to the new address."""
    form = EmailForm()
    if form.validate_on_submit():
        try:
            email = emails.request_change(current_user, email=form.email.data, password=form.password.data)
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
        else:
            db.session.commit()
            toast(
                gettext(
                    "Open the link that is on its way to %(email)s. Until then your address stays as it is.",
                    email=email,
                ),
                "info",
            )
            return redirect_to(url_for("account.security"))
    return _page(email_form=form), 422


@settings.post("/security/sessions/<int:session_id>/end/")
@requires(Permission.PROFILE_MANAGE)
def end_session(session_id: int) -> Response:
    """Sign one browser out."""
    sessions.end(current_user_id(), session_id)
    credentials.forget_pending(current_user)
    _record("person.session_ended")
    db.session.commit()
    toast(gettext("That browser is signed out."))
    return redirect_to(url_for("account.security"))


@settings.post("/security/sessions/end/")
@requires(Permission.PROFILE_MANAGE)
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    count = credentials.revoke_all(current_user, keep=current_user.session_key)
    rotate_own_session()
    _record("person.signed_out_elsewhere")
    db.session.commit()
    toast(
        ngettext("%(num)s other browser is signed out.", "%(num)s other browsers are signed out.", count),
        changed=count,
    )
    return redirect_to(url_for("account.security"))


def _record(action: str) -> None:
    audit.record_for_person(current_user_id(), action, subject=current_user.email)


@settings.get("/security/second-factor/")
@requires(Permission.PROFILE_MANAGE)
def begin_second_factor() -> str:
    """The QR code, to be scanned and confirmed."""
    return _second_factor_page()


def _is_fresh() -> bool:
    return sessions.is_fresh(current_user_id(), current_user.session_key)


def _second_factor_page(error: DomainError | None = None) -> str:
    secret = totp.begin_enrolment(current_user, session.get(SHOWN_FINGERPRINT, ""))
    session[SHOWN_FINGERPRINT] = totp.secret_fingerprint(secret)
    db.session.commit()
    picture = Markup(totp.qr_code(current_user, secret))  # noqa: S704 (made here, from our own text)
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    errors = {error.field: f"{error.message} {error.cure}".strip()} if error else {}
    return render_template(
        "account/second_factor.html", picture=picture, secret=spaced, errors=errors, ask_password=not _is_fresh()
    )


@settings.post("/security/second-factor/")
@requires(Permission.PROFILE_MANAGE)
@limiter.limit("10 per 5 minutes", key_func=_limit_key)
def confirm_second_factor() -> str | tuple[str, int]:
    """Switch it on by a first right code, and show the recovery codes this once.

    Some time after signing in it needs the password too: else whoever finds a browser open locks its owner out.
    """
    try:
        if not _is_fresh():
            check_own_password(current_user, request.form.get("password", ""))
        code = request.form.get("code", "").replace(" ", "")
        codes = totp.confirm_enrolment(current_user, code, seen_fingerprint=session.get(SHOWN_FINGERPRINT, ""))
    except DomainError as error:
        db.session.rollback()
        if error.code not in ("TOTP_WRONG", "PASSWORD_WRONG"):
            raise
        return _second_factor_page(error), 422
    session.pop(SHOWN_FINGERPRINT, None)
    return _show_codes(codes)


def _show_codes(codes: list[str]) -> str:
    rotate_own_session()
    db.session.commit()
    return render_template("account/recovery_codes.html", codes=codes)


@settings.post("/security/second-factor/codes/")
@requires(Permission.PROFILE_MANAGE)
@limiter.limit("10 per hour", key_func=_limit_key)
def new_recovery_codes() -> str | tuple[str, int]:
    """New recovery codes in place of the old."""
    try:
        codes = totp.new_codes(current_user, password=request.form.get("password", ""))
    except DomainError as error:
        db.session.rollback()
        return _page(errors={"codes": error.message}), error.status
    return _show_codes(codes)


@settings.post("/security/second-factor/off/")
@requires(Permission.PROFILE_MANAGE)
@limiter.limit("10 per hour", key_func=_limit_key)
def switch_off_second_factor() -> Response | tuple[str, int]:
    """Switch the second factor off: the password is enough again."""
    try:
        totp.switch_off(current_user, password=request.form.get("password", ""))
    except DomainError as error:
        db.session.rollback()
        return _page(errors={"off": error.message}), error.status
    rotate_own_session()
    db.session.commit()
    toast(gettext("The second factor is off."))
    return redirect_to(url_for("account.security"))
