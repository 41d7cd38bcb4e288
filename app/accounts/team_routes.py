"""The team: members, their roles and sites, invitations."""

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import actions, invitations, members
from app.accounts.forms import InviteForm
from app.accounts.sites import site_names
from app.core.access import current_account_id, current_actor, current_user_id, requires
from app.core.edits import EditConflict, differing, etag
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import redirect_to, toast
from app.core.languages import N_, gettext
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.roles import ROLE_WORDS
from app.identity.blueprints import settings

MEMBER_LABELS = {"role": N_("Role"), "sites": N_("Sites")}


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
                current_account_id(), current_actor(), email=form.email.data, role=form.role.data, site_ids=_sites()
            )
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
        else:
            email = row.email
            db.session.commit()
            toast(gettext("An invitation is on its way to %(email)s.", email=email))
            return redirect_to(url_for("account.team"))
    return render_template("account/invite.html", form=form, chosen=_sites(), roles=ROLE_WORDS), 422


@settings.post("/team/invitations/<int:invitation_id>/resend/")
@requires(Permission.TEAM_MANAGE)
@limiter.limit("30 per hour", key_func=_invite_limit_key)
def resend_invitation(invitation_id: int) -> Response:
    """Mail a new link."""
    row = actions.resend_invitation(current_account_id(), current_actor(), invitation_id)
    email = row.email
    db.session.commit()
    toast(gettext("A new link is on its way to %(email)s. The one before no longer works.", email=email))
    return redirect_to(url_for("account.team"))


@settings.post("/team/invitations/<int:invitation_id>/revoke/")
@requires(Permission.TEAM_MANAGE)
def revoke_invitation(invitation_id: int) -> Response:
    """Revoke an invitation."""
    row = invitations.revoke_invitation(current_account_id(), current_actor(), invitation_id)
    email = row.email
    db.session.commit()
    toast(gettext("The invitation of %(email)s is revoked.", email=email))
    return redirect_to(url_for("account.team"))


@settings.get("/team/<int:member_id>/")
@requires(Permission.TEAM_MANAGE)
def edit_member(member_id: int) -> str:
    """One member: role and sites."""
    return _member_page(member_id)


def _member_page(member_id: int, error: EditConflict | None = None) -> str:
    """The page of a member; after a conflict what was chosen stays, beside what somebody else saved."""
    row = members.get_member(current_account_id(), member_id)
    stored = members.rights_of(row)
    chosen = {"role": request.form.get("role", ""), "sites": sorted(_sites())} if error else stored
    words = {
        "role": gettext(ROLE_WORDS[row.role][0]),
        "sites": ", ".join(site_names(row.account_id, stored["sites"])),
    }
    return render_template(
        "account/member.html",
        member=row,
        chosen=chosen,
        roles=ROLE_WORDS,
        tag=etag(stored),
        error=error,
        theirs=differing(stored, chosen, MEMBER_LABELS, words) if error else None,
    )


@settings.post("/team/<int:member_id>/")
@requires(Permission.TEAM_MANAGE)
def change_member(member_id: int) -> Response | tuple[str, int]:
    """Save role and sites; 409 with the page when somebody else saved meanwhile."""
    try:
        row = members.change_member(
            current_account_id(),
            current_actor(),
            member_id,
            role=request.form.get("role", ""),
            site_ids=_sites(),
            expected=request.form.get("etag"),
        )
    except EditConflict as error:
        db.session.rollback()
        return _member_page(member_id, error), error.status
    name = row.user.name
    db.session.commit()
    toast(gettext("%(name)s is saved.", name=name))
    return redirect_to(url_for("account.team"))


@settings.post("/team/<int:member_id>/remove/")
@requires(Permission.TEAM_MANAGE)
def remove_member(member_id: int) -> Response:
    """Take somebody out of the account."""
    myself = current_user_id()
    removed = actions.remove_member(current_account_id(), current_actor(), member_id)
    db.session.commit()
    toast(gettext("%(name)s was removed. What they made stays.", name=removed.name))
    if removed.invited:
        names = ", ".join(removed.invited)
        toast(
            gettext(
                "Their open invitations were withdrawn: %(names)s. Invite again who should still join.", names=names
            ),
            "info",
        )
    if removed.known_keys:
        keys = ", ".join(removed.known_keys)
        toast(gettext("They know these keys of SystemBot: %(keys)s. Revoke them under API tokens.", keys=keys), "info")
    return redirect_to(url_for("dashboard.index" if removed.user_id == myself else "account.team"))
