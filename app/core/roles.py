"""What each role may do: the one table that routes, templates, tokens and the API read.

A permission is called ``resource:action``, and is a scope of API tokens under the same name where `SCOPE_WORDS` has
words for it. Features bring permissions of their own (`Feature.permissions`).
"""

from app.core import features
from app.core.languages import N_
from app.core.permissions import AnyPermission, Permission

ROLES = ("owner", "admin", "editor", "viewer", "systembot")

OWNER = frozenset({"owner"})
MANAGERS = OWNER | {"admin"}
PEOPLE = MANAGERS | {"editor", "viewer"}
# SystemBot has no pages: it comes with a token, to the API alone.
READERS = PEOPLE | {"systembot"}
EDITORS = READERS - {"viewer"}

P = Permission
TABLE: dict[AnyPermission, frozenset[str]] = {
    P.PROFILE_MANAGE: PEOPLE,
    **dict.fromkeys((P.ACCOUNT_READ, P.SITES_READ, P.PLANNER_READ, P.WRITER_READ, P.CONTENT_READ), READERS),
    **dict.fromkeys((P.PLANNER_WRITE, P.WRITER_WRITE, P.CONTENT_WRITE, P.CONTENT_PUBLISH, P.RUNS_CONTROL), EDITORS),
    **dict.fromkeys((P.SITES_MANAGE, P.ACCOUNT_MANAGE, P.ACCOUNT_EXPORT, P.AI_MANAGE, P.TEAM_MANAGE), MANAGERS),
    P.BILLING_READ: MANAGERS,
    **dict.fromkeys((P.BILLING_MANAGE, P.ACCOUNT_OWN), OWNER),
}
WITHOUT_PAGES = frozenset({"systembot"})
GRANTED_SITES_ONLY = frozenset({"editor", "viewer"})

ROLE_WORDS: dict[str, tuple[str, str]] = {
    "owner": (N_("Owner"), N_("Everything, with billing, transfer and deletion of the account")),
    "admin": (N_("Admin"), N_("Content, sites, team and settings of the account; sees billing")),
    "editor": (N_("Editor"), N_("Plans, writes and publishes on granted sites")),
    "viewer": (N_("Viewer"), N_("Reads granted sites")),
    "systembot": (N_("SystemBot"), N_("Automation through the API, without pages")),
}
SCOPE_WORDS: dict[AnyPermission, str] = {
    P.ACCOUNT_READ: N_("Read the account"),
    P.SITES_READ: N_("Read sites"),
    P.PLANNER_READ: N_("Read keywords, clusters and ideas"),
    P.PLANNER_WRITE: N_("Change keywords, clusters and ideas"),
    P.WRITER_READ: N_("Read tasks and drafts"),
    P.WRITER_WRITE: N_("Make tasks and drafts"),
    P.CONTENT_READ: N_("Read content"),
    P.CONTENT_WRITE: N_("Change content"),
    P.CONTENT_PUBLISH: N_("Publish and schedule"),
    P.RUNS_CONTROL: N_("Cancel and retry runs"),
    P.BILLING_READ: N_("Read credits and usage"),
    P.SITES_MANAGE: N_("Add, change and connect sites"),
    P.TEAM_MANAGE: N_("Manage members and invitations"),
    P.ACCOUNT_MANAGE: N_("Manage webhooks and modules, read the audit log"),
    P.ACCOUNT_EXPORT: N_("Export everything"),
    P.AI_MANAGE: N_("Manage AI providers and limits, read calls to models"),
    P.PROFILE_MANAGE: N_("Keep views of lists, change one’s own profile and mails"),
}


def roles_by_permission() -> dict[AnyPermission, frozenset[str]]:
    """The roles of each permission: ours and those that features bring."""
    return {**TABLE, **features.permissions()}


def scope_words() -> dict[AnyPermission, str]:
    """The permissions that a token may be given, in words."""
    return {**SCOPE_WORDS, **features.scopes()}


def permissions_of(role: str) -> frozenset[AnyPermission]:
    """All that a role may do."""
    return frozenset(name for name, roles in roles_by_permission().items() if role in roles)


def allows(role: str | None, permission: AnyPermission) -> bool:
    """True when `role` may do `permission`."""
    return role in roles_by_permission().get(permission, frozenset())
