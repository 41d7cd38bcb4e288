"""Permissions of the Linker."""

from app.core.permissions import AnyPermission


class LinkerPermission(AnyPermission):
    """Seeing links and proposals, putting links into texts, and the rules of a site."""

    READ = "linker:read"
    WRITE = "linker:write"
    MANAGE = "linker:manage"
