"""What each role may do: the one table that routes, templates, tokens and the API read."""

from app.core import features

ROLES = ("owner", "admin", "editor", "viewer", "systembot")

# Which roles have each permission. SystemBot has no pages: it comes with a token, to the API alone.
TABLE: dict[str, frozenset[str]] = {
    "self": frozenset({"owner", "admin", "editor", "viewer"}),
    "view": frozenset({"owner", "admin", "editor", "viewer", "systembot"}),
    "plan": frozenset({"owner", "admin", "editor", "systembot"}),
    "write": frozenset({"owner", "admin", "editor", "systembot"}),
    "edit_content": frozenset({"owner", "admin", "editor", "systembot"}),
    "publish": frozenset({"owner", "admin", "editor", "systembot"}),
    "manage_sites": frozenset({"owner", "admin"}),
    "manage_account": frozenset({"owner", "admin"}),
    "manage_team": frozenset({"owner", "admin"}),
    "export": frozenset({"owner", "admin"}),
    "view_billing": frozenset({"owner", "admin"}),
    "billing": frozenset({"owner"}),
    "own_account": frozenset({"owner"}),
}
WITHOUT_PAGES = frozenset({"systembot"})
GRANTED_SITES_ONLY = frozenset({"editor", "viewer"})

ROLE_WORDS: dict[str, tuple[str, str]] = {
    "owner": ("Owner", "Everything, with billing, transfer and deletion of the account"),
    "admin": ("Admin", "Content, sites, team and settings of the account; sees billing"),
    "editor": ("Editor", "Plans, writes and publishes on granted sites"),
    "viewer": ("Viewer", "Reads granted sites"),
    "systembot": ("SystemBot", "Automation through the API, without pages"),
}
SCOPE_WORDS: dict[str, str] = {
    "view": "Read",
    "plan": "Keywords, clusters and ideas",
    "write": "Tasks and drafts",
    "edit_content": "Change content",
    "publish": "Publish and schedule",
}


def table() -> dict[str, frozenset[str]]:
    """The roles of each permission: ours and those that features bring."""
    return {**TABLE, **features.permissions()}


def scope_words() -> dict[str, str]:
    """The permissions that a token may be given, in words."""
    return {**SCOPE_WORDS, **features.scopes()}


def permissions_of(role: str) -> frozenset[str]:
    """All that a role may do."""
    return frozenset(name for name, roles in table().items() if role in roles)


def allows(role: str | None, permission: str) -> bool:
    """True when `role` may do `permission`."""
    return role in table().get(permission, frozenset())
