"""Scheduling in the browser: picking a time, the calendar, moving."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for

from app.core.access import current_account_id, current_actor, current_user_id, requires
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.forms import show_error
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.tenancy import owned
from app.core.wording import many
from app.identity.people import zone_of
from app.publishing import actions, batches, calendar, schedule, zones
from app.publishing.batches import ContentRef
from app.publishing.blueprint import bp
from app.publishing.forms import TimeForm
from app.publishing.selection import chosen_ids
from app.sites.current import current_site
from app.sites.models import Site


def own_zone() -> str:
    """The time zone of the person."""
    return zone_of(current_user_id()).key


@bp.post("/content/schedule/choose/")
@requires(Permission.CONTENT_PUBLISH)
def choose_time() -> str:
    """The page to pick a time for the chosen content."""
    pieces = batches.content_refs(current_account_id(), chosen_ids())
    return _choose_page(pieces, _fresh_form(_site_of(pieces)))


def _site_of(pieces: list[ContentRef]) -> Site:
    """The site whose time zone is offered: the first piece's."""
    return owned(Site, pieces[0].site_id, current_account_id())


def _fresh_form(site: Site) -> TimeForm:
    """Tomorrow morning at nine, in the site's zone."""
    morning = utcnow().astimezone(ZoneInfo(site.time_zone)) + timedelta(days=1)
    form = TimeForm(formdata=None, date=morning.date(), time=morning.replace(hour=9, minute=0).time())
    return form.offer(site.time_zone, own_zone())


def _choose_page(pieces: list[ContentRef], form: TimeForm, repeated: bool = False) -> str:
    site = _site_of(pieces)
    return render_template(
        "publishing/schedule.html",
        contents=pieces,
        form=form,
        repeated=repeated,
        site=site,
        **_reading(form, site),
        sites=len({piece.site_id for piece in pieces}),
    )


@bp.post("/content/schedule/")
@requires(Permission.CONTENT_PUBLISH)
def schedule_content() -> Any:
    """Schedule `content_ids` at `date`, `time` in `zone`; 422 with the form when the time cannot be meant.

    One piece leads to the calendar, several make a batch and lead to its page.
    """
    pieces = batches.content_refs(current_account_id(), chosen_ids())
    form = TimeForm().offer(_site_of(pieces).time_zone, own_zone())
    repeated = False
    if form.validate_on_submit():
        try:
            return _schedule(pieces, form.instant())
        except NotFound:
            raise
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
            repeated = error.code == "TIME_IS_REPEATED"
    return _choose_page(pieces, form, repeated), 422


def _schedule(pieces: list[ContentRef], due_at: datetime) -> Any:
    ids = [piece.id for piece in pieces]
    scheduled = actions.schedule_publishing(current_account_id(), current_actor(), ids, due_at)
    db.session.commit()
    message = scheduled.message
    if outlines := scheduled.outlines:
        message += f" {many(outlines, 'item')} {'is an outline' if outlines == 1 else 'are outlines'} still:"
        message += " write the text before then, or it stops."
    toast(message)
    if scheduled.batch is None:
        return redirect_to(_calendar_with(due_at, pieces[0].site_id))
    return redirect_to(url_for("publishing.show_batch", batch_id=scheduled.batch.id))


def _calendar_with(due_at: datetime, site_id: int) -> str:
    """The address of the calendar's month that shows this instant: of all sites when it is of another one."""
    site = current_site()
    every_site = site is None or site.id != site_id
    local = due_at.astimezone(_calendar_zone(None if every_site else site))
    return url_for("publishing.show_calendar", month=f"{local:%Y-%m}", all="1" if every_site else None)


def _calendar_zone(site: Site | None) -> ZoneInfo:
    """The zone of a site's calendar; one's own for that of all sites."""
    return ZoneInfo(site.time_zone if site else own_zone())


@bp.get("/content/schedule/reading/<int:site_id>/")
@bp.get("/content/schedule/reading/", defaults={"site_id": None})
@requires(Permission.CONTENT_PUBLISH)
def read_time(site_id: int | None) -> str:
    """How the picked time reads in UTC, the site's zone and one's own (a fragment); of the present site without one."""
    site = owned(Site, site_id, current_account_id()) if site_id else current_site()
    if site is None:
        raise NotFound()
    form = TimeForm(request.args).offer(site.time_zone, own_zone())
    form.validate()
    return render_template("publishing/_reading.html", form=form, **_reading(form, site))


