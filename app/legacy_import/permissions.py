"""Permissions of moving in."""

from app.core.permissions import AnyPermission


class LegacyPermission(AnyPermission):
    """Looking at what was moved in of an old plugin; moving an installation in, and undoing it."""

    READ = "legacy:read"
    MANAGE = "legacy:manage"
