"""Moving in from the old plugin, as a feature."""

from datetime import timedelta

from app.core.features import AuditGroup, Feature, SettingsPage
from app.core.languages import N_
from app.core.roles import MANAGERS
from app.core.scheduler import Periodic
from app.legacy_import.permissions import LegacyPermission
from app.legacy_import.routes import bp
from app.legacy_import.run_kinds import KINDS
from app.legacy_import.shelves import DUMPS
from app.legacy_import.takeover import SUBSCRIBERS, start_all
from app.legacy_import.upkeep import forget_passwords
from app.sites import hooks


def _connect() -> None:
    hooks.site_paired.add(start_all)


FEATURE = Feature(
    key="legacy_import",
    place=135,
    blueprints=(bp,),
    permissions={LegacyPermission.READ: MANAGERS, LegacyPermission.MANAGE: MANAGERS},
    scopes={
        LegacyPermission.READ: N_("Read imports of the old plugin"),
        LegacyPermission.MANAGE: N_("Move in from the old plugin"),
    },
    run_kinds=KINDS,
    shelves=(DUMPS,),
    periodic=(Periodic("forget_legacy_passwords", timedelta(hours=1), forget_passwords),),
    audit_words={
        "legacy.read": N_("Old plugin read"),
        "legacy.moved": N_("Old plugin moved in"),
        "legacy.undone": N_("Import of the old plugin undone"),
        "legacy.mended": N_("Mended rows of the old plugin given back"),
        "legacy.taken_over": N_("Posts of the old plugin handed over"),
        "legacy.forgotten": N_("What was read of the old plugin deleted"),
    },
    audit_groups=(AuditGroup("legacy", N_("Moving in"), 137),),
    settings_pages=(SettingsPage(N_("Move in"), "legacy_import.index", 95, LegacyPermission.READ),),
    subscribers=SUBSCRIBERS,
    connect=_connect,
    item_links={"legacy_import": ("legacy_import.show", "legacy_id")},
    guide={"legacy_import": "moving-in"},
)
