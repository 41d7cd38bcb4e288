"""Forms of signing in, of passwords and of the profile."""

from zoneinfo import available_timezones

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.core.forms import Form
from app.identity.password_rules import MAX_PASSWORD, MIN_PASSWORD


class LoginForm(Form):
    """Sign in."""

    email = EmailField("Email", [InputRequired("Enter your e-mail address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    remember = BooleanField("Keep me signed in")
    next = HiddenField()
    submit = SubmitField("Sign in")


def new_password(label: str = "New password") -> PasswordField:
    """The field for a password that somebody chooses."""
    return PasswordField(
        label,
        [InputRequired("Choose a password."), Length(max=MAX_PASSWORD)],
        description=f"At least {MIN_PASSWORD} characters.",
    )


class ForgotForm(Form):
    """Ask for a link to a new password."""

    email = EmailField("Email", [InputRequired("Enter your e-mail address."), Length(max=254)])


class NewPasswordForm(Form):
    """Set a new password by a link."""

    key = HiddenField()
    password = new_password()


class ProfileForm(Form):
    """Who somebody is."""

    name = StringField("Name", [InputRequired("Enter your name."), Length(max=120)])
    time_zone = SelectField("Time zone", choices=sorted(available_timezones()))
    language = SelectField("Language", choices=[SelectChoice("en", "English")])


class EmailForm(Form):
    """Another address to sign in with."""

    email = EmailField("New e-mail address", [InputRequired("Enter the new address."), Length(max=254)])
    password = PasswordField("Your password", [InputRequired("Enter your password.")])


class ChangePasswordForm(Form):
    """Another password."""

    old = PasswordField("Present password", [InputRequired("Enter your present password.")])
    password = new_password()
