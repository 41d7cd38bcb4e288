"""The menu of the settings, and the page of the account itself."""

from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import members, services
from app.accounts.module_routes import is_served
from app.core import features
from app.core.access import can, current_account_id, current_actor, current_user_id, requires
from app.core.edits import EditConflict, etag
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext, local_date
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.identity import security_routes
from app.identity.blueprints import settings


def settings_menu() -> list[dict[str, Any]]:
    """The pages of settings that this person may open, in groups."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for page in features.settings_pages():
        if page.endpoint in current_app.view_functions and can(page.permission) and is_served(page.endpoint):
            link = {"label": gettext(page.label), "href": url_for(page.endpoint), "active": _is_shown(page)}
            groups.setdefault(page.group, []).append(link)
    return [{"label": gettext(label), "links": links} for label, links in groups.items()]


def _is_shown(page: features.SettingsPage) -> bool:
    """Whether the page being shown is this entry's, or belongs to it."""
    is_part = features.settings_parent(request.blueprint) == page.endpoint
    return is_part or request.path.startswith(url_for(page.endpoint))


@settings.app_context_processor
def _menu() -> dict[str, Any]:
    return {"settings_menu": settings_menu}


@settings.get("/")
@requires(Permission.PROFILE_MANAGE)
def index() -> Response:
    """The settings open with the profile."""
    return redirect(url_for("account.profile"))


@settings.get("/settings/")
@requires(Permission.PROFILE_MANAGE)
def general() -> str:
    """The account: name, leaving, transfer, deletion, and the export (which another blueprint serves)."""
    return _general_page()


def _general_page(errors: dict[str, str] | None = None, stale: EditConflict | None = None) -> str:
    """The page; `stale` is that somebody else renamed the account since."""
    people = members.list_members(current_account_id()) if can(Permission.ACCOUNT_OWN) else []
    heirs = [row for row in people if row.user_id != current_user_id()]
    context: dict[str, Any] = {"heirs": heirs, "errors": errors or {}, "grace_days": services.GRACE.days}
    context["export_url"] = url_for("export.index") if "export.index" in current_app.view_functions else None
    stored = {"name": g.account.name}
    theirs = [(gettext("Account name"), g.account.name)] if stale else None
    typed = request.form.get("name") if stale or context["errors"].get("name") else None
    context |= {"tag": etag(stored), "error": stale, "theirs": theirs, "typed_name": typed}
    return render_template("account/general.html", **context)


def _failed(part: str, error: DomainError) -> tuple[str, int]:
    db.session.rollback()
    return _general_page({part: f"{error.message} {error.cure}".strip()}), error.status


@settings.post("/settings/")
@requires(Permission.ACCOUNT_MANAGE)
def rename() -> Response | tuple[str, int]:
    """Give the account another name."""
    try:
        services.rename(g.account, current_actor(), request.form.get("name", ""), expected=request.form.get("etag"))
    except EditConflict as error:
        db.session.rollback()
        return _general_page(stale=error), error.status
    except DomainError as error:
        return _failed("name", error)
    db.session.commit()
    toast(gettext("Saved."))
    return redirect_to(url_for("account.general"))


@settings.post("/leave/")
@requires(Permission.PROFILE_MANAGE)
def leave() -> Response | tuple[str, int]:
    """Leave the account; 409 for its only owner."""
    name = g.account.name
    try:
        members.leave_account(current_account_id(), current_actor())
    except DomainError as error:
        return _failed("leave", error)
    db.session.commit()
    toast(gettext("You have left %(name)s.", name=name), "info")
    return redirect_to(url_for("dashboard.index"))


@settings.post("/transfer/")
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("10 per hour", key_func=lambda: f"transfer:{current_user_id()}")
def transfer() -> Response | tuple[str, int]:
    """Make another member the owner."""
    try:
        heir = members.transfer(
            current_account_id(),
            current_actor(),
            parse_id(request.form.get("member")) or 0,
            password=request.form.get("password", ""),
        )
    except DomainError as error:
        return _failed("transfer", error)
    security_routes.rotate_own_session()
    name = heir.user.name
    db.session.commit()
    toast(gettext("%(name)s owns the account now. You are an admin.", name=name))
    return redirect_to(url_for("account.general"))


@settings.post("/delete/")
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("10 per hour", key_func=lambda: f"delete:{current_user_id()}")
def request_deletion() -> Response | tuple[str, int]:
    """Have the account deleted in fourteen days."""
    form = request.form
    try:
        due = services.request_deletion(
            g.account, current_actor(), password=form.get("password", ""), typed_name=form.get("name", "")
        )
    except DomainError as error:
        return _failed("delete", error)
    db.session.commit()
    toast(gettext("The account will be deleted on %(due)s. Until then you can keep it.", due=local_date(due)), "info")
    return redirect_to(url_for("account.general"))


@settings.post("/keep/")
@requires(Permission.ACCOUNT_OWN)
def keep() -> Response | tuple[str, int]:
    """Cancel the deletion of the account."""
    try:
        services.cancel_deletion(g.account, current_actor())
    except DomainError as error:
        return _failed("delete", error)
    db.session.commit()
    toast(gettext("The account stays."))
    return redirect_to(url_for("account.general"))
