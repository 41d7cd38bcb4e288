"""Permissions, called ``resource:action``: routes, templates, kinds of run and tokens name these."""

from enum import StrEnum


class AnyPermission(StrEnum):
    """What the enums of permissions have in common: this one, and those of features."""


class Permission(AnyPermission):
    """Permissions of the application itself; features bring more."""

    PROFILE_MANAGE = "profile:manage"
    ACCOUNT_READ = "account:read"
    ACCOUNT_MANAGE = "account:manage"
    ACCOUNT_EXPORT = "account:export"
    ACCOUNT_OWN = "account:own"
    AI_MANAGE = "ai:manage"
    TEAM_MANAGE = "team:manage"
    BILLING_READ = "billing:read"
    BILLING_MANAGE = "billing:manage"
    SITES_READ = "sites:read"
    SITES_MANAGE = "sites:manage"
    PLANNER_READ = "planner:read"
    PLANNER_WRITE = "planner:write"
    WRITER_READ = "writer:read"
    WRITER_WRITE = "writer:write"
    CONTENT_READ = "content:read"
    CONTENT_WRITE = "content:write"
    CONTENT_PUBLISH = "content:publish"
    RUNS_CONTROL = "runs:control"
