"""Permissions of the Optimizer."""

from app.core.permissions import AnyPermission


class OptimizerPermission(AnyPermission):
    """Reading scores and assessments, and scoring, dismissing and improving."""

    READ = "optimizer:read"
    WRITE = "optimizer:write"