def _reading(form: TimeForm, site: Site) -> dict[str, Any]:
    """What the fragment shows: the instants in three zones, or why there is none."""
    person_zone = own_zone()
    if not form.date.data or not form.time.data:
        return {"readings": [], "problem": None}
    try:
        instants = zones.instants(datetime.combine(form.date.data, form.time.data), form.zone.data or site.time_zone)
        problem = None if instants else _problem(form)
    except DomainError as error:
        return {"readings": [], "problem": error.as_dict()}
    return {
        "readings": [zones.readings_of(instant, site.time_zone, person_zone) for instant in instants],
        "problem": problem,
    }


def _problem(form: TimeForm) -> dict[str, Any] | None:
    try:
        form.instant()
    except DomainError as error:
        return error.as_dict()
    return None


@bp.get("/calendar/")
@requires(Permission.CONTENT_READ)
def show_calendar() -> str:
    """What is scheduled: `?month=2026-12`, `?view=list` (`&due=today`), `?all=1` for every site of the account.

    The calendar of a site is in its time zone, that of all sites in one's own.
    """
    site = current_site()
    only = None if request.args.get("all") == "1" or site is None else site.id
    zone = _calendar_zone(site if only else None)
    first = calendar.parse_month(request.args.get("month", ""), utcnow().astimezone(zone).date())
    until = calendar.end_of_day(utcnow(), zone) if request.args.get("due") == "today" else None
    runs = schedule.planned_runs(current_account_id(), *calendar.bounds(first, zone), only)
    return page_or_partial(
        "publishing/calendar.html",
        "publishing/_calendar.html",
        site=site,
        month=calendar.month_of(first, runs, zone),
        upcoming=schedule.upcoming(current_account_id(), only, before=until),
        due_today=until is not None,
        zone=zone,
        own_zone=own_zone(),
        today=utcnow(),
        every_site=only is None,
        view=request.args.get("view", "month"),
        format_instant=zones.format_instant,
        site_zones=_site_zones(),
    )


def _site_zones() -> dict[int, str]:
    """The time zones of the account's sites by id."""
    rows = db.session.execute(db.select(Site.id, Site.time_zone).where(Site.account_id == current_account_id()))
    return {row.id: row.time_zone for row in rows}


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
    return render_template(
        "publishing/move.html", run=run, form=form, repeated=repeated, site=site, **_reading(form, site)
    )


@bp.post("/calendar/<uuid:run_id>/move/")
@requires(Permission.CONTENT_PUBLISH)
def move_run(run_id: uuid.UUID) -> Any:
    """Move to another time; with `date` alone it was dragged there, on the calendar in `zone`."""
    run, site = _planned_run(run_id)
    form = TimeForm().offer(site.time_zone, own_zone())
    if "time" not in request.form and form.date.data is not None:
        due_at = _dropped_at(run, form)
        _move(run, due_at)
        toast(f"Moved to {zones.format_instant(due_at, site.time_zone, own_zone())}.")
        return redirect_to(_shown_calendar() or _calendar_with(due_at, site.id))
    if not form.validate():
        return _move_page(run, form, site), 422
    try:
        due_at = form.instant()
        _move(run, due_at)
    except DomainError as error:
        db.session.rollback()
        show_error(form, error)
        run, site = _planned_run(run_id)
        return _move_page(run, form, site, repeated=error.code == "TIME_IS_REPEATED"), 422
    toast(f"Moved to {zones.format_instant(due_at, site.time_zone, own_zone())}.")
    return redirect_to(_calendar_with(due_at, site.id))


def _dropped_at(run: Run, form: TimeForm) -> datetime:
    """The instant on the day where it was dropped, at the time of day that the calendar showed before.

    Of a time that the clocks show twice it stays the first or the second. Raises DomainError for one they skip.
    """
    zone = form.zone.data or ""
    local = run.due_at.astimezone(zones.get_zone(zone))
    time_of_day = local.time().replace(fold=0)
    return zones.to_instant(datetime.combine(form.date.data, time_of_day), zone, second=bool(local.fold))


def _move(run: Run, due_at: datetime) -> None:
    actions.move_scheduled(current_account_id(), current_actor(), run.id, due_at)
    db.session.commit()


def _shown_calendar() -> str | None:
    """The calendar from which something was dragged, so that the person sees where it landed."""
    month = request.form.get("month", "")
    if not month:
        return None
    return url_for("publishing.show_calendar", month=month, all="1" if request.form.get("all") == "1" else None)
