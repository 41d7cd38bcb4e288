"""The calendar in the browser: its days, what is on them, moving, unscheduling, and scheduling something for a day."""

import uuid
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for

from app.content.listing import CONTENT_LIST, TO_PUBLISH, list_content
from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.forms import show_error
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.tenancy import owned
from app.planner.clusters.services import cluster_choices
from app.publishing import actions
from app.publishing.blueprint import bp
from app.publishing.forms import TimeForm
from app.publishing.schedule import calendar, calendar_entries, upcoming, zones
from app.publishing.schedule import services as schedule
from app.publishing.schedule.calendar_filters import CalendarFilter, read_filter
from app.publishing.schedule.calendar_places import calendar_with, calendar_zone, own_zone, shown_calendar
from app.publishing.schedule.time_readings import time_readings
from app.sites.current import current_site, work_on
from app.sites.models import Site
from app.sites.services import list_bare_sites

MORNING = time(9)


@bp.get("/calendar/")
@requires(Permission.CONTENT_READ)
def show_calendar() -> str:
    """What is scheduled and was published: a month (`?month=2026-12`), a week (`?view=week&day=2026-12-01`) or a list
    of what is to come (`?view=list`, `&due=today` or a day, and a place); `?all=1` is every site of the account;
    `?type=Page&cluster=5&state=failed` shows only such entries.

    The calendar of a site is in its time zone, that of all sites in one's own.
    """
    site = current_site()
    only = None if request.args.get("all") == "1" or site is None else site.id
    zone = calendar_zone(site if only else None)
    view = request.args.get("view", "month")
    shown = read_filter(request.args)
    return page_or_partial(
        "publishing/calendar.html",
        "publishing/_calendar.html",
        site=site,
        grid=_grid(view, zone, only, shown),
        shown=shown,
        clusters=cluster_choices(site.account_id, site.id, shown.values.get("cluster", "")) if site and only else [],
        **(_upcoming(zone, only) if view == "list" else {}),
        zone=zone,
        own_zone=own_zone(),
        today=utcnow().astimezone(zone).date(),
        every_site=only is None,
        view=view,
        format_instant=zones.format_instant,
        site_zones={site.id: site.time_zone for site in list_bare_sites(current_account_id())},
    )


def _grid(view: str, zone: ZoneInfo, site_id: int | None, shown: CalendarFilter) -> calendar.Grid:
    """The grid of the address; without entries for the list."""
    today = utcnow().astimezone(zone).date()
    if view == "week":
        grid = calendar.week_grid(calendar.parse_day(request.args.get("day", ""), today))
    else:
        grid = calendar.month_grid(calendar.parse_month(request.args.get("month", ""), today))
    return grid if view == "list" else calendar_entries.fill(grid, current_account_id(), zone, site_id, shown)


def _upcoming(zone: ZoneInfo, site_id: int | None) -> dict[str, Any]:
    """A page of what is to come, by day of the zone."""
    page, due_day = upcoming.list_upcoming(current_account_id(), site_id, zone, request.args)
    return {"upcoming": upcoming.by_day(page.items, zone), "page": page, "due_day": due_day}


@bp.get("/calendar/items/<int:content_id>/")
@requires(Permission.CONTENT_READ)
def show_entry(content_id: int) -> str:
    """One piece of content on the calendar: when it goes or went live, and what can be done. 404 for other accounts.

    `?run=` is the scheduled publish whose result is shown. HTMX gets a dialog, everyone else a page.
    """
    content = owned(Content, content_id, current_account_id())
    run = schedule.waiting_of(content.account_id, [content.id]).get(content.id) or _ended_run(content)
    site = owned(Site, content.site_id, content.account_id)
    local = (run.due_at if run else utcnow()).astimezone(ZoneInfo(site.time_zone))
    form = TimeForm(formdata=None, date=local.date(), time=local.time()).offer(site.time_zone, own_zone())
    return page_or_partial(
        "publishing/entry.html",
        "publishing/_entry.html",
        content=content,
        run=run,
        site=site,
        form=form,
        repeated=False,
        **time_readings(form, site, own_zone()),
        own_zone=own_zone(),
        format_instant=zones.format_instant,
    )


def _ended_run(content: Content) -> Run | None:
    """The scheduled publish that `?run=` names, when it is of this content."""
    try:
        run = schedule.scheduled_run(content.account_id, uuid.UUID(request.args.get("run", "")))
    except (ValueError, DomainError):
        return None
    return run if run.subject_id == content.id else None


