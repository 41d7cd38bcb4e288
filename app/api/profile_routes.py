"""The person whose token it is: name, time zone and language, and their daily mail."""

from zoneinfo import available_timezones

from flask import g
from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.shapes import Given, ShortText, Shown
from app.core.access import current_account_id, current_user_id
from app.core.errors import DomainError
from app.core.languages import LANGUAGES, gettext
from app.core.permissions import Permission
from app.identity import people
from app.identity.models import User
from app.monitoring import daily_mail

MANAGE = Permission.PROFILE_MANAGE
PROFILE = "/me/profile/"
DAILY_MAIL = "/me/daily_mail/"


class ProfileShown(Shown):
    """Whom the token is of. The e-mail address and the password are changed on their pages alone."""

    name: str = Field(examples=["Ada Lovelace"])
    email: str = Field(examples=["ada@example.com"])
    time_zone: str = Field(examples=["Europe/London"])
    language: str = Field(examples=["en"])


class ProfileGiven(Given):
    """What somebody is called, and the time zone and language that pages and mails have for them."""

    name: str = Field(min_length=1, max_length=120, pattern=r"\S", examples=["Ada Lovelace"])
    time_zone: ShortText = Field(examples=["Europe/London"])
    language: ShortText = Field(examples=["en"])


class DailyMailShown(Shown):
    """The hour of the holder's time zone at which the daily mail is sent; null for never."""

    hour: int | None = Field(examples=[7])


class DailyMailGiven(Given):
    """The hour at which the daily mail is to come; null for never."""

    hour: int | None = Field(ge=0, le=23, examples=[7])


def _holder() -> User:
    current_user_id()
    holder: User = g.token.user
    return holder


@api_endpoint("GET", PROFILE, MANAGE)
def show_own_profile() -> ProfileShown:
    """The person whose token it is."""
    return ProfileShown.model_validate(_holder())


@api_endpoint("PUT", PROFILE, MANAGE)
def change_own_profile(body: ProfileGiven) -> ProfileShown:
    """Change name, time zone and language of the person whose token it is."""
    for name, value, choices in (
        ("time_zone", body.time_zone, available_timezones()),
        ("language", body.language, LANGUAGES),
    ):
        if value not in choices:
            raise DomainError(gettext("Choose one of these."), code="CHOICE_UNKNOWN", field=name)
    holder = _holder()
    people.change_profile(holder, name=body.name.strip(), time_zone=body.time_zone, language=body.language)
    return ProfileShown.model_validate(holder)


@api_endpoint("GET", DAILY_MAIL, MANAGE)
def show_daily_mail() -> DailyMailShown:
    """When the daily mail about this account comes."""
    return DailyMailShown(hour=daily_mail.hour_of(current_account_id(), current_user_id()))


@api_endpoint("PUT", DAILY_MAIL, MANAGE)
def change_daily_mail(body: DailyMailGiven) -> DailyMailShown:
    """Change when the daily mail about this account comes, or stop it."""
    daily_mail.choose_hour(current_account_id(), current_user_id(), body.hour)
    return DailyMailShown(hour=body.hour)
