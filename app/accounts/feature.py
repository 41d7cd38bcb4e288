"""Accounts, the people in them and what they may do, as a feature."""

from typing import Any

from flask import g

from app.accounts import (
    audit_routes,
    invitation_routes,
    module_routes,
    routes,
    settings_routes,
    team_routes,
    token_routes,
)
from app.accounts.answers import connect
from app.core.features import AuditGroup, Entry, Feature, SettingsPage
from app.core.languages import N_
from app.core.permissions import Permission

ROUTES = (
    audit_routes,
    invitation_routes,
    module_routes,
    routes,
    settings_routes,
    team_routes,
    token_routes,
)


def _frame() -> dict[str, Any]:
    return {"all_accounts": g.get("accounts", [])}


FEATURE = Feature(
    key="accounts",
    place=140,
    navigation=(Entry(N_("Settings"), "account.index", "settings", place=100),),
    audit_words={
        "member.joined": N_("Member joined"),
        "member.changed": N_("Member changed"),
        "member.left": N_("Member left"),
        "member.removed": N_("Member removed"),
        "invitation.sent": N_("Invitation sent"),
        "invitation.sent_again": N_("Invitation sent again"),
        "invitation.revoked": N_("Invitation revoked"),
        "account.made": N_("Account made"),
        "account.renamed": N_("Account renamed"),
        "account.transferred": N_("Ownership transferred"),
        "account.deletion_asked": N_("Deletion asked for"),
        "account.deletion_taken_back": N_("Deletion undone"),
        "api_key.made": N_("API token made"),
        "api_key.revoked": N_("API token revoked"),
        "module.switched": N_("Module switched"),
    },
    audit_groups=(
        AuditGroup("member", N_("Members"), 20),
        AuditGroup("invitation", N_("Invitations"), 30),
        AuditGroup("account", N_("Account"), 40),
        AuditGroup("api_key", N_("API tokens"), 120),
        AuditGroup("module", N_("Modules"), 180),
    ),
    settings_pages=(
        SettingsPage(N_("Account"), "account.general", 30, Permission.PROFILE_MANAGE),
        SettingsPage(N_("Team"), "account.team", 40, Permission.TEAM_MANAGE),
        SettingsPage(N_("Modules"), "account.modules", 70, Permission.ACCOUNT_MANAGE),
        SettingsPage(N_("API tokens"), "account.tokens", 80, Permission.PROFILE_MANAGE),
        SettingsPage(N_("Audit log"), "account.audit_log", 90, Permission.ACCOUNT_MANAGE),
    ),
    frame=_frame,
    connect=connect,
)
