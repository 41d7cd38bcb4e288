"""Permissions of Automation."""

from app.core.permissions import AnyPermission


class AutomationPermission(AnyPermission):
    """Reading rules and what they did, and changing or running them.

    A rule may do no more than whoever saves or switches it on: its actions need their own permissions too.
    """

    READ = "automation:read"
    WRITE = "automation:write"
