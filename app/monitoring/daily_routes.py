"""The daily mail: whether and when it comes, and its unsubscribe link."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from app.core.access import current_account_id, current_user_id, public, requires
from app.core.errors import DomainError
from app.core.extensions import csrf, db
from app.core.forms import Form
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext, lazy_gettext
from app.core.permissions import Permission
from app.monitoring import daily_mail

bp = Blueprint("daily_mail", __name__, url_prefix="/account/daily-mail")
public("daily_mail.confirm_stop", "daily_mail.stop_daily_mail", impersonal=True)
OFF = "off"


def time_of(hour: int) -> str:
    """`07:00`."""
    return f"{hour:02}:00"


class DailyMailForm(Form):
    """When the mail comes."""

    hour = SelectField(
        lazy_gettext("Send it"),
        choices=[
            SelectChoice(OFF, lazy_gettext("Off")),
            *(SelectChoice(str(hour), lazy_gettext("At %(time)s", time=time_of(hour))) for hour in range(24)),
        ],
    )


@bp.get("/")
@requires(Permission.PROFILE_MANAGE)
def show() -> str:
    """Whether and when the mail comes."""
    hour = daily_mail.hour_of(current_account_id(), current_user_id())
    return _page(DailyMailForm(hour=OFF if hour is None else str(hour)))


@bp.post("/")
@requires(Permission.PROFILE_MANAGE)
def save() -> Any:
    """Change that; 422 with the form when the value is not an hour of the day."""
    form = DailyMailForm()
    if not form.validate_on_submit():
        return _page(form), 422
    hour = None if form.hour.data == OFF else int(form.hour.data)
    daily_mail.choose_hour(current_account_id(), current_user_id(), hour)
    db.session.commit()
    toast(
        gettext("You get no daily mail.")
        if hour is None
        else gettext("The mail comes each day at %(time)s.", time=time_of(hour))
    )
    return redirect_to(url_for("daily_mail.show"))


def _page(form: DailyMailForm) -> str:
    return render_template("news/daily_mail.html", form=form, user=current_user)


@bp.get("/stop/")
def confirm_stop() -> Response | str | tuple[str, int]:
    """The link in the mail: one button, since programs that read mails open links by themselves."""
    key = request.args.get("t", "")
    try:
        daily_mail.read_stop_key(key)
    except DomainError as error:
        return render_template("auth/link_used.html", error=error), error.status
    return render_template("news/stop_daily_mail.html", key=key, is_stopped=False)


@bp.post("/stop/")
def stop_daily_mail() -> Response | str | tuple[str, int]:
    """Stop it: the button, or the mail program's own (RFC 8058), which sends the link alone and no cookie."""
    try:
        daily_mail.stop_by_link(request.args.get("t", ""))
    except DomainError as error:
        return render_template("auth/link_used.html", error=error), error.status
    db.session.commit()
    return render_template("news/stop_daily_mail.html", key="", is_stopped=True)


csrf.exempt(stop_daily_mail)
