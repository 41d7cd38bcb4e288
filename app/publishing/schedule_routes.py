"""Scheduling in the browser: picking a time, the calendar, moving."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for

from app.auth.access import current_account_id, current_user_id, requires
from app.auth.models import User
from app.core import audit
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.forms import show_error
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.runs import Run
from app.core.runs.services import get_run
from app.core.tenancy import owned
from app.core.wording import many
from app.extensions import db
from app.publishing import batch_progress, batches, calendar, schedule, zones
from app.publishing.batches import Piece
from app.publishing.blueprint import bp
from app.publishing.forms import TimeForm
from app.publishing.selection import chosen_ids
from app.publishing.services import KIND
from app.sites.current import current_site
from app.sites.models import Site


def own_zone() -> str:
    """The time zone of the person."""
    return db.session.get_one(User, current_user_id()).time_zone


@bp.post("/content/schedule/choose/")
@requires("publish")
def choose_time() -> str:
    """The page to pick a time for the chosen content."""
    pieces = batches.pieces_of(current_account_id(), chosen_ids())
    return _choose_page(pieces, _fresh_form(_site_of(pieces)))


def _site_of(pieces: list[Piece]) -> Site:
    """The site whose time zone is offered: the first piece's."""
    return owned(Site, pieces[0].site_id, current_account_id())


def _fresh_form(site: Site) -> TimeForm:
    """Tomorrow morning at nine, in the site's zone."""
    morning = utcnow().astimezone(ZoneInfo(site.time_zone)) + timedelta(days=1)
    form = TimeForm(formdata=None, date=morning.date(), time=morning.replace(hour=9, minute=0).time())
    return form.offer(site.time_zone, own_zone())


def _choose_page(pieces: list[Piece], form: TimeForm, repeated: bool = False) -> str:
    return render_template(
        "publishing/schedule.html", contents=pieces, form=form, repeated=repeated, **_reading(form, _site_of(pieces)),
        sites=len({piece.site_id for piece in pieces}),
    )  # fmt: skip


@bp.post("/content/schedule/")
@requires("publish")
def schedule_content() -> Any:
    """Schedule `content_ids` at `date`, `time` in `zone`; 422 with the form when the time cannot be meant.

    One piece leads to the calendar, several make a batch and lead to its page.
    """
    pieces = batches.pieces_of(current_account_id(), chosen_ids())
    form = TimeForm().offer(_site_of(pieces).time_zone, own_zone())
    repeated = False
    if form.validate_on_submit():
        try:
            return _schedule(pieces, form.instant(), f"{form.date.data:%Y-%m}")
        except NotFound:
            raise
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
            repeated = error.code == "TIME_IS_REPEATED"
    return _choose_page(pieces, form, repeated), 422


def _schedule(pieces: list[Piece], due_at: datetime, month: str) -> Any:
    when = zones.sentence(due_at, _site_of(pieces).time_zone, own_zone())
    ids = [piece.id for piece in pieces]
    if len(ids) == 1:
        schedule.schedule(current_account_id(), ids, due_at, current_user_id())
        target = url_for("publishing.show_calendar", month=month)
        said = f"Scheduled for {when}."
    else:
        batch = batches.start_batch(current_account_id(), ids, current_user_id(), due_at)
        tally = batch_progress.tally_of(batch)
        target = url_for("publishing.show_batch", batch_id=batch.id)
        said = f"Scheduled {many(tally.total - tally.failed, 'item')} for {when}."
        if tally.failed:
            said += f" {many(tally.failed, 'item')} could not be scheduled."
    after = {"items": len(ids), "due_at": due_at.isoformat()}
    audit.record(current_account_id(), "publish.scheduled", subject=said, after=after)
    db.session.commit()
    toast(said)
    return redirect_to(target)


@bp.get("/content/schedule/reading/")
@requires("publish")
def read_time() -> str:
    """How the picked time reads in UTC, the site's zone and one's own (a fragment)."""
    site = current_site()
    if site is None:
        raise NotFound()
    form = TimeForm(request.args).offer(site.time_zone, own_zone())
    form.validate()
    return render_template("publishing/_reading.html", form=form, **_reading(form, site))


