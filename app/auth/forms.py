"""Forms of signing up and in."""

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, Length

from app.auth.services import MAX_PASSWORD, MIN_PASSWORD
from app.core.forms import Form


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
