"""The team: members, their roles and sites, invitations."""

from flask import render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.accounts import actions, invitations, members
from app.accounts.forms import InviteForm
from app.core.access import current_account_id, current_user_id, requires
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import redirect_to, toast
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.roles import ROLE_WORDS
from app.identity.blueprints import settings


def _invite_limit_key() -> str:
    return f"invite:{current_account_id()}"


def _sites() -> list[int]:
    return ids_of(request.form.getlist("sites"))


@settings.get("/team/")
@requires(Permission.TEAM_MANAGE)
def team() -> str:
    """Members and open invitations."""
    account_id = current_account_id()
    return render_template(
        "account/team.html",
        members=members.list_members(account_id),
        granted=members.granted_sites(account_id),
        invitations=[(row, invitations.is_expired(row)) for row in invitations.list_pending(account_id)],
        roles=ROLE_WORDS,
    )


@settings.get("/team/invite/")
@requires(Permission.TEAM_MANAGE)
def invite() -> str:
    """The page to invite somebody."""
    return render_template("account/invite.html", form=InviteForm(), chosen=None, roles=ROLE_WORDS)


@settings.post("/team/invite/")
@requires(Permission.TEAM_MANAGE)
@limiter.limit("30 per hour", key_func=_invite_limit_key)
def send_invitation() -> Response | tuple[str, int]:
    """Invite; 422 with the form when it cannot be."""
    form = InviteForm()
    if form.validate_on_submit():
        try:
            row = actions.send_invitation(
                current_account_id(), current_user, email=form.email.data, role=form.role.data, site_ids=_sites()
            )
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
        else:
            email = row.email
            db.session.commit()
            toast(f"An invitation is on its way to {email}.")
            return redirect_to(url_for("account.team"))
    return render_template("account/invite.html", form=form, chosen=_sites(), roles=ROLE_WORDS), 422


@settings.post("/team/invitations/<int:invitation_id>/resend/")
@requires(Permission.TEAM_MANAGE)
@limiter.limit("30 per hour", key_func=_invite_limit_key)
def resend_invitation(invitation_id: int) -> Response:
    """Mail a new link."""
    row = actions.resend_invitation(current_account_id(), current_user, invitation_id)
    email = row.email
    db.session.commit()
    toast(f"A new link is on its way to {email}. The one before no longer works.")
    return redirect_to(url_for("account.team"))


@settings.post("/team/invitations/<int:invitation_id>/revoke/")
@requires(Permission.TEAM_MANAGE)
def revoke_invitation(invitation_id: int) -> Response:
    """Take an invitation back."""
    row = invitations.revoke(current_account_id(), invitation_id)
    email = row.email
    db.session.commit()
    toast(f"The invitation of {email} is revoked.")
    return redirect_to(url_for("account.team"))


@settings.get("/team/<int:member_id>/")
@requires(Permission.TEAM_MANAGE)
def edit_member(member_id: int) -> str:
    """One member: role and sites."""
    row = members.get_member(current_account_id(), member_id)
    granted = members.granted_sites(current_account_id()).get(row.id, [])
    return render_template("account/member.html", member=row, granted=granted, roles=ROLE_WORDS)


@settings.post("/team/<int:member_id>/")
@requires(Permission.TEAM_MANAGE)
def change_member(member_id: int) -> Response:
    """Save role and sites."""
    row = members.change(
        current_account_id(),
        member_id,
        role=request.form.get("role", ""),
        site_ids=_sites(),
        actor_id=current_user_id(),
    )
    name = row.user.name
    db.session.commit()
    toast(f"{name} is saved.")
    return redirect_to(url_for("account.team"))


@settings.post("/team/<int:member_id>/remove/")
@requires(Permission.TEAM_MANAGE)
def remove_member(member_id: int) -> Response:
    """Take somebody out of the account."""
    myself = current_user_id()
    removed = actions.remove_member(current_account_id(), member_id, actor_id=myself)
    db.session.commit()
    toast(f"{removed.name} was removed. What they made stays.")
    if removed.invited:
        names = ", ".join(removed.invited)
        toast(f"Their open invitations were taken back: {names}. Invite again who should still join.", "info")
    if removed.known_keys:
        keys = ", ".join(removed.known_keys)
        toast(f"They know these keys of SystemBot: {keys}. Revoke them under API tokens.", "info")
    return redirect_to(url_for("dashboard.index" if removed.user_id == myself else "account.team"))
