"""The menu of the settings, and the page of the account itself."""

from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.accounts import members, services
from app.core.access import can, current_account_id, current_user_id, requires
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.htmx import redirect_to, toast
from app.core.permissions import Permission
from app.core.request_ids import id_of
from app.identity import security_routes
from app.identity.blueprints import settings

PAGES = (
    (
        "You",
        (
            ("Profile", "account.profile", Permission.PROFILE_MANAGE),
            ("Password and security", "account.security", Permission.PROFILE_MANAGE),
        ),
    ),
    (
        "Account",
        (
            ("Account", "account.general", Permission.PROFILE_MANAGE),
            ("Team", "account.team", Permission.TEAM_MANAGE),
            ("Billing", "billing.index", Permission.BILLING_READ),
            ("Modules", "account.modules", Permission.ACCOUNT_MANAGE),
            ("API tokens", "account.tokens", Permission.PROFILE_MANAGE),
            ("Audit log", "account.audit_log", Permission.ACCOUNT_MANAGE),
        ),
    ),
)


def settings_menu() -> list[dict[str, Any]]:
    """The pages of settings that this person may open, in groups."""
    groups = []
    for label, pages in PAGES:
        links = [
            {"label": text, "href": url_for(endpoint), "active": _is_shown(endpoint)}
            for text, endpoint, permission in pages
            if endpoint in current_app.view_functions and can(permission)
        ]
        if links:
            groups.append({"label": label, "links": links})
    return groups


def _is_shown(endpoint: str) -> bool:
    """Whether the page in view is this entry's, or belongs to it."""
    if endpoint == "account.general" and request.blueprint == "export":
        return True
    return request.path.startswith(url_for(endpoint))


@settings.app_context_processor
def _menu() -> dict[str, Any]:
    return {"settings_menu": settings_menu}


@settings.get("/")
@requires(Permission.PROFILE_MANAGE)
def index() -> Response:
    """Settings begin with oneself."""
    return redirect(url_for("account.profile"))


@settings.get("/settings/")
@requires(Permission.PROFILE_MANAGE)
def general() -> str:
    """The account: name, leaving, transfer, deletion, and the export (which another blueprint serves)."""
    return _general_page()


def _general_page(errors: dict[str, str] | None = None) -> str:
    people = members.list_members(current_account_id()) if can(Permission.ACCOUNT_OWN) else []
    heirs = [row for row in people if row.user_id != current_user_id()]
    context: dict[str, Any] = {"heirs": heirs, "errors": errors or {}, "grace_days": services.GRACE.days}
    context["export_url"] = url_for("export.index") if "export.index" in current_app.view_functions else None
    return render_template("account/general.html", **context)


def _failed(part: str, error: DomainError) -> tuple[str, int]:
    db.session.rollback()
    return _general_page({part: f"{error.message} {error.cure}".strip()}), error.status


@settings.post("/settings/")
@requires(Permission.ACCOUNT_MANAGE)
def rename() -> Response | tuple[str, int]:
    """Give the account another name."""
    try:
        services.rename(g.account, request.form.get("name", ""))
    except DomainError as error:
        return _failed("name", error)
    db.session.commit()
    toast("Saved.")
    return redirect_to(url_for("account.general"))


@settings.post("/leave/")
@requires(Permission.PROFILE_MANAGE)
def leave() -> Response | tuple[str, int]:
    """Leave the account; 409 for its only owner."""
    name = g.account.name
    try:
        members.leave(current_account_id(), current_user_id())
    except DomainError as error:
        return _failed("leave", error)
    db.session.commit()
    toast(f"You have left {name}.", "info")
    return redirect_to(url_for("dashboard.index"))


@settings.post("/transfer/")
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("10 per hour", key_func=lambda: f"transfer:{current_user_id()}")
def transfer() -> Response | tuple[str, int]:
    """Make another member the owner."""
    try:
        heir = members.transfer(
            current_account_id(),
            id_of(request.form.get("member")) or 0,
            owner=current_user,
            password=request.form.get("password", ""),
        )
    except DomainError as error:
        return _failed("transfer", error)
    security_routes.rotate_own_session()
    name = heir.user.name
    db.session.commit()
    toast(f"{name} owns the account now. You are an admin.")
    return redirect_to(url_for("account.general"))


@settings.post("/delete/")
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("10 per hour", key_func=lambda: f"delete:{current_user_id()}")
def delete() -> Response | tuple[str, int]:
    """Have the account deleted in fourteen days."""
    form = request.form
    try:
        due = services.request_deletion(
            g.account, owner=current_user, password=form.get("password", ""), typed_name=form.get("name", "")
        )
    except DomainError as error:
        return _failed("delete", error)
    db.session.commit()
    toast(f"The account will be deleted on {due:%-d %B %Y}. Until then you can keep it.", "info")
    return redirect_to(url_for("account.general"))


@settings.post("/keep/")
@requires(Permission.ACCOUNT_OWN)
def keep() -> Response | tuple[str, int]:
    """Take the deletion back."""
    try:
        services.cancel_deletion(g.account)
    except DomainError as error:
        return _failed("delete", error)
    db.session.commit()
    toast("The account stays.")
    return redirect_to(url_for("account.general"))
