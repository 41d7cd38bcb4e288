"""Scheduling in the browser: picking a time for one piece of content or many."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.forms import show_error
from app.core.htmx import redirect_to, toast
from app.core.languages import NN_
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.core.wording import counted, sentences
from app.publishing import actions
from app.publishing.actions import ZonedSpacing
from app.publishing.batches import services as batches
from app.publishing.batches.services import ContentRef
from app.publishing.blueprint import bp
from app.publishing.forms import SpreadForm
from app.publishing.schedule.calendar_places import calendar_with, own_zone
from app.publishing.schedule.time_readings import time_readings
from app.publishing.selection import MOST_AT_ONCE, chosen_ids
from app.sites.current import current_site
from app.sites.models import Site


@bp.post("/content/schedule/choose/")
@requires(Permission.CONTENT_PUBLISH)
def choose_time() -> str:
    """The page to pick a time for the chosen content."""
    pieces = batches.content_refs(current_account_id(), chosen_ids())
    return _choose_page(pieces, _fresh_form(_site_of(pieces)))


def _site_of(pieces: list[ContentRef]) -> Site:
    """The site whose time zone is offered: the first piece's."""
    return owned(Site, pieces[0].site_id, current_account_id())


def _fresh_form(site: Site) -> SpreadForm:
    """Tomorrow morning at nine, in the site's zone."""
    morning = utcnow().astimezone(ZoneInfo(site.time_zone)) + timedelta(days=1)
    form = SpreadForm(formdata=None, date=morning.date(), time=morning.replace(hour=9, minute=0).time())
    return form.offer(site.time_zone, own_zone())


def _choose_page(pieces: list[ContentRef], form: SpreadForm, repeated: bool = False) -> str:
    site = _site_of(pieces)
    return render_template(
        "publishing/schedule.html",
        contents=pieces,
        form=form,
        repeated=repeated,
        site=site,
        **time_readings(form, site, own_zone(), len(pieces)),
        sites=len({piece.site_id for piece in pieces}),
    )


@bp.post("/content/schedule/")
@requires(Permission.CONTENT_PUBLISH)
def schedule_content() -> Any:
    """Schedule `content_ids` at `date`, `time` in `zone`; 422 with the form when the time cannot be meant.

    One piece leads to the calendar, several make a batch and lead to its page.
    """
    pieces = batches.content_refs(current_account_id(), chosen_ids())
    form = SpreadForm().offer(_site_of(pieces).time_zone, own_zone())
    repeated = False
    if form.validate_on_submit():
        try:
            return _schedule(pieces, form)
        except NotFound:
            raise
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
            repeated = error.code == "TIME_IS_REPEATED"
    return _choose_page(pieces, form, repeated), 422


def _schedule(pieces: list[ContentRef], form: SpreadForm) -> Any:
    ids = [piece.id for piece in pieces]
    due_at, spacing = form.instant(), form.spacing if len(pieces) > 1 else None
    spread = ZonedSpacing(spacing, form.zone.data) if spacing else None
    scheduled = actions.schedule_publishing(current_account_id(), current_actor(), ids, due_at, spread)
    db.session.commit()
    still = NN_(
        "%(num)s item is an outline still: write the text before then, or it stops.",
        "%(num)s items are outlines still: write the text before then, or they stop.",
    )
    outlines = counted(scheduled.outlines, still) if scheduled.outlines else ""
    toast(sentences(scheduled.message, outlines), changed=scheduled.count)
    if scheduled.batch is None:
        return redirect_to(calendar_with(due_at, pieces[0].site_id))
    return redirect_to(url_for("publishing.show_batch", batch_id=scheduled.batch.id))


@bp.get("/content/schedule/reading/<int:site_id>/")
@bp.get("/content/schedule/reading/", defaults={"site_id": None})
@requires(Permission.CONTENT_PUBLISH)
def read_time(site_id: int | None) -> str:
    """How the picked time reads in UTC, the site's zone and one's own (a fragment); of the present site without one.

    `items` is how many pieces are scheduled: with `pattern=spread` it says when each of them goes live.
    """
    site = owned(Site, site_id, current_account_id()) if site_id else current_site()
    if site is None:
        raise NotFound()
    form = SpreadForm(request.args).offer(site.time_zone, own_zone())
    form.validate()
    count = min(parse_id(request.args.get("items", "")) or 1, MOST_AT_ONCE)
    return render_template("publishing/_reading.html", form=form, **time_readings(form, site, own_zone(), count))
