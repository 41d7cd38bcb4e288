"""Permissions of the Site Builder."""

from app.core.permissions import AnyPermission


class SiteBuilderPermission(AnyPermission):
    """Seeing planned sites, and planning and changing them."""

    READ = "sitebuilder:read"
    WRITE = "sitebuilder:write"
