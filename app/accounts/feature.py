"""Accounts, the people in them and what they may do, as a feature."""

from app.accounts import (
    api_routes,
    audit_routes,
    invitation_routes,
    module_routes,
    routes,
    settings_routes,
    team_routes,
    token_routes,
)
from app.accounts.blueprints import api
from app.accounts.hooks import connect
from app.core.features import Entry, Feature

ROUTES = (
    api_routes,
    audit_routes,
    invitation_routes,
    module_routes,
    routes,
    settings_routes,
    team_routes,
    token_routes,
)

FEATURE = Feature(
    key="accounts",
    blueprints=(api,),
    navigation=(Entry("Settings", "account.index", "settings", place=100),),
    audit_words={
        "member.joined": "Member joined",
        "member.changed": "Member changed",
        "member.left": "Member left",
        "member.removed": "Member removed",
        "invitation.sent": "Invitation sent",
        "invitation.sent_again": "Invitation sent again",
        "invitation.revoked": "Invitation revoked",
        "account.made": "Account made",
        "account.renamed": "Account renamed",
        "account.transferred": "Ownership transferred",
        "account.deletion_asked": "Deletion asked for",
        "account.deletion_taken_back": "Deletion taken back",
        "api_key.made": "API token made",
        "api_key.revoked": "API token revoked",
        "module.switched": "Module switched",
    },
    connect=connect,
)