def _reading(form: TimeForm, site: Site) -> dict[str, Any]:
    """What the fragment shows: the instants in three zones, or why there is none."""
    mine = own_zone()
    if not form.date.data or not form.time.data:
        return {"readings": [], "problem": None}
    try:
        found = zones.instants(datetime.combine(form.date.data, form.time.data), form.zone.data or site.time_zone)
        problem = None if found else _problem(form)
    except DomainError as error:
        return {"readings": [], "problem": error.as_dict()}
    return {"readings": [zones.reads(instant, site.time_zone, mine) for instant in found], "problem": problem}


def _problem(form: TimeForm) -> dict[str, Any] | None:
    try:
        form.instant()
    except DomainError as error:
        return error.as_dict()
    return None


@bp.get("/calendar/")
@requires("view")
def show_calendar() -> str:
    """What is scheduled: `?month=2026-12`, `?view=list`, `?all=1` for every site of the account."""
    site = current_site()
    zone = ZoneInfo(site.time_zone if site else own_zone())
    only = None if request.args.get("all") == "1" or site is None else site.id
    first = calendar.parse_month(request.args.get("month", ""), utcnow().astimezone(zone).date())
    runs = schedule.planned(current_account_id(), *calendar.bounds(first, zone), only)
    return page_or_partial(
        "publishing/calendar.html", "publishing/_calendar.html", site=site, month=calendar.month_of(first, runs, zone),
        upcoming=schedule.upcoming(current_account_id(), only), zone=zone, own_zone=own_zone(), today=utcnow(),
        every_site=only is None, view=request.args.get("view", "month"), sentence=zones.sentence,
    )  # fmt: skip


def _planned_run(run_id: uuid.UUID) -> tuple[Run, Site]:
    run = get_run(run_id, current_account_id())
    if run.kind != KIND or run.params.get("mode") != "scheduled" or run.site_id is None:
        raise NotFound()
    return run, owned(Site, run.site_id, current_account_id())


@bp.get("/calendar/<uuid:run_id>/move/")
@requires("publish")
def pick_other_time(run_id: uuid.UUID) -> str:
    """The page to move a scheduled publish."""
    run, site = _planned_run(run_id)
    local = run.due_at.astimezone(ZoneInfo(site.time_zone))
    form = TimeForm(formdata=None, date=local.date(), time=local.time()).offer(site.time_zone, own_zone())
    return render_template("publishing/move.html", run=run, form=form, repeated=False, **_reading(form, site))


@bp.post("/calendar/<uuid:run_id>/move/")
@requires("publish")
def move_run(run_id: uuid.UUID) -> Any:
    """Move to another time; with `date` alone (dragging) the time of day stays as the site's clocks show it."""
    run, site = _planned_run(run_id)
    form = TimeForm().offer(site.time_zone, own_zone())
    if "time" not in request.form:
        form.time.data = run.due_at.astimezone(ZoneInfo(site.time_zone)).time().replace(second=0, microsecond=0)
        form.zone.data = site.time_zone
    dragged = "time" not in request.form and form.date.data is not None
    if dragged or form.validate():
        try:
            due_at, before = form.instant(), run.due_at
            schedule.move(run, due_at)
            audit.record(
                current_account_id(), "publish.moved", subject=run.title, before={"due_at": before.isoformat()},
                after={"due_at": due_at.isoformat()},
            )  # fmt: skip
            db.session.commit()
        except DomainError as error:
            if dragged:
                raise
            db.session.rollback()
            show_error(form, error)
            repeated = error.code == "TIME_IS_REPEATED"
            page = render_template(
                "publishing/move.html", run=_planned_run(run_id)[0], form=form, repeated=repeated,
                **_reading(form, owned(Site, site.id, current_account_id())),
            )  # fmt: skip
            return page, 422
        toast(f"Moved to {zones.sentence(due_at, site.time_zone, own_zone())}.")
        return redirect_to(url_for("publishing.show_calendar", month=f"{form.date.data:%Y-%m}"))
    return render_template("publishing/move.html", run=run, form=form, repeated=False, **_reading(form, site)), 422
