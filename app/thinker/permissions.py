"""Permissions of Thinker."""

from app.core.permissions import AnyPermission


class ThinkerPermission(AnyPermission):
    """Reading, writing what is not live, and deciding what is."""

    READ = "thinker:read"
    WRITE = "thinker:write"
    LIVE = "thinker:live"
