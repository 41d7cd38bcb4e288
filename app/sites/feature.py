"""Sites and their link to WordPress, as a feature."""

from datetime import timedelta
from typing import Any

from app.accounts import hooks
from app.core.features import DELETIONS, Action, AuditGroup, Entry, Feature, SettingsTab
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic
from app.core.templating import Later
from app.sites.current import all_sites, site_of_frame
from app.sites.nonces import forget_old_nonces
from app.sites.plugin_routes import bp as integrations
from app.sites.routes import bp
from app.sites.services import account_sites


def _frame() -> dict[str, Any]:
    return {"all_sites": Later(all_sites), "current_site": Later(site_of_frame)}


def _connect() -> None:
    hooks.account_sites.add(account_sites)


FEATURE = Feature(
    key="sites",
    place=100,
    blueprints=(bp, integrations),
    machines=(integrations,),
    json_paths=("/integrations/",),
    navigation=(Entry(N_("Sites"), "sites.index", "world", place=60),),
    periodic=(Periodic("forget_old_nonces", timedelta(minutes=10), forget_old_nonces),),
    audit_words={
        "site.added": N_("Site added"),
        "site.switched": N_("Site switched"),
        "site.settings_changed": N_("Site settings changed"),
        "site.access_changed": N_("Site access changed"),
        "site.password_changed": N_("Site password changed"),
        "site.connection_made": N_("Connection key made"),
        "site.rules_changed": N_("Publishing rules changed"),
        "site.connected": N_("Site connected"),
        "site.sector_added": N_("Sector added"),
        "site.sector_renamed": N_("Sector renamed"),
        "deleted.sector": N_("Sector deleted"),
    },
    settings_tabs=(
        SettingsTab("general", N_("General"), 10),
        SettingsTab("sectors", N_("Sectors"), 20),
        SettingsTab("wordpress", N_("WordPress"), 30),
        SettingsTab(
            "publishing",
            N_("Publishing"),
            50,
            endpoint="sites.show_rules",
            region="rules",
            waiting=N_("Asking WordPress for its rules."),
            link=N_("Show the publishing rules"),
        ),
        SettingsTab("access", N_("Access"), 60, permission=Permission.TEAM_MANAGE),
    ),
    guide={"sites": "connect-wordpress"},
    actions=(Action(N_("Add site"), "sites.new", "plus", place=40, permission=Permission.SITES_MANAGE),),
    audit_groups=(AuditGroup("site", N_("Sites"), 50), DELETIONS),
    frame=_frame,
    connect=_connect,
)
