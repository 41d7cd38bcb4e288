"""Sites and their link to WordPress, as a feature."""

from datetime import timedelta

from app.core.features import Entry, Feature, SettingsTab
from app.core.permissions import Permission
from app.core.scheduler import Periodic
from app.sites.nonces import forget_old_nonces
from app.sites.plugin_routes import bp as integrations
from app.sites.routes import bp

FEATURE = Feature(
    key="sites",
    blueprints=(bp, integrations),
    navigation=(Entry("Sites", "sites.index", "world", place=60),),
    periodic=(Periodic("forget_old_nonces", timedelta(minutes=10), forget_old_nonces),),
    audit_words={
        "site.added": "Site added",
        "site.switched": "Site switched",
        "site.settings_changed": "Site settings changed",
        "site.access_changed": "Site access changed",
        "site.password_changed": "Site password changed",
        "site.connection_made": "Connection key made",
        "site.rules_changed": "Publishing rules changed",
        "site.connected": "Site connected",
        "deleted.sector": "Sector deleted",
    },
    settings_tabs=(
        SettingsTab("general", "General", 10),
        SettingsTab("sectors", "Sectors", 20),
        SettingsTab("wordpress", "WordPress", 30),
        SettingsTab("publishing", "Publishing", 50),
        SettingsTab("access", "Access", 60, permission=Permission.TEAM_MANAGE),
    ),
)
