"""Picking a time."""

from datetime import datetime

from wtforms import DateField, SelectField, StringField, SubmitField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.core.forms import Form
from app.publishing import zones

SECOND = {"first": False, "second": True}


class TimeForm(Form):
    """Date, time and the zone they are meant in; `which` where the clocks show the time twice."""

    date = DateField("Date", [InputRequired("Choose a date.")])
    time = TimeField("Time", [InputRequired("Choose a time.")], format=["%H:%M", "%H:%M:%S"])
    zone = SelectField("Time zone", validate_choice=False)
    which = StringField("Which of the two")
    submit = SubmitField("Schedule")

    def offer(self, site_zone: str, own_zone: str) -> "TimeForm":
        """Offer the site's zone, the person's and UTC, each once."""
        words = {site_zone: f"{site_zone} (site)"}
        words.setdefault(own_zone, f"{own_zone} (yours)")
        words.setdefault("UTC", "UTC")
        self.zone.choices = [SelectChoice(value=name, label=label) for name, label in words.items()]
        if not self.zone.data:
            self.zone.data = site_zone
        return self

    def instant(self) -> datetime:
        """The UTC instant that is meant; raises DomainError as `zones.to_instant` does."""
        second = SECOND.get(self.which.data or "")
        return zones.to_instant(datetime.combine(self.date.data, self.time.data), self.zone.data, second=second)
