"""What is known of the pages of a planned site, here and in WordPress, without asking WordPress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.content.models import Content
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.services import find_run
from app.mirror.models import RemoteState
from app.publishing.reading import LiveVersion, content_to_publish, live_version, snapshot_of
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.uses import named_assets
from app.sitebuilder.assets.wordpress import FILE_GONE, refusal_of
from app.sitebuilder.blocks.fields import ASSET
from app.sitebuilder.blocks.rendering import Rendering
from app.sitebuilder.contents import (
    dialect_of_site,
    is_edited_elsewhere,
    markup_of_page,
    sections_differ,
    site_assets,
    site_rendering,
)
from app.sitebuilder.deploy.models import CREATE, TAKEN_BACK, SiteDeploy, SiteDeployPage
from app.sitebuilder.deploy.plan import LeftOutFile, PageFacts, PageStep, parent_of, plan_deploy
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.pages import page_of_row
from app.sitebuilder.versions import pages_of
from app.sites.facts import SiteFacts, stored_facts


def read_plan(blueprint: SiteBlueprint) -> list[PageStep]:
    """What a deploy would do now, page by page in the order of the menu."""
    rows = pages_of(blueprint)
    assets = site_assets(blueprint, rows)
    rendering = site_rendering(blueprint, rows, assets)
    site = stored_facts(blueprint.site)
    return plan_deploy(_with_files(_facts(blueprint, rows, row, rendering), row, assets, site) for row in rows)


def _with_files(facts: PageFacts, row: PageBlueprint, assets: Mapping[str, SiteAsset], site: SiteFacts) -> PageFacts:
    """The facts of a page with its files: those that WordPress does not get, and those that are still to be sent."""
    left_out, is_lacking = [], False
    for address in sorted(named_assets(row.blocks)):
        asset = assets.get(address)
        refusal = FILE_GONE if asset is None else None if asset.is_picture else refusal_of(asset, site)
        if refusal is not None:
            left_out.append(LeftOutFile(address.removeprefix(ASSET), refusal))
        elif asset is not None and not asset.is_picture and not asset.library_url:
            is_lacking = True
    differs = facts.differs or (is_lacking and facts.is_there and not facts.has_own_text)
    return replace(facts, left_out=tuple(left_out), differs=differs)


def _facts(
    blueprint: SiteBlueprint, rows: Sequence[PageBlueprint], row: PageBlueprint, rendering: Rendering
) -> PageFacts:
    page = page_of_row(row)
    content = db.session.get(Content, row.content_id) if row.content_id else None
    if content is None:
        return PageFacts(page)
    if content.trashed_at is not None:
        return PageFacts(page, content.id, in_trash_here=True)
    state = remote_state(blueprint.account_id, content.id)
    html = markup_of_page(row, rendering, dialect_of_site(blueprint.site))
    has_own_text = is_edited_elsewhere(row, content)
    is_changed = sections_differ(row, content, html)
    if state is None:
        return PageFacts(page, content.id, has_own_text=has_own_text, sections_differ=is_changed)
    live = live_version(content.id)
    return PageFacts(
        page,
        content.id,
        is_there=True,
        is_away=state.gone_at is not None,
        taken_back=_is_taken_back(blueprint, row.id),
        is_edited_there=live is not None and bool(live.edited),
        has_own_text=has_own_text,
        sections_differ=is_changed,
        differs=(is_changed and not has_own_text)
        or _is_behind(content, live)
        or _parent_differs(blueprint, rows, row, state),
        state=content.state,
        verdict=state.verdict or "",
        address=state.permalink,
    )


def remote_state(account_id: int, content_id: int) -> RemoteState | None:
    """What WordPress has of a content."""
    stmt = select(RemoteState).where(RemoteState.content_id == content_id, RemoteState.account_id == account_id)
    return db.session.scalar(stmt)


def _is_behind(content: Content, live: LiveVersion | None) -> bool:
    """Whether the live page is not this content."""
    try:
        return live is None or not live.has(snapshot_of(content_to_publish(content.account_id, content.id)))
    except DomainError:
        return True


def _parent_differs(
    blueprint: SiteBlueprint, rows: Sequence[PageBlueprint], row: PageBlueprint, state: RemoteState
) -> bool:
    return wanted_parent(blueprint.account_id, rows, row) != int(state.fields.get("parent") or 0)


def wanted_parent(account_id: int, rows: Sequence[PageBlueprint], row: PageBlueprint) -> int | None:
    """The page of WordPress that this one is to stand below: 0 for none, None while that one is not there."""
    above = parent_of(page_of_row(row), [page_of_row(one) for one in rows])
    if above is None:
        return 0
    content_id = next((one.content_id for one in rows if one.id == above.id), None)
    state = remote_state(account_id, content_id) if content_id else None
    return state.external_id if state is not None and state.gone_at is None else None


@dataclass(frozen=True, slots=True)
class RemovedPage:
    """A page that was removed from the planned site, and that WordPress still has."""

    title: str
    content_id: int
    address: str


def removed_pages(blueprint: SiteBlueprint) -> list[RemovedPage]:
    """Pages that were removed here and are still in WordPress: a deploy takes them out of the menu and no further."""
    stmt = (
        select(PageBlueprint.title, Content.id, RemoteState.permalink)
        .join(Content, Content.id == PageBlueprint.content_id)
        .join(RemoteState, RemoteState.content_id == Content.id)
        .where(
            PageBlueprint.blueprint_id == blueprint.id,
            PageBlueprint.account_id == blueprint.account_id,
            PageBlueprint.removed_at.is_not(None),
            Content.trashed_at.is_(None),
            RemoteState.gone_at.is_(None),
        )
        .order_by(PageBlueprint.id)
    )
    return [RemovedPage(*row) for row in db.session.execute(stmt)]


def _is_taken_back(blueprint: SiteBlueprint, page_id: int) -> bool:
    """Whether the deploy that created this page last was taken back, which put it in the trash."""
    stmt = (
        select(SiteDeployPage.state)
        .join(SiteDeploy, SiteDeploy.id == SiteDeployPage.deploy_id)
        .where(
            SiteDeploy.blueprint_id == blueprint.id,
            SiteDeployPage.page_id == page_id,
            SiteDeployPage.action == CREATE,
        )
        .order_by(SiteDeployPage.id.desc())
        .limit(1)
    )
    return db.session.scalar(stmt) == "put_back"


def list_deploys(blueprint: SiteBlueprint, limit: int = 20) -> Sequence[SiteDeploy]:
    """The newest deploys."""
    stmt = select(SiteDeploy).where(
        SiteDeploy.blueprint_id == blueprint.id, SiteDeploy.account_id == blueprint.account_id
    )
    return db.session.scalars(stmt.order_by(SiteDeploy.id.desc()).limit(limit)).all()


def newest_deploy_run(blueprint: SiteBlueprint, deploys: Sequence[SiteDeploy]) -> Run | None:
    """The newest run of these deploys, or of taking one back. Ask for it before the plan: one that has ended is in the
    plan then.
    """
    run_ids = [deploy.run_id for deploy in deploys if deploy.run_id]
    stmt = select(Run.id).where(Run.id.in_(run_ids), Run.account_id == blueprint.account_id)
    newest = db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1)) if run_ids else None
    run = find_run(newest, blueprint.account_id)
    db.session.refresh(blueprint)
    return run


def deploy_pages(deploy: SiteDeploy) -> list[SiteDeployPage]:
    """What a deploy does with each page, in order."""
    stmt = select(SiteDeployPage).where(
        SiteDeployPage.deploy_id == deploy.id, SiteDeployPage.account_id == deploy.account_id
    )
    stmt = stmt.order_by(SiteDeployPage.position).execution_options(populate_existing=True)
    return list(db.session.scalars(stmt))


def deploy_in_force(blueprint: SiteBlueprint) -> SiteDeploy | None:
    """The newest deploy that is not taken back and changed anything: a roll-back takes that back."""
    stmt = select(SiteDeploy).where(
        SiteDeploy.blueprint_id == blueprint.id,
        SiteDeploy.account_id == blueprint.account_id,
        SiteDeploy.state != TAKEN_BACK,
        SiteDeploy.has_changes,
    )
    return db.session.scalar(stmt.order_by(SiteDeploy.id.desc()).limit(1))


def version_before(deploy: SiteDeploy) -> int | None:
    """The version that WordPress has once this deploy is taken back; None for none."""
    stmt = select(SiteDeploy.version).where(
        SiteDeploy.blueprint_id == deploy.blueprint_id,
        SiteDeploy.account_id == deploy.account_id,
        SiteDeploy.state != TAKEN_BACK,
        SiteDeploy.id < deploy.id,
    )
    return db.session.scalar(stmt.order_by(SiteDeploy.id.desc()).limit(1))


def live_ids(deploy: SiteDeploy) -> dict[int, int]:
    """The pages of a deploy that WordPress has, by their ids here."""
    ids = {}
    for row in deploy_pages(deploy):
        state = remote_state(deploy.account_id, row.content_id) if row.content_id else None
        if row.page_id and state is not None and state.gone_at is None:
            ids[row.page_id] = state.external_id
    return ids
