"""The Site Builder, as a feature."""

from datetime import timedelta

from app.core import hooks
from app.core.costs import Cost
from app.core.features import AuditGroup, Entry, Feature, Module
from app.core.languages import N_
from app.core.roles import EDITORS, READERS
from app.core.scheduler import Periodic
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.routes import bp
from app.sitebuilder.run_kinds import KINDS
from app.sitebuilder.structure.ai_structure import SITE_STRUCTURE
from app.sitebuilder.structure.ai_texts import SITE_PAGE, SITE_SECTION
from app.sitebuilder.structure.runs import settle_status


def connect() -> None:
    """Be told when a structure is no longer being made."""
    hooks.run_ended.add(settle_status)


FEATURE = Feature(
    key="sitebuilder",
    place=125,
    blueprints=(bp,),
    navigation=(
        Entry(
            N_("Site Builder"),
            "site_builder.index",
            "template",
            place=82,
            children=((N_("Planned sites"), "site_builder.index"), (N_("Files"), "site_builder.assets")),
        ),
    ),
    module=Module(
        "site_builder",
        N_("Site Builder"),
        N_("Whole sites from a few answers: pages, sections and texts, shown as they will look before they are live."),
        "template",
        is_on=False,
    ),
    permissions={SiteBuilderPermission.READ: READERS, SiteBuilderPermission.WRITE: EDITORS},
    scopes={
        SiteBuilderPermission.READ: N_("Read planned sites"),
        SiteBuilderPermission.WRITE: N_("Plan and change sites"),
    },
    run_kinds=KINDS,
    ai_operations=(SITE_STRUCTURE, SITE_PAGE, SITE_SECTION),
    credit_operations={
        "site_structure": Cost(N_("Structure of a site"), 50, "structure"),
        "site_page": Cost(N_("Texts of a site’s page"), 20, "page"),
        "site_section": Cost(N_("Section of a site’s page"), 5, "section"),
    },
    audit_words={
        "site_plan.created": N_("Site planned"),
        "site_plan.renamed": N_("Planned site renamed"),
        "site_plan.duplicated": N_("Planned site duplicated"),
        "site_plan.trashed": N_("Planned site moved to the trash"),
        "site_plan.restored": N_("Planned site restored"),
        "site_plan.structure_started": N_("Structure of a site started"),
        "site_plan.texts_started": N_("Texts of a site started"),
        "site_plan.deploy_started": N_("Deploy of a site started"),
        "site_plan.deploy_taken_back": N_("Roll-back of a site started"),
        "site_plan.asset_uploaded": N_("File of a site uploaded"),
        "site_plan.asset_described": N_("Words of a site’s file changed"),
        "site_plan.asset_deleted": N_("File of a site deleted"),
    },
    audit_groups=(AuditGroup("site_plan", N_("Site Builder"), 78),),
    guide={
        "site_builder": "site-builder",
        "site_builder.show_deploy": "site-builder#deploy",
        "site_builder.assets": "site-builder#files",
        "site_builder.show_asset": "site-builder#files",
    },
    item_links={"site_blueprint": ("site_builder.canvas", "blueprint_id")},
    shelves=(ASSETS,),
    periodic=(Periodic("tidy_site_assets", timedelta(hours=24), "jobs.sitebuilder.hand_out_tidying"),),
    direct_jobs=("jobs.sitebuilder.tidy_site_assets",),
    connect=connect,
)
