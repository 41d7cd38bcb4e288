"""How a planned site stands in WordPress: the plan, deploying it, taking that back; and the site as files."""

from collections.abc import Callable
from typing import Any

from flask import Response, render_template, request, send_file, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.runs import Run
from app.sitebuilder.blueprint import bp
from app.sitebuilder.deploy import actions
from app.sitebuilder.deploy.facts import (
    deploy_in_force,
    deploy_pages,
    list_deploys,
    newest_deploy_run,
    read_plan,
    removed_pages,
)
from app.sitebuilder.deploy.models import TAKEN_BACK
from app.sitebuilder.deploy.plan import ACTIONS, blog_page, count_actions
from app.sitebuilder.deploy.setup import PARTS
from app.sitebuilder.pages import home_page, site_menu
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.static_export.services import export_site
from app.sitebuilder.versions import blueprint_of
from app.sites.current import work_on

SHOWN = (409, 422, 502)  # 502: the site is not connected


@bp.get("/<int:blueprint_id>/deploy/")
@requires(SiteBuilderPermission.READ)
def show_deploy(blueprint_id: int) -> str:
    """What a deploy would do, page by page with its health, and the deploys that there were; `?deploy=` shows one."""
    account_id = current_account_id()
    blueprint = blueprint_of(account_id, blueprint_id)
    work_on(blueprint.site_id, "site_builder.index")
    deploys = list_deploys(blueprint)
    run = newest_deploy_run(blueprint, deploys)
    steps = read_plan(blueprint)
    pages = [step.facts.page for step in steps]
    wanted = parse_id(request.args.get("deploy"))
    shown = next((deploy for deploy in deploys if deploy.id == wanted), None)
    in_force = next((deploy for deploy in deploys if deploy.state != TAKEN_BACK), None)
    changed_last = deploy_in_force(blueprint)
    return render_template(
        "sitebuilder/deploy.html",
        blueprint=blueprint,
        steps=steps,
        counts=count_actions(steps),
        actions=ACTIONS,
        front=home_page(pages),
        blog=blog_page(pages),
        menu_entries=len(site_menu(pages)),
        deploys=deploys,
        in_force=in_force,
        changed_last=changed_last,
        shown=shown,
        shown_pages=deploy_pages(shown) if shown else [],
        left=[PARTS[part] for part in in_force.left_parts.get("changed", [])] if in_force else [],
        run=run,
        removed=removed_pages(blueprint),
    )


@bp.post("/<int:blueprint_id>/deploy/")
@requires(Permission.CONTENT_PUBLISH)
def start_deploy(blueprint_id: int) -> Any:
    """Bring the site to WordPress; with `take_over=1` also the parts that somebody changed there."""
    is_all = request.form.get("take_over") == "1"
    return _started(
        blueprint_id,
        lambda: actions.start_deploy(current_account_id(), current_actor(), blueprint_id, take_over=is_all),
    )


@bp.post("/<int:blueprint_id>/deploy/<int:deploy_id>/take-back/")
@requires(Permission.CONTENT_PUBLISH)
def take_deploy_back(blueprint_id: int, deploy_id: int) -> Any:
    """Put WordPress back as it was before."""
    blueprint_of(current_account_id(), blueprint_id)
    return _started(blueprint_id, lambda: actions.start_taking_back(current_account_id(), current_actor(), deploy_id))


def _started(blueprint_id: int, start: Callable[[], Run]) -> Any:
    try:
        start()
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in SHOWN:
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
    return redirect_to(url_for("site_builder.show_deploy", blueprint_id=blueprint_id))


@bp.get("/<int:blueprint_id>/files.zip")
@requires(SiteBuilderPermission.READ)
def download_site(blueprint_id: int) -> Response:
    """The site as files that open from disk."""
    out, name = export_site(current_account_id(), blueprint_id)
    answer = send_file(out, as_attachment=True, download_name=name, mimetype="application/zip")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
