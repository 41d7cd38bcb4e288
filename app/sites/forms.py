"""Forms of sites."""

from zoneinfo import available_timezones

from wtforms import SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.forms import Form, Visible
from app.core.languages import N_, lazy_gettext


def zone_choices() -> list[str]:
    """Time zones a person would pick, UTC first."""
    regions = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return ["UTC", *sorted(zone for zone in available_timezones() if zone.startswith(regions))]


LABELS = {"name": N_("Name"), "url": N_("Address"), "time_zone": N_("Time zone")}  # of the general settings


class GeneralForm(Form):
    """Name, address and time zone of a site."""

    name = StringField(lazy_gettext("Name"), [Visible(lazy_gettext("Give the site a name.")), Length(max=120)])
    url = StringField(
        lazy_gettext("Address"), [InputRequired(lazy_gettext("Enter the site's address.")), Length(max=500)]
    )
    time_zone = SelectField(lazy_gettext("Time zone"), choices=zone_choices)
    submit = SubmitField(lazy_gettext("Save"))


class AddSiteForm(GeneralForm):
    """A new site with its sectors."""

    sectors = TextAreaField(lazy_gettext("Sectors"), [Length(max=4000)])
    submit = SubmitField(lazy_gettext("Add site"))

    def sector_names(self) -> list[str]:
        """Names one a line or separated by commas, empty ones left out."""
        return [name.strip() for name in (self.sectors.data or "").replace(",", "\n").splitlines() if name.strip()]
