"""Internal links, as a feature."""

from app.core.costs import Cost
from app.core.features import AuditGroup, EditorPanel, Entry, Feature, Module
from app.core.languages import N_
from app.core.roles import EDITORS, MANAGERS, READERS
from app.linker.ai_sentence import LINK_SENTENCE
from app.linker.keeping_up import SUBSCRIBERS
from app.linker.listing import LISTS
from app.linker.permissions import LinkerPermission
from app.linker.routes import bp
from app.linker.run_kinds import KINDS

FEATURE = Feature(
    key="linker",
    place=115,
    blueprints=(bp,),
    navigation=(Entry(N_("Linker"), "linker.index", "link", place=80),),
    module=Module("linker", N_("Linker"), N_("Internal links: proposed, put into texts, and taken out again."), "link"),
    permissions={
        LinkerPermission.READ: READERS,
        LinkerPermission.WRITE: EDITORS,
        LinkerPermission.MANAGE: MANAGERS,
    },
    scopes={
        LinkerPermission.READ: N_("Read internal links and proposals"),
        LinkerPermission.WRITE: N_("Put internal links into texts"),
        LinkerPermission.MANAGE: N_("Change the rules for links"),
    },
    run_kinds=KINDS,
    lists=LISTS,
    subscribers=SUBSCRIBERS,
    ai_operations=(LINK_SENTENCE,),
    credit_operations={"linking": Cost(N_("Internal links"), 8, "content")},
    editor_panels=(
        EditorPanel(
            "internal-links",
            N_("Internal links"),
            "linker.panel",
            place=40,
            permission=LinkerPermission.READ,
            tab="links",
        ),
    ),
    audit_words={
        "links.started": N_("Internal links looked for"),
        "links.added": N_("Internal links put in"),
        "links.removed": N_("Internal links taken out"),
        "links.undone": N_("Batch of internal links undone"),
        "links.planned": N_("Link plan made"),
        "links.plan_applied": N_("Changes of the link plan made"),
        "links.repairs_undone": N_("Mended links put back"),
        "links.settings_saved": N_("Rules for internal links changed"),
    },
    audit_groups=(AuditGroup("links", N_("Internal links"), 75),),
    guide={"linker": "linker", "linker.show_plan": "linker#the-link-plan"},
)
