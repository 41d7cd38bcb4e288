"""The addresses that pages of a deploy are to get: some are taken by what is no page of ours, some by each other."""

from app.content.models import Content
from app.core.extensions import db
from app.core.languages import N_
from app.core.stored_texts import StoredText
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.deploy.facts import deploy_pages, remote_state, wanted_parent
from app.sitebuilder.deploy.models import SiteDeploy, SiteDeployPage
from app.sitebuilder.deploy.moves import PagePlace, aside_slug, holders, without_place
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.pages import page_of_row, page_path
from app.sitebuilder.versions import pages_of

NO_ADDRESS = N_("WordPress cannot give it the address /%(path)s/. Choose another.")
TAKEN = N_("Its address /%(path)s/ is taken in WordPress by “%(title)s”. Choose another.")


def leave_taken_addresses(calls: SetupCalls, deploy: SiteDeploy, blueprint: SiteBlueprint) -> None:
    """Leave pages whose address something else has: WordPress would give them another, and links would lead there.

    What has it may be another page of the deploy that is to get another address; that one is to stand aside first.
    Asks once for a deploy. Commits.
    """
    rows = deploy_pages(deploy)
    if any(row.publish_run_id for row in rows):
        return
    paths = _wanted_paths(rows, blueprint)
    present, wanted = _places(rows, blueprint)
    states = {row.id: remote_state(row.account_id, row.content_id) for row in rows if row.content_id}
    own = {path: state.external_id if (state := states.get(row_id)) else 0 for row_id, path in paths.items()}
    taken = calls.taken_addresses(own)
    held = holders(present, wanted)
    stuck = without_place([row_id for row_id, path in paths.items() if path in taken], held)
    needed = {holder for row_id, holder in held.items() if row_id not in stuck and paths[row_id] in taken}
    for row in deploy_pages(deploy):
        if row.id in stuck:
            row.leave("failed", taken_text(paths[row.id], taken[paths[row.id]]))
        elif row.id in needed:
            row.final_slug = wanted[row.id].slug
    db.session.commit()


def _wanted_paths(rows: list[SiteDeployPage], blueprint: SiteBlueprint) -> dict[int, str]:
    """The addresses below the site's of the pages that are to be sent, by row; the front page has its slug."""
    pages = [page_of_row(row) for row in pages_of(blueprint)]
    paths = {page.id: page_path(page, pages) or page.slug for page in pages}
    return {row.id: paths[row.page_id] for row in rows if row.state == "waiting" and row.page_id in paths}


def _places(rows: list[SiteDeployPage], blueprint: SiteBlueprint) -> tuple[dict[int, PagePlace], dict[int, PagePlace]]:
    """Where the pages that are to be sent are in WordPress, and where they are to be, by row."""
    present, wanted = {}, {}
    pages = pages_of(blueprint)
    by_id = {page.id: page for page in pages}
    for row in rows:
        content = db.session.get(Content, row.content_id) if row.content_id else None
        if row.state != "waiting" or content is None or row.page_id not in by_id:
            continue
        state = remote_state(row.account_id, content.id)
        if state is not None and state.gone_at is None:
            present[row.id] = PagePlace(int(state.fields.get("parent") or 0), str(state.fields.get("slug") or ""))
        parent = wanted_parent(row.account_id, pages, by_id[row.page_id])
        if parent is not None:
            wanted[row.id] = PagePlace(parent, content.slug)
    return present, wanted


def stands_aside(row: SiteDeployPage) -> bool:
    """Whether this page is still to be published with another slug, or is being, for the sake of another page."""
    if row.final_slug is None or row.state not in ("waiting", "publishing"):
        return False
    return row.state == "publishing" or slug_of_page(row) != aside_slug(row.deploy_id, row.id)


def is_aside(row: SiteDeployPage) -> bool:
    """Whether WordPress has this page at the address at which it stood aside."""
    state = remote_state(row.account_id, row.content_id) if row.content_id else None
    return state is not None and state.fields.get("slug") == aside_slug(row.deploy_id, row.id)


def slug_of_page(row: SiteDeployPage) -> str:
    """The slug of a page's content."""
    content = db.session.get(Content, row.content_id) if row.content_id else None
    return content.slug if content is not None else ""


def taken_text(path: str, title: str) -> StoredText:
    """Why a page was left whose address something else has."""
    return StoredText(TAKEN, {"path": path, "title": title}) if title else StoredText(NO_ADDRESS, {"path": path})
