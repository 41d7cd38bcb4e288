"""The forms of providers and of the choice of models."""

from wtforms import BooleanField, IntegerField, PasswordField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired, Length

from app.ai.providers.model_prices import in_lines
from app.ai.providers.models import AiProvider
from app.ai.providers.services import MAX_KEY, MAX_MODEL, MAX_NAME, MAX_URL, Entered
from app.core.forms import Form, Visible
from app.core.languages import lazy_gettext


class ProviderForm(Form):
    """A provider; what was typed as a key is never sent back."""

    name = StringField(lazy_gettext("Name"), [Visible(lazy_gettext("Give the provider a name.")), Length(max=MAX_NAME)])
    base_url = URLField(lazy_gettext("Address"), [Length(max=MAX_URL)])
    api_key = PasswordField(lazy_gettext("Key"), [Length(max=MAX_KEY)])
    without_key = BooleanField(lazy_gettext("Remove the stored key"))
    model = StringField(lazy_gettext("Model"), [Length(max=MAX_MODEL)])
    requests_per_minute = IntegerField(
        lazy_gettext("Requests a minute"), [InputRequired(lazy_gettext("Enter a number."))], default=60
    )
    prices = TextAreaField(lazy_gettext("Prices of models"), [Length(max=20_000)])

    def entered(self) -> Entered:
        """What was typed."""
        return Entered(
            name=self.name.data or "",
            base_url=self.base_url.data or "",
            model=self.model.data or "",
            api_key=self.api_key.data or "",
            requests_per_minute=self.requests_per_minute.data or 0,
            without_key=bool(self.without_key.data),
            prices=self.prices.data or "",
        )


def form_of(row: AiProvider) -> ProviderForm:
    """The form with what is stored; the key stays away."""
    return ProviderForm(
        name=row.name,
        base_url=row.base_url,
        model=row.model,
        requests_per_minute=row.requests_per_minute,
        prices=in_lines(row.prices),
    )
