"""Forms of signing up and joining, of teams and of tokens."""

from wtforms import EmailField, HiddenField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.accounts.api_tokens import LIFETIMES
from app.accounts.members import ASSIGNABLE
from app.core.forms import Form
from app.core.roles import ROLE_WORDS
from app.identity.forms import new_password


class SignupForm(Form):
    """Sign up."""

    name = StringField("Name", [InputRequired("Enter your name."), Length(max=120)])
    account_name = StringField("Company or team", [Length(max=120)])
    email = EmailField("Email", [InputRequired("Enter your e-mail address."), Length(max=254)])
    password = new_password("Password")
    time_zone = HiddenField()
    submit = SubmitField("Sign up")


class JoinForm(Form):
    """Accept an invitation as somebody new."""

    key = HiddenField()
    name = StringField("Name", [InputRequired("Enter your name."), Length(max=120)])
    password = new_password("Password")
    time_zone = HiddenField()


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
