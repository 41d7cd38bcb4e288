"""What can be done with deploys, each as one use case. They flush; callers commit."""

from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.runs import Run, start_run
from app.core.runs.kinds import RunKind
from app.core.runs.services import find_active
from app.core.tenancy import owned
from app.sitebuilder.deploy.facts import deploy_in_force
from app.sitebuilder.deploy.models import RUNNING, TAKEN_BACK, SiteDeploy
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.run_kinds import DEPLOY_SITE, TAKE_DEPLOY_BACK
from app.sitebuilder.versions import blueprint_of, pages_of
from app.sites.connection import credentials_for
from app.sites.error_codes import error_for


def start_deploy(account_id: int, actor: Actor, blueprint_id: int, *, take_over: bool = False) -> Run:
    """Bring a planned site to WordPress. One that is on its way already is given back.

    With `take_over`, front page, menu, order and style are written also where somebody changed them in WordPress.

    Raises Forbidden, Conflict for a site in the trash or without pages, DomainError when WordPress is not connected.
    """
    actor.require(Permission.CONTENT_PUBLISH)
    blueprint = _usable(account_id, blueprint_id)
    active = _active(blueprint, DEPLOY_SITE)
    if active is not None:
        return active
    deploy = SiteDeploy(
        account_id=account_id,
        site_id=blueprint.site_id,
        blueprint_id=blueprint.id,
        version=blueprint.version,
        state=RUNNING,
        actor_name=actor.short_name[:120],
    )
    db.session.add(deploy)
    db.session.flush()
    run = _start_run_of(blueprint, actor, DEPLOY_SITE, deploy, take_over=take_over)
    if run.params.get("deploy_id") != deploy.id:  # somebody was quicker
        db.session.delete(deploy)
        db.session.flush()
        return run
    deploy.run_id = run.id
    _record_deploy(blueprint, "site_plan.deploy_started", actor, deploy)
    return run


def start_taking_back(account_id: int, actor: Actor, deploy_id: int) -> Run:
    """Put WordPress back as it was before this deploy. One that changed nothing stands for the one below it.

    Raises Forbidden, NotFound, Conflict when it is taken back already, a later one is in force, or none changed
    anything.
    """
    actor.require(Permission.CONTENT_PUBLISH)
    deploy = owned(SiteDeploy, deploy_id, account_id)
    blueprint = _usable(account_id, deploy.blueprint_id)
    if deploy.state == TAKEN_BACK:
        raise Conflict(gettext("This deploy is rolled back already."), code="DEPLOY_TAKEN_BACK")
    active = _active(blueprint, TAKE_DEPLOY_BACK)
    if active is not None:
        return active
    newest = deploy_in_force(blueprint)
    if newest is None:
        raise Conflict(gettext("No deploy changed anything in WordPress."), code="DEPLOY_WITHOUT_CHANGES")
    if not deploy.has_changes and newest.id < deploy.id:
        deploy = newest
    if newest.id != deploy.id:
        raise Conflict(
            gettext("A later deploy is there."), code="DEPLOY_NOT_NEWEST", cure=gettext("Roll the newest back first.")
        )
    deploy.state = "taking_back"
    run = _start_run_of(blueprint, actor, TAKE_DEPLOY_BACK, deploy)
    deploy.run_id = run.id
    db.session.flush()
    _record_deploy(blueprint, "site_plan.deploy_taken_back", actor, deploy)
    return run


def _usable(account_id: int, blueprint_id: int) -> SiteBlueprint:
    blueprint = blueprint_of(account_id, blueprint_id)
    if blueprint.trashed_at is not None:
        raise Conflict(
            gettext("This site is in the trash."), code="BLUEPRINT_TRASHED", cure=gettext("Restore it, then go on.")
        )
    if not pages_of(blueprint):
        raise Conflict(gettext("This site has no page yet."), code="SITE_EMPTY")
    if not blueprint.site.is_active:
        raise error_for("SITE_INACTIVE")
    credentials_for(blueprint.site)
    return blueprint


def _active(blueprint: SiteBlueprint, kind: RunKind) -> Run | None:
    """The run of this kind that is at work on the site. Raises Conflict while one of the other kind is."""
    run = find_active(_key(blueprint), blueprint.account_id)
    if run is not None and run.kind != kind.name:
        raise Conflict(
            gettext("This site is being deployed or rolled back right now."),
            code="DEPLOY_ACTIVE",
            cure=gettext("Wait until that has ended."),
        )
    return run


def _key(blueprint: SiteBlueprint) -> str:
    return f"deploy_site:{blueprint.id}"


def _start_run_of(blueprint: SiteBlueprint, actor: Actor, kind: RunKind, deploy: SiteDeploy, **params: bool) -> Run:
    return start_run(
        account_id=blueprint.account_id,
        kind=kind,
        title=blueprint.name,
        actor=actor,
        site_id=blueprint.site_id,
        subject_type="site_blueprint",
        subject_id=blueprint.id,
        params={"deploy_id": deploy.id, "actor": actor.name, **params},
        exclusive_key=_key(blueprint),
    )


def _record_deploy(blueprint: SiteBlueprint, action: str, actor: Actor, deploy: SiteDeploy) -> None:
    after = {"name": blueprint.name, "version": deploy.version}
    audit.record(blueprint.account_id, action, subject=f"site blueprint {blueprint.id}", after=after, by=actor)
