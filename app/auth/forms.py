"""Forms of signing up and in, of settings and teams."""

from zoneinfo import available_timezones

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.auth.api_tokens import LIFETIMES
from app.auth.members import ASSIGNABLE
from app.auth.password_rules import MAX_PASSWORD, MIN_PASSWORD
from app.core.forms import Form
from app.core.roles import ROLE_WORDS


class LoginForm(Form):
    """Sign in."""

    email = EmailField("Email", [InputRequired("Enter your e-mail address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    remember = BooleanField("Keep me signed in")
    next = HiddenField()
    submit = SubmitField("Sign in")


class SignupForm(Form):
    """Sign up."""

    name = StringField("Name", [InputRequired("Enter your name."), Length(max=120)])
    account_name = StringField("Company or team", [Length(max=120)])
    email = EmailField("Email", [InputRequired("Enter your e-mail address."), Length(max=254)])
    password = PasswordField(
        "Password",
        [InputRequired("Choose a password."), Length(max=MAX_PASSWORD)],
        description=f"At least {MIN_PASSWORD} characters.",
    )
    time_zone = HiddenField()
    submit = SubmitField("Sign up")


def _new_password(label: str = "New password") -> PasswordField:
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
    password = _new_password()


class JoinForm(Form):
    """Accept an invitation as somebody new."""

    key = HiddenField()
    name = StringField("Name", [InputRequired("Enter your name."), Length(max=120)])
    password = _new_password("Password")
    time_zone = HiddenField()


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
    password = _new_password()


class InviteForm(Form):
    """Invite somebody; sites come as repeated `sites`."""

    email = EmailField("Email", [InputRequired("Enter an e-mail address."), Length(max=254)])
    role = SelectField(
        "Role", choices=[SelectChoice(role, ROLE_WORDS[role][0]) for role in ASSIGNABLE], default="editor"
    )


class TokenForm(Form):
    """A new API token; scopes come as repeated `scopes`."""

    name = StringField("Name", [InputRequired("Give the token a name."), Length(max=80)])
    days = SelectField(
        "Valid for", choices=[SelectChoice(days, f"{days} days") for days in LIFETIMES], coerce=int, default=90
    )
