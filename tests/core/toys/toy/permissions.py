"""The toy's permission."""

from app.core.permissions import AnyPermission


class ToyPermission(AnyPermission):
    """Playing."""

    WRITE = "toy:write"
