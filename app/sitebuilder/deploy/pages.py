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
from app.core.languages import N_
from app.core.runs import Run
from app.core.stored_texts import StoredText, joined_text
from app.publishing.services import start_publishes
from app.sitebuilder.deploy.facts import wanted_parent
from app.sitebuilder.deploy.models import CREATE, UPDATE, SiteDeploy, SiteDeployPage
from app.sitebuilder.deploy.moves import aside_slug
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.versions import pages_of

MOST_PROBLEMS = 3
NO_PARENT = N_("The page above it is not in WordPress.")
PAGE_GONE = N_("The page was removed meanwhile.")
CANCELLED = N_("The publish was cancelled.")


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
        row.leave("failed", StoredText(PAGE_GONE))
        return
    parent = wanted_parent(row.account_id, rows, page)
    if parent is None:
        row.leave("failed", StoredText(NO_PARENT))
        return
    try:
        _place(row, page, content, parent, actor)
        run = start_publishes(row.account_id, [content.id], actor)[0]
    except DomainError as error:
        row.leave("failed", StoredText(error.message))
        return
    row.state, row.publish_run_id = "publishing", run.id


def _place(row: SiteDeployPage, page: PageBlueprint, content: Content, parent: int, actor: Actor) -> None:
    """Note the page of WordPress that this one is to stand below, and the slug: another one while it stands aside."""
    changes: dict[str, Any] = {} if parent == (content.parent_external_id or 0) else {"parent_external_id": parent}
    if row.final_slug is not None and content.slug == aside_slug(row.deploy_id, row.id):
        changes["slug"], row.final_slug = row.final_slug, None
    elif row.final_slug is not None:
        changes["slug"] = aside_slug(row.deploy_id, row.id)
    _change(page, content, changes, VersionCause("person", actor.id, actor.short_name))


def _change(page: PageBlueprint, content: Content, changes: dict[str, Any], cause: VersionCause) -> None:
    """Change a content so that its sections are still the text that it was made of."""
    if not changes:
        return
    is_ours = page.content_version == content.version
    changed = update_content(
        content.id, content.account_id, changes, expected_version=content.version, version_cause=cause
    )
    if is_ours:
        page.content_version = changed.version


def settle_page(row: SiteDeployPage, actor: Actor) -> None:
    """Note how the publish of a page ended, once it has. One that stands aside waits to get its own slug then."""
    run = db.session.scalar(select(Run).where(Run.id == row.publish_run_id).execution_options(populate_existing=True))
    if run is not None and run.is_active:
        return
    if run is not None and run.state == "succeeded":
        row.state = "waiting" if row.final_slug is not None else "done"
        return
    error = (run.error if run is not None else None) or {}
    message = error.get("message") or (run.message if run is not None else "")
    row.leave("failed", _problems(error) or StoredText(str(message or CANCELLED)))
    _take_slug_again(row, actor)


def take_slugs_again(blueprint: SiteBlueprint, actor: Actor) -> None:
    """Pages that a cancelled deploy left standing aside are to have their own slug again. Flushes."""
    stmt = (
        select(SiteDeployPage)
        .join(SiteDeploy, SiteDeploy.id == SiteDeployPage.deploy_id)
        .where(SiteDeploy.blueprint_id == blueprint.id, SiteDeployPage.account_id == blueprint.account_id)
        .where(SiteDeployPage.final_slug.is_not(None))
    )
    for row in db.session.scalars(stmt).all():
        _take_slug_again(row, actor)


def _take_slug_again(row: SiteDeployPage, actor: Actor) -> None:
    """A page that could not stand aside is to have its own slug when it is sent the next time."""
    content = db.session.get(Content, row.content_id) if row.content_id else None
    page = db.session.get(PageBlueprint, row.page_id) if row.page_id else None
    if content is not None and page is not None and content.slug == aside_slug(row.deploy_id, row.id):
        _change(page, content, {"slug": row.final_slug}, VersionCause("person", actor.id, actor.short_name))
    row.final_slug = None


def _problems(error: Mapping[str, Any]) -> StoredText | None:
    """What stood in the way of a publish, in words; "one thing stands in the way" helps nobody."""
    details = error.get("details") or {}
    messages = [str(problem.get("message") or "") for problem in (details.get("problems") or [])[:MOST_PROBLEMS]]
    return joined_text([StoredText(message) for message in messages if message])
