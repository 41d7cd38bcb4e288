"""Signing in, accounts and their people, as a feature."""

from datetime import timedelta

from app.auth import mail_tokens, sessions
from app.auth.hooks import connect
from app.auth.routes import api, bp, outbox, settings
from app.core.features import Entry, Feature
from app.core.scheduler import Periodic

FEATURE = Feature(
    key="accounts",
    blueprints=(bp, settings, outbox, api),
    navigation=(Entry("Settings", "account.index", "settings", place=100),),
    periodic=(
        Periodic("forget_old_links", timedelta(hours=6), mail_tokens.forget_old),
        Periodic("forget_old_sessions", timedelta(hours=6), sessions.forget_old),
    ),
    audit_words={
        "person.signed_in": "Signed in",
        "person.signed_out": "Signed out",
        "person.sign_in_failed": "Sign-in failed",
        "person.second_factor_failed": "Wrong second factor",
        "person.second_factor_on": "Second factor switched on",
        "person.second_factor_off": "Second factor switched off",
        "person.recovery_code_used": "Recovery code used",
        "person.recovery_codes_made": "Recovery codes made",
        "person.password_changed": "Password changed",
        "person.password_reset": "Password set anew",
        "person.password_reset_asked": "Link to a new password sent",
        "person.email_changed": "E-mail address changed",
        "person.email_confirmed": "E-mail address confirmed",
        "person.renamed": "Name changed",
        "person.session_ended": "Another browser signed out",
        "person.signed_out_elsewhere": "Signed out elsewhere",
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
