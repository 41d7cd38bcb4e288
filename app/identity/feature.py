"""Who somebody is: signing in, password, second factor, browsers and profile, as a feature."""

from datetime import timedelta

from app.core.features import AuditGroup, Feature, SettingsPage
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic
from app.identity import (
    in_place_routes,
    mail_tokens,
    outbox_routes,
    password_routes,
    profile_routes,
    routes,
    second_step,
    security_routes,
    sessions,
)
from app.identity.blueprints import bp, outbox, settings

ROUTES = (in_place_routes, outbox_routes, password_routes, profile_routes, routes, second_step, security_routes)

FEATURE = Feature(
    key="identity",
    place=130,
    blueprints=(bp, settings, outbox),
    periodic=(
        Periodic("forget_old_links", timedelta(hours=6), mail_tokens.forget_old),
        Periodic("forget_old_sessions", timedelta(hours=6), sessions.forget_old),
    ),
    audit_words={
        "person.signed_in": N_("Signed in"),
        "person.signed_out": N_("Signed out"),
        "person.sign_in_failed": N_("Sign-in failed"),
        "person.second_factor_failed": N_("Wrong second factor"),
        "person.second_factor_on": N_("Second factor switched on"),
        "person.second_factor_off": N_("Second factor switched off"),
        "person.recovery_code_used": N_("Recovery code used"),
        "person.recovery_codes_made": N_("Recovery codes made"),
        "person.password_changed": N_("Password changed"),
        "person.password_reset": N_("Password set anew"),
        "person.password_reset_asked": N_("Link to a new password sent"),
        "person.email_changed": N_("E-mail address changed"),
        "person.email_confirmed": N_("E-mail address confirmed"),
        "person.renamed": N_("Name changed"),
        "person.session_ended": N_("Another browser signed out"),
        "person.signed_out_elsewhere": N_("Signed out elsewhere"),
    },
    guide={"account": "account"},
    audit_groups=(AuditGroup("person", N_("Signing in and security"), 10),),
    settings_pages=(
        SettingsPage(N_("Profile"), "account.profile", 10, Permission.PROFILE_MANAGE, group=N_("You")),
        SettingsPage(N_("Password and security"), "account.security", 20, Permission.PROFILE_MANAGE, group=N_("You")),
    ),
)
