"""Name, time zone and language of the person."""

from zoneinfo import available_timezones

from flask import render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.access import current_user_id, requires
from app.core.extensions import db, limiter
from app.core.htmx import redirect_to, toast
from app.core.language_choice import speak
from app.core.languages import gettext
from app.core.permissions import Permission
from app.identity import emails, mail_tokens, people
from app.identity.blueprints import settings
from app.identity.forms import ProfileForm


@settings.get("/profile/")
@requires(Permission.PROFILE_MANAGE)
def profile() -> str:
    """Name, time zone, language."""
    user = current_user
    form = ProfileForm(name=user.name, time_zone=user.time_zone, language=user.language)
    return render_template("account/profile.html", form=form)


@settings.post("/profile/")
@requires(Permission.PROFILE_MANAGE)
def save_profile() -> Response | tuple[str, int]:
    """Save them; 422 with the form when something is wrong."""
    form = ProfileForm()
    if not form.validate_on_submit() or not form.name.data.strip():
        return render_template("account/profile.html", form=form), 422
    user = current_user
    zone = form.time_zone.data if form.time_zone.data in available_timezones() else "UTC"
    people.change_profile(user, name=form.name.data.strip(), time_zone=zone, language=form.language.data)
    db.session.commit()
    speak(user.language)  # from this answer on
    toast(gettext("Saved."))
    return redirect_to(url_for("account.profile"))


@settings.post("/profile/confirm-mail/")
@requires(Permission.PROFILE_MANAGE)
@limiter.limit("5 per hour", key_func=lambda: f"confirm:{current_user_id()}")
def send_confirmation() -> Response:
    """Mail the link again that confirms the person's address."""
    if current_user.email_confirmed_at is None:
        if mail_tokens.is_limit_reached(current_user_id(), "confirm_email"):
            raise emails.too_many_mails()
        emails.ask_confirmation(current_user)
        db.session.commit()
    toast(gettext("A link is on its way to %(email)s.", email=current_user.email), "info")
    return redirect_to(url_for("account.profile"))
