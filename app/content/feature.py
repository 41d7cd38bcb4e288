"""The Content Manager, as a feature."""

from datetime import timedelta

from app.content import cluster_hooks
from app.content.bulk.services import lock_contents_of_sector
from app.content.bulk.upkeep import forget_old
from app.content.cells import LISTS
from app.content.editing.revisions import thin_out
from app.content.finder import find_content
from app.content.images.shelves import IMAGES, RENDITIONS
from app.content.links.services import forget_old_checks
from app.content.listing import ANY_LIVE
from app.content.routes import bp
from app.content.run_kinds import KINDS
from app.content.state import DRAFT, SCHEDULED
from app.core.features import BULK_CHANGES, Action, AuditGroup, EditorPanel, Entry, Feature, Finder, Stage
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic
from app.sites.hooks import sector_deleting


def connect() -> None:
    """Register with the hooks of other features."""
    cluster_hooks.connect()
    sector_deleting.add(lock_contents_of_sector)


FEATURE = Feature(
    key="content",
    place=40,
    blueprints=(bp,),
    navigation=(Entry(N_("Content"), "content.index", "file-text", place=40),),
    periodic=(
        Periodic("thin_out_versions", timedelta(hours=24), thin_out),
        Periodic("forget_bulk_edits", timedelta(hours=24), forget_old),
        Periodic("forget_link_checks", timedelta(hours=24), forget_old_checks),
        Periodic("tidy_image_files", timedelta(hours=24), "jobs.content.hand_out_tidying"),
    ),
    audit_words={
        "bulk.content_changed": N_("Content changed"),
        "content.created": N_("Content made by hand"),
        "content.duplicated": N_("Content duplicated"),
        "content.trashed": N_("Content moved to the trash"),
        "content.restored": N_("Content restored from the trash"),
        "content.deleted": N_("Content deleted for good"),
    },
    actions=(
        Action(
            N_("Drafts"),
            "content.index",
            "file-text",
            place=60,
            permission=Permission.CONTENT_READ,
            query="?state=draft",
        ),
    ),
    editor_panels=(
        EditorPanel("other-sites", N_("Do links to other sites work?"), "content.show_links", place=10, tab="links"),
    ),
    finders=(Finder(N_("Content"), "file-text", 10, find_content),),
    direct_jobs=(
        "jobs.content.make_image_renditions",
        "jobs.content.remove_image_files",
        "jobs.content.tidy_image_files",
    ),
    audit_groups=(
        AuditGroup("content", N_("Content"), 60),
        BULK_CHANGES,
    ),
    connect=connect,
    stages=(
        Stage(N_("Drafts"), "drafts", "content.index", 50, {"state": DRAFT}, every_site=True),
        Stage(N_("Scheduled"), "scheduled", "content.index", 60, {"state": SCHEDULED}, every_site=True),
        Stage(N_("Live"), "live", "content.index", 70, {"state": ANY_LIVE}, every_site=True),
    ),
    item_links={"content": ("content.edit", "content_id")},
    run_kinds=KINDS,
    shelves=(IMAGES, RENDITIONS),
    guide={
        "content": "editor",
        "content.index": "content",
        "content.by_cluster": "content",
        "content.show_links": "editor#links",
        "content.new": "content#making-copying-taking-away",
        "content.trash": "content#making-copying-taking-away",
        "content.ask_delete": "content#making-copying-taking-away",
        "content.history": "editor#history",
        "content.revision": "editor#history",
    },
    lists=LISTS,
)
