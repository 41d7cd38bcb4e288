"""The team: members with their roles and sites, and invitations. A person's token alone may change it."""

from typing import Literal

from pydantic import Field

from app.accounts import actions, invitations, members
from app.accounts.models import Membership
from app.api.endpoints import api_endpoint, expected_etag
from app.api.shapes import Given, Instant, RowId, RowPage, Shown, whole_list
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.extensions import limiter
from app.core.permissions import Permission
from app.core.tenancy import owned_many
from app.sites.models import Site

MANAGE = Permission.TEAM_MANAGE
MEMBER = "/team/members/<int:member_id>/"
INVITATION = "/team/invitations/<int:invitation_id>/"
INVITES = "30 per hour"
GIVEN_ROLES = Literal["admin", "editor", "viewer"]


class MemberShown(Shown):
    """Who belongs to the account. `site_ids` are the sites that an editor or viewer sees; owners and admins see all."""

    id: RowId = Field(examples=[4])
    name: str = Field(examples=["Grace Hopper"])
    email: str = Field(examples=["grace@example.com"])
    role: str = Field(examples=["editor"])
    site_ids: list[int] = Field(examples=[[1]])
    created_at: Instant
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, row: Membership) -> "MemberShown":
        """The member as it is answered."""
        rights = members.rights_of(row)
        return cls(
            id=row.id,
            name=row.user.name,
            email=row.user.email,
            role=row.role,
            site_ids=rights["sites"],
            created_at=row.created_at,
            etag=etag(rights),
        )


class MemberGiven(Given):
    """The role of a member, and which sites they see as an editor or viewer."""

    role: GIVEN_ROLES = Field(examples=["editor"])
    site_ids: list[RowId] = Field(default_factory=list, max_length=1000, examples=[[1]])


class NewInvitation(MemberGiven):
    """Whom to invite."""

    email: str = Field(min_length=3, max_length=254, examples=["grace@example.com"])


class InvitationShown(Shown):
    """An invitation: `pending`, `accepted` or `revoked`. Its link went by mail, and works until `expires_at`."""

    id: RowId = Field(examples=[3])
    email: str = Field(examples=["grace@example.com"])
    role: str = Field(examples=["editor"])
    site_ids: list[int] = Field(examples=[[1]])
    state: str = Field(examples=["pending"])
    sends: int = Field(examples=[1])
    expires_at: Instant
    created_at: Instant


class RemovedShown(Shown):
    """Who was removed, which of their open invitations were revoked, and which keys of SystemBot they know."""

    name: str = Field(examples=["Grace Hopper"])
    invited: list[str] = Field(examples=[[]])
    known_keys: list[str] = Field(examples=[[]])


def invitations_limit_key() -> str:
    """What invitations by programs are counted under: the account's."""
    return f"api-invite:{current_account_id()}"


def _own_sites(site_ids: list[int]) -> list[int]:
    """The sites. Raises NotFound for one that the token does not see."""
    owned_many(Site, site_ids, current_account_id())
    return site_ids


@api_endpoint("GET", "/team/members/", MANAGE)
def show_members() -> RowPage[MemberShown]:
    """List the members, the owner first. All of them are on one page."""
    return whole_list([MemberShown.of(row) for row in members.list_members(current_account_id())])


@api_endpoint("GET", MEMBER, MANAGE)
def show_member(member_id: int) -> MemberShown:
    """One member, with an ETag of role and sites."""
    return MemberShown.of(members.get_member(current_account_id(), member_id))


@api_endpoint("PUT", MEMBER, MANAGE, matches=True)
def change_role_of_member(member_id: int, body: MemberGiven) -> MemberShown:
    """Change role and sites of a member. The owner's role changes by transferring the account, on its page."""
    changed = members.change_member(
        current_account_id(),
        current_actor(),
        member_id,
        role=body.role,
        site_ids=_own_sites(body.site_ids),
        expected=expected_etag(),
    )
    return MemberShown.of(changed)


@api_endpoint("DELETE", MEMBER, MANAGE)
def remove_team_member(member_id: int) -> RemovedShown:
    """Take somebody out of the account, with their tokens. What they made stays."""
    return RemovedShown.model_validate(actions.remove_member(current_account_id(), current_actor(), member_id))


@api_endpoint("GET", "/team/invitations/", MANAGE)
def show_invitations() -> RowPage[InvitationShown]:
    """List the invitations that nobody answered, the newest first, on one page; expired ones too."""
    return whole_list([InvitationShown.model_validate(row) for row in invitations.list_pending(current_account_id())])


@api_endpoint("POST", "/team/invitations/", MANAGE, status=201)
@limiter.limit(INVITES, key_func=invitations_limit_key)
def invite_member(body: NewInvitation) -> InvitationShown:
    """Invite an address by mail. 409 when it is a member or invited already."""
    row = actions.send_invitation(
        current_account_id(),
        current_actor(),
        email=body.email,
        role=body.role,
        site_ids=_own_sites(body.site_ids),
    )
    return InvitationShown.model_validate(row)


@api_endpoint("POST", f"{INVITATION}resend/", MANAGE)
@limiter.limit(INVITES, key_func=invitations_limit_key)
def mail_invitation_again(invitation_id: int) -> InvitationShown:
    """Mail a new link, which voids the one before. 409 when it was answered or revoked."""
    row = actions.resend_invitation(current_account_id(), current_actor(), invitation_id)
    return InvitationShown.model_validate(row)


@api_endpoint("POST", f"{INVITATION}revoke/", MANAGE)
def revoke_open_invitation(invitation_id: int) -> InvitationShown:
    """Revoke an invitation. 409 when it was answered or revoked."""
    row = invitations.revoke_invitation(current_account_id(), current_actor(), invitation_id)
    return InvitationShown.model_validate(row)
