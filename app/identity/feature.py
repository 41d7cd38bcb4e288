"""Who somebody is: signing in, password, second factor, browsers and profile, as a feature."""

from datetime import timedelta

from app.core.features import Feature
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
    blueprints=(bp, settings, outbox),
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
    },
)
