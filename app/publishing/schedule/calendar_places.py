"""Which calendar shows an instant, and in whose time zone."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import request, url_for

from app.core.access import current_user_id
from app.identity.people import zone_of
from app.publishing.schedule.calendar_filters import NAMES
from app.sites.current import current_site
from app.sites.models import Site


def own_zone() -> str:
    """The time zone of the person."""
    return zone_of(current_user_id()).key


def calendar_zone(site: Site | None) -> ZoneInfo:
    """The time zone of a site's calendar; the person's own for that of all sites."""
    return ZoneInfo(site.time_zone if site else own_zone())


def calendar_with(due_at: datetime, site_id: int) -> str:
    """The address of the calendar month that shows this instant; of all sites' calendar if it is on another site."""
    site = current_site()
    every_site = site is None or site.id != site_id
    local = due_at.astimezone(calendar_zone(None if every_site else site))
    return url_for("publishing.show_calendar", month=f"{local:%Y-%m}", all="1" if every_site else None)


def shown_calendar() -> str | None:
    """The calendar that a form was sent from, so that the person sees the result there."""
    names = ("month", "day", "view", "all", *NAMES)
    fields = {name: request.form[name] for name in names if request.form.get(name)}
    is_shown = fields.keys() & {"month", "day", "view"}
    return f"{url_for('publishing.show_calendar')}?{urlencode(fields)}" if is_shown else None
