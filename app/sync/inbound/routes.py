"""Requests from plugins (docs/wire-contract.md, "App routes"): signed, validated, answered in JSON and signed too."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import ValidationError

from app.content.models import Content
from app.core.access import public
from app.core.clock import utcnow
from app.core.extensions import csrf, db, limiter
from app.sites.signed import bad_body_error, read_body, sign_answers, verify_plugin_request
from app.sync.inbound import assignments, pull, stats
from app.sync.inbound.events import apply_events, read_inbound_events
from app.sync.inbound.progress import show_progress
from app.sync.inbound.schemas import Batch, Increment, Nudge, Progress, Relationships, Taxonomies

bp = Blueprint("inbound", __name__)
csrf.exempt(bp)
sign_answers(bp)
public(
    *(
        f"inbound.{name}"
        for name in (
            "events",
            "nudge",
            "publish_progress",
            "increment",
            "task_taxonomies",
            "content_taxonomies",
            "task_relationships",
            "content_relationships",
        )
    ),
    impersonal=True,
)
STRANGERS = "6000 per minute"  # of one address; what a site may ask is limited once its signature held
MAX_EVENTS_BODY = 8 * 1024 * 1024


def _done(**result: Any) -> Response:
    db.session.commit()
    return jsonify(ok=True, result=result)


@bp.post("/integrations/<int:site_id>/events/")
@limiter.limit(STRANGERS)
def events(site_id: int) -> Response:
    """Take 1 to 100 events: `{acknowledged, refused}`; those in neither list come again."""
    connection = verify_plugin_request(site_id, max_body=MAX_EVENTS_BODY, rate="1200 per minute")
    account_id = connection.account_id
    try:
        readable, refused = read_inbound_events(read_body(Batch).events)
    except ValidationError as error:
        raise bad_body_error(error) from error
    delivery = apply_events(account_id, site_id, readable)
    return _done(acknowledged=delivery.acknowledged, refused=[*refused, *delivery.refused])


@bp.post("/integrations/<int:site_id>/nudge/")
@limiter.limit(STRANGERS)
def nudge(site_id: int) -> Response:
    """Plan to fetch events that will be due in so many seconds: without visitors the site may not send them."""
    connection = verify_plugin_request(site_id, rate="30 per minute")
    pull.plan_pull(connection.account_id, site_id, utcnow() + timedelta(seconds=read_body(Nudge).due_in))
    return _done()


@bp.post("/integrations/<int:site_id>/publish-progress/")
@limiter.limit(STRANGERS)
def publish_progress(site_id: int) -> Response:
    """Show how far WordPress is with a publish: `{applied}`."""
    verify_plugin_request(site_id, rate="3000 per minute")
    return _done(applied=show_progress(site_id, read_body(Progress)))


@bp.put("/integrations/<int:site_id>/stats/increment/")
@limiter.limit(STRANGERS)
def increment(site_id: int) -> Response:
    """Count an operation once: `{applied}`."""
    connection = verify_plugin_request(site_id)
    return _done(applied=stats.count_reported(connection.account_id, site_id, read_body(Increment)))


@bp.put("/writer/tasks/<int:task_id>/taxonomies/")
@limiter.limit(STRANGERS)
def task_taxonomies(task_id: int) -> Response:
    """The content of a task has these terms now: `{applied, assigned, created, kept}`."""
    return _set_taxonomies(task_id=task_id)


@bp.put("/content/<int:content_id>/taxonomies/")
@limiter.limit(STRANGERS)
def content_taxonomies(content_id: int) -> Response:
    """A content has these terms now: `{applied, assigned, created, kept}`."""
    return _set_taxonomies(content_id=content_id)


@bp.put("/writer/tasks/<int:task_id>/relationships/")
@limiter.limit(STRANGERS)
def task_relationships(task_id: int) -> Response:
    """The content of a task has this cluster, sector and these keywords now: `{applied, kept}`."""
    return _set_relationships(task_id=task_id)


@bp.put("/content/<int:content_id>/relationships/")
@limiter.limit(STRANGERS)
def content_relationships(content_id: int) -> Response:
    """A content has this cluster, sector and these keywords now: `{applied, kept}`."""
    return _set_relationships(content_id=content_id)


def _content(**which: int) -> Content:
    """The content that is meant, on the site that signed the request."""
    connection = verify_plugin_request(None)
    return assignments.content_for(connection.account_id, connection.site_id, **which)


def _set_taxonomies(**which: int) -> Response:
    content = _content(**which)
    assignment = assignments.set_taxonomies(content, read_body(Taxonomies))
    return _done(
        applied=assignment.applied, assigned=assignment.assigned, created=assignment.created, kept=assignment.kept
    )


def _set_relationships(**which: int) -> Response:
    content = _content(**which)
    assignment = assignments.set_relationships(content, read_body(Relationships))
    return _done(applied=assignment.applied, kept=assignment.kept)
