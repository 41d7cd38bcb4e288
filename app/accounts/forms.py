"""Forms of signing up and joining, of teams and of tokens."""

from wtforms import EmailField, HiddenField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.accounts.api_tokens import LIFETIMES
from app.accounts.members import ASSIGNABLE
from app.core.forms import Form
from app.core.languages import N_, lazy_gettext
from app.core.roles import ROLE_WORDS
from app.identity.forms import new_password


class SignupForm(Form):
    """Sign up."""

    name = StringField(lazy_gettext("Name"), [InputRequired(lazy_gettext("Enter your name.")), Length(max=120)])
    account_name = StringField(lazy_gettext("Company or team"), [Length(max=120)])
    email = EmailField(
        lazy_gettext("Email"), [InputRequired(lazy_gettext("Enter your e-mail address.")), Length(max=254)]
    )
    password = new_password(N_("Password"))
    time_zone = HiddenField()
    submit = SubmitField(lazy_gettext("Sign up"))


class JoinForm(Form):
    """Accept an invitation as somebody new."""

    key = HiddenField()
    name = StringField(lazy_gettext("Name"), [InputRequired(lazy_gettext("Enter your name.")), Length(max=120)])
    password = new_password(N_("Password"))
    time_zone = HiddenField()


class InviteForm(Form):
    """Invite somebody; sites come as repeated `sites`."""

    email = EmailField(
        lazy_gettext("Email"), [InputRequired(lazy_gettext("Enter an e-mail address.")), Length(max=254)]
    )
    role = SelectField(
        lazy_gettext("Role"),
        choices=[SelectChoice(role, lazy_gettext(ROLE_WORDS[role][0])) for role in ASSIGNABLE],
        default="editor",
    )


class TokenForm(Form):
    """A new API token; scopes come as repeated `scopes`."""

    name = StringField(lazy_gettext("Name"), [InputRequired(lazy_gettext("Give the token a name.")), Length(max=80)])
    days = SelectField(
        lazy_gettext("Valid for"),
        choices=[SelectChoice(days, lazy_gettext("%(days)s days", days=days)) for days in LIFETIMES],
        coerce=int,
        default=90,
    )
