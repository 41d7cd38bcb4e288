"""One page of a deploy: kept as it is in WordPress, then published as the content that it is. They flush."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.content.editing.revisions import VersionCause
from app.content.models import Content
from app.content.services import update_content
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.core.wording import sentences
from app.publishing.services import start_publishes
from app.sitebuilder.deploy.facts import wanted_parent
from app.sitebuilder.deploy.models import CREATE, UPDATE, SiteDeployPage
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.versions import pages_of

MOST_PROBLEMS = 3
NO_PARENT = "The page above it is not in WordPress."


def waits_for_parent(row: SiteDeployPage, rows: list[SiteDeployPage], parents: dict[int, int]) -> bool:
    """Whether the page above this one is on its way still. `parents` has page ids by page id."""
    above = next((one for one in rows if one.page_id == parents.get(row.page_id or 0)), None)
    return above is not None and above.action in (CREATE, UPDATE) and above.state in ("waiting", "publishing")


def begin_page(row: SiteDeployPage, blueprint: SiteBlueprint, actor: Actor) -> None:
    """Start the publish of a page below the page that it belongs to; what stands in the way is noted with it."""
    rows = pages_of(blueprint)
    page = next((one for one in rows if one.id == row.page_id), None)
    content = db.session.get(Content, row.content_id) if row.content_id else None
    if page is None or content is None:
        row.state, row.reason = "failed", "The page was removed meanwhile."
        return
    parent = wanted_parent(row.account_id, rows, page)
    if parent is None:
        row.state, row.reason = "failed", NO_PARENT
        return
    try:
        _place(page, content, parent, actor)
        run = start_publishes(row.account_id, [content.id], actor)[0]
    except DomainError as error:
        row.state, row.reason = "failed", error.message
        return
    row.state, row.publish_run_id = "publishing", run.id


def _place(page: PageBlueprint, content: Content, parent: int, actor: Actor) -> None:
    """Note the page of WordPress that this one is to stand below."""
    if parent == (content.parent_external_id or 0):
        return
    is_ours = page.content_version == content.version
    cause = VersionCause("person", actor.id, actor.short_name)
    changes = {"parent_external_id": parent}
    changed = update_content(
        content.id, content.account_id, changes, expected_version=content.version, version_cause=cause
    )
    if is_ours:
        page.content_version = changed.version


def settle_page(row: SiteDeployPage) -> None:
    """Note how the publish of a page ended, once it has."""
    run = db.session.scalar(select(Run).where(Run.id == row.publish_run_id).execution_options(populate_existing=True))
    if run is not None and run.is_active:
        return
    if run is not None and run.state == "succeeded":
        row.state = "done"
        return
    row.state = "failed"
    error = (run.error if run is not None else None) or {}
    row.reason = _problems(error) or str(
        error.get("message") or (run.message if run is not None else "") or "The publish was cancelled."
    )


def _problems(error: Mapping[str, Any]) -> str:
    """What stood in the way of a publish, in words; "one thing stands in the way" helps nobody."""
    details = error.get("details") or {}
    problems = details.get("problems") or []
    return sentences(*(str(problem.get("message") or "") for problem in problems[:MOST_PROBLEMS]))
