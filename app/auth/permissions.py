"""What each role may do: the one table that routes and templates read."""

PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": frozenset(
        {"view", "plan", "write", "edit_content", "publish", "manage_sites", "manage_account", "billing"}
    ),
    "admin": frozenset({"view", "plan", "write", "edit_content", "publish", "manage_sites", "manage_account"}),
    "editor": frozenset({"view", "plan", "write", "edit_content", "publish"}),
    "viewer": frozenset({"view"}),
    "systembot": frozenset(),
}


def allows(role: str | None, permission: str) -> bool:
    """True when `role` may do `permission`."""
    return role is not None and permission in PERMISSIONS.get(role, frozenset())
