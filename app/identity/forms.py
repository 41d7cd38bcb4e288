"""Forms of signing in, of passwords and of the profile."""

from zoneinfo import available_timezones

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.core.forms import Form, Visible
from app.core.languages import LANGUAGES, N_, lazy_gettext
from app.identity.password_rules import MAX_PASSWORD, MIN_PASSWORD


class LoginForm(Form):
    """Sign in."""

    email = EmailField(
        lazy_gettext("Email"), [InputRequired(lazy_gettext("Enter your e-mail address.")), Length(max=254)]
    )
    password = PasswordField(lazy_gettext("Password"), [InputRequired(lazy_gettext("Enter your password."))])
    remember = BooleanField(lazy_gettext("Keep me signed in"))
    next = HiddenField()
    submit = SubmitField(lazy_gettext("Sign in"))


def new_password(label: str = N_("New password")) -> PasswordField:
    """The field for a password that somebody chooses; `label` is marked for translation."""
    return PasswordField(
        lazy_gettext(label),
        [InputRequired(lazy_gettext("Choose a password.")), Length(max=MAX_PASSWORD)],
        description=lazy_gettext("At least %(min_password)s characters.", min_password=MIN_PASSWORD),
    )


class ForgotForm(Form):
    """Ask for a link to a new password."""

    email = EmailField(
        lazy_gettext("Email"), [InputRequired(lazy_gettext("Enter your e-mail address.")), Length(max=254)]
    )


class NewPasswordForm(Form):
    """Set a new password by a link."""

    key = HiddenField()
    password = new_password()


class ProfileForm(Form):
    """Who somebody is."""

    name = StringField(lazy_gettext("Name"), [Visible(lazy_gettext("Enter your name.")), Length(max=120)])
    time_zone = SelectField(lazy_gettext("Time zone"), choices=sorted(available_timezones()))
    language = SelectField(
        lazy_gettext("Language"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )


class EmailForm(Form):
    """Change the address to sign in with."""

    email = EmailField(
        lazy_gettext("New e-mail address"), [InputRequired(lazy_gettext("Enter the new address.")), Length(max=254)]
    )
    password = PasswordField(lazy_gettext("Your password"), [InputRequired(lazy_gettext("Enter your password."))])


class ChangePasswordForm(Form):
    """Change the password."""

    old = PasswordField(lazy_gettext("Present password"), [InputRequired(lazy_gettext("Enter your present password."))])
    password = new_password()
