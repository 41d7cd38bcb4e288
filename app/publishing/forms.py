"""Picking a time."""

from datetime import datetime
from typing import Any

from wtforms import BooleanField, DateField, SelectField, StringField, SubmitField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from app.core.forms import BoundedIntegerField, Form
from app.core.languages import gettext, lazy_gettext
from app.publishing.schedule import zones
from app.publishing.schedule.spacing import Spacing

SECOND = {"first": False, "second": True}
NUMBER_WANTED = lazy_gettext("Enter a whole number from 1 to 90.")
UNIT_WORDS = {"hours": lazy_gettext("hours"), "days": lazy_gettext("days"), "weeks": lazy_gettext("weeks")}


class TimeForm(Form):
    """Date, time and the zone they are meant in; `which` where the clocks show the time twice."""

    date = DateField(lazy_gettext("Date"), [InputRequired(lazy_gettext("Choose a date."))])
    time = TimeField(
        lazy_gettext("Time"), [InputRequired(lazy_gettext("Choose a time."))], format=["%H:%M", "%H:%M:%S"]
    )
    zone = SelectField(lazy_gettext("Time zone"), validate_choice=False)
    which = StringField(lazy_gettext("Which of the two"))
    submit = SubmitField(lazy_gettext("Schedule"))

    def offer(self, site_zone: str, own_zone: str) -> "TimeForm":
        """Offer the site's time zone, the person's and UTC, each once."""
        labels = {site_zone: gettext("%(zone)s (site)", zone=site_zone)}
        labels.setdefault(own_zone, gettext("%(zone)s (yours)", zone=own_zone))
        labels.setdefault("UTC", "UTC")
        self.zone.choices = [SelectChoice(value=name, label=label) for name, label in labels.items()]
        if not self.zone.data:
            self.zone.data = site_zone
        return self

    def instant(self) -> datetime:
        """The UTC instant that is meant; raises DomainError as `zones.to_instant` does."""
        second = SECOND.get(self.which.data or "")
        return zones.to_instant(datetime.combine(self.date.data, self.time.data), self.zone.data, second=second)


class SpreadForm(TimeForm):
    """The time of the first of many publishes, and how far apart the others follow."""

    pattern = SelectField(
        lazy_gettext("How they go live"),
        choices=[
            SelectChoice(value="", label=lazy_gettext("All at that time, one after the other")),
            SelectChoice(value="spread", label=lazy_gettext("Spread out, the first at that time")),
        ],
        default="",
    )
    every = BoundedIntegerField(lazy_gettext("One every"), [Optional(), NumberRange(1, 90, NUMBER_WANTED)], default=1)
    unit = SelectField(
        lazy_gettext("Unit"),
        choices=[SelectChoice(value=unit, label=words) for unit, words in UNIT_WORDS.items()],
        default="days",
    )
    skip_weekends = BooleanField(
        lazy_gettext("Not on weekends"),
        description=lazy_gettext("What would fall on a weekend goes live on the Monday."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the fields are right; a spread needs its number."""
        is_valid = super().validate(extra_validators)
        if self.pattern.data and self.every.data is None and not self.every.errors:
            self.every.errors = [NUMBER_WANTED]
        return bool(is_valid and not self.every.errors)

    @property
    def spacing(self) -> Spacing | None:
        """How far apart; None for all at one time, or while the fields are invalid."""
        if not self.pattern.data or self.every.data is None or self.every.errors or self.unit.errors:
            return None
        return Spacing(self.every.data, self.unit.data, bool(self.skip_weekends.data))