@bp.get("/calendar/add/")
@requires(Permission.CONTENT_PUBLISH)
def add_to_day() -> str:
    """The drafts of the present site to choose from for the day `?date=2026-12-01`; `?q=` searches their titles."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    query = CONTENT_LIST.read({"state": TO_PUBLISH, "q": request.args.get("q", "")})
    drafts = list_content(site.account_id, site.id, query)
    planned = schedule.waiting_of(site.account_id, [draft.id for draft in drafts.items])
    tomorrow = (utcnow() + timedelta(days=1)).astimezone(ZoneInfo(site.time_zone)).date()
    day = calendar.parse_day(request.args.get("date", ""), tomorrow)
    form = TimeForm(formdata=None, date=day, time=MORNING).offer(site.time_zone, own_zone())
    is_search = request.headers.get("HX-Target") == "drafts-to-schedule"
    return page_or_partial(
        "publishing/add_to_day.html",
        "publishing/_drafts_to_schedule.html" if is_search else "publishing/_add_to_day.html",
        site=site,
        drafts=drafts,
        rows=sorted(drafts.items, key=lambda draft: draft.id in planned),
        planned=planned,
        q=query.q,
        day=day,
        form=form,
        repeated=False,
        **time_readings(form, site, own_zone()),
        format_instant=zones.format_instant,
        own_zone=own_zone(),
    )


def _planned_run(run_id: uuid.UUID) -> tuple[Run, Site]:
    run = schedule.scheduled_run(current_account_id(), run_id)
    assert run.site_id is not None
    return run, owned(Site, run.site_id, current_account_id())


@bp.get("/calendar/<uuid:run_id>/move/")
@requires(Permission.CONTENT_PUBLISH)
def pick_other_time(run_id: uuid.UUID) -> str:
    """The page to move a scheduled publish."""
    run, site = _planned_run(run_id)
    local = run.due_at.astimezone(ZoneInfo(site.time_zone))
    form = TimeForm(formdata=None, date=local.date(), time=local.time()).offer(site.time_zone, own_zone())
    return _move_page(run, form, site)


def _move_page(run: Run, form: TimeForm, site: Site, repeated: bool = False) -> str:
    work_on(site.id, "publishing.show_calendar")
    return render_template(
        "publishing/move.html",
        run=run,
        form=form,
        repeated=repeated,
        site=site,
        **time_readings(form, site, own_zone()),
    )


@bp.post("/calendar/<uuid:run_id>/move/")
@requires(Permission.CONTENT_PUBLISH)
def move_run(run_id: uuid.UUID) -> Any:
    """Move to another time; with `date` alone it was dragged to that day, on the calendar in `zone`.

    `?back=` takes a drag back: it is the instant before, as ISO 8601 says it.
    """
    run, site = _planned_run(run_id)
    if before := _instant(request.args.get("back", "")):
        _move_scheduled(run, before)
        toast(gettext("Moved back to %(own_zone)s.", own_zone=zones.format_instant(before, site.time_zone, own_zone())))
        return redirect_to(calendar_with(before, site.id))
    form = TimeForm().offer(site.time_zone, own_zone())
    if "time" not in request.form and form.date.data is not None:
        due_at, before = _dropped_at(run, form), run.due_at
        _move_scheduled(run, due_at)
        words = gettext("Moved to %(own_zone)s.", own_zone=zones.format_instant(due_at, site.time_zone, own_zone()))
        toast(words, undo=url_for("publishing.move_run", run_id=run_id, back=before.isoformat()))
        return redirect_to(shown_calendar() or calendar_with(due_at, site.id))
    if not form.validate():
        return _move_page(run, form, site), 422
    try:
        due_at = form.instant()
        _move_scheduled(run, due_at)
    except DomainError as error:
        db.session.rollback()
        show_error(form, error)
        run, site = _planned_run(run_id)
        return _move_page(run, form, site, repeated=error.code == "TIME_IS_REPEATED"), 422
    toast(gettext("Moved to %(own_zone)s.", own_zone=zones.format_instant(due_at, site.time_zone, own_zone())))
    return redirect_to(calendar_with(due_at, site.id))


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _dropped_at(run: Run, form: TimeForm) -> datetime:
    """The instant on the day where it was dropped, at the time of day that the calendar showed before.

    If the clocks show that time twice, it stays the first or the second. Raises DomainError if they skip it.
    """
    zone = form.zone.data or ""
    local = run.due_at.astimezone(zones.get_zone(zone))
    time_of_day = local.time().replace(fold=0)
    return zones.to_instant(datetime.combine(form.date.data, time_of_day), zone, second=bool(local.fold))


def _move_scheduled(run: Run, due_at: datetime) -> None:
    actions.move_scheduled(current_account_id(), current_actor(), run.id, due_at)
    db.session.commit()


@bp.post("/calendar/<uuid:run_id>/unschedule/")
@requires(Permission.CONTENT_PUBLISH)
def unschedule_run(run_id: uuid.UUID) -> Any:
    """Unschedule a publish; redirects to the calendar it was on. 409 once it has started."""
    run = actions.unschedule(current_account_id(), current_actor(), run_id)
    db.session.commit()
    toast(
        gettext(
            "%(removeprefix)s is unscheduled. Nothing else changed.", removeprefix=run.title.removeprefix("Publish ")
        )
    )
    return redirect_to(shown_calendar() or url_for("publishing.show_calendar"))
