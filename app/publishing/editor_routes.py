"""What publishing adds to the editor: the content's state, when it goes live, and what to check before."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for

from app.content.editing.differences import LABELS
from app.content.forms import ContentForm
from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.forms import show_error
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.one_at_a_time import one_at_a_time
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.core.wording import sentences
from app.mirror import drift
from app.publishing import actions
from app.publishing.blueprint import bp
from app.publishing.checks import editor_reading
from app.publishing.checks.checklist import Checklist
from app.publishing.forms import TimeForm
from app.publishing.schedule import services as schedule
from app.publishing.schedule import zones
from app.publishing.schedule.calendar_places import own_zone
from app.publishing.schedule.time_readings import time_readings
from app.publishing.services import last_publish_id
from app.sites.current import work_on
from app.sites.models import Site


@bp.get("/content/<int:content_id>/publishing/")
@requires(Permission.CONTENT_READ)
def publish_panel(content_id: int) -> str:
    """How a content differs from WordPress, its schedule, and its last publish."""
    return _panel(owned(Content, content_id, current_account_id()))


def _panel(content: Content, form: TimeForm | None = None, repeated: bool = False) -> str:
    work_on(content.site_id)
    run = schedule.waiting_of(content.account_id, [content.id]).get(content.id)
    site = owned(Site, content.site_id, content.account_id)
    if form is None:
        local = (run.due_at if run else utcnow() + timedelta(days=1)).astimezone(ZoneInfo(site.time_zone))
        time_of_day = local.time() if run else local.time().replace(hour=9, minute=0)
        form = TimeForm(formdata=None, date=local.date(), time=time_of_day).offer(site.time_zone, own_zone())
    return page_or_partial(
        "publishing/editor_publish.html",
        "publishing/_editor_publish.html",
        content=content,
        run=run,
        site=site,
        form=form,
        repeated=repeated,
        changed=_changed(content),
        last_run=last_publish_id(content),
        own_zone=own_zone(),
        format_instant=zones.format_instant,
        **time_readings(form, site, own_zone()),
    )


def _changed(content: Content) -> dict[str, list[str]]:
    """The fields that differ from what is live, in words, by the side that changed them."""
    sides: dict[str, list[str]] = {"here": [], "there": []}
    for field in (*drift.FIELDS, *drift.OURS_ONLY):
        verdict = content.drift.get(field)
        name = gettext(LABELS.get(drift.COLUMNS.get(field, field), field.replace("_", " ").capitalize()))
        if verdict in (drift.OURS, drift.BOTH):
            sides["here"].append(name)
        if verdict in (drift.THEIRS, drift.BOTH):
            sides["there"].append(name)
    return sides


@bp.post("/content/<int:content_id>/publishing/schedule/")
@requires(Permission.CONTENT_PUBLISH)
def schedule_here(content_id: int) -> Any:
    """Schedule the content, or move it, without leaving the editor; 422 with the form when the time is invalid."""
    content = owned(Content, content_id, current_account_id())
    site = owned(Site, content.site_id, content.account_id)
    form, repeated = TimeForm().offer(site.time_zone, own_zone()), False
    if not form.validate_on_submit():
        return _panel(content, form), 422
    try:
        done = actions.schedule_publishing(content.account_id, current_actor(), [content.id], form.instant())
    except DomainError as error:
        db.session.rollback()
        show_error(form, error)
        repeated = error.code == "TIME_IS_REPEATED"
        return _panel(owned(Content, content_id, current_account_id()), form, repeated), 422
    db.session.commit()
    still = gettext("It is an outline still: write the text before then, or it stops.") if done.outlines else ""
    toast(sentences(done.message, still))
    return _done(content)


@bp.post("/content/<int:content_id>/publishing/unschedule/")
@requires(Permission.CONTENT_PUBLISH)
def unschedule_here(content_id: int) -> Any:
    """Take the content off the schedule without leaving the editor. 409 once it has started."""
    content = owned(Content, content_id, current_account_id())
    run = actions.unschedule_content(content.account_id, current_actor(), content.id)
    db.session.commit()
    if run is None:
        toast(gettext("It is not on the schedule any more."), "info")
    else:
        toast(gettext("Unscheduled. Nothing else changed."))
    return _done(content)


def _done(content: Content) -> Any:
    return _panel(content) if is_partial_request() else redirect_to(url_for("content.edit", content_id=content.id))


@bp.get("/content/<int:content_id>/checklist/")
@requires(Permission.CONTENT_READ)
def saved_checklist(content_id: int) -> str:
    """The checks of the saved text."""
    content = owned(Content, content_id, current_account_id())
    work_on(content.site_id)
    checked = editor_reading.check_values(content.account_id, content.id, {}, {})
    return _checklist(content, checked)


@bp.post("/content/<int:content_id>/checklist/")
@requires(Permission.CONTENT_WRITE)
def check_editor(content_id: int) -> str:
    """The checks of what is in the editor: the fields of its form. Nothing is saved."""
    content = owned(Content, content_id, current_account_id())
    with one_at_a_time(
        f"checklist-{content.account_id}",
        gettext("Another long text of yours is being read just now."),
        len(request.form.get("content", "")),
    ):
        values, alts = ContentForm.unsaved(content, request.form)
        checked = editor_reading.check_values(content.account_id, content.id, values, alts)
    return _checklist(content, checked)


def _checklist(content: Content, checked: Checklist) -> str:
    return page_or_partial("publishing/checklist.html", "publishing/_checklist.html", content=content, checked=checked)
