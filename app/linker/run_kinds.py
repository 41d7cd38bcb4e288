"""Kinds of run of the Linker."""

from app.core.languages import N_
from app.core.runs.kinds import RunKind, RunWords
from app.linker.permissions import LinkerPermission

LINK_CONTENT = RunKind(
    "link_content",
    "jobs.linker.link_contents",
    N_("Internal links"),
    permission=LinkerPermission.WRITE,
    module="linker",
    operation="linking",
    pauses=True,
    words=RunWords(noun=N_("linking"), link=N_("View the links")),
)
UNDO_LINKS = RunKind(
    "undo_links",
    "jobs.linker.undo_links",
    N_("Taking links out"),
    permission=LinkerPermission.WRITE,
    module="linker",
)
READ_PAGES = RunKind(
    "read_pages",
    "jobs.linker.read_pages",
    N_("Reading pages for links"),
    permission=LinkerPermission.WRITE,
    module="linker",
    queue="bulk",
    unattended=True,
)
PLAN_LINKS = RunKind(
    "plan_links",
    "jobs.linker.plan_links",
    N_("Link plan"),
    permission=LinkerPermission.WRITE,
    module="linker",
    queue="bulk",
    words=RunWords(noun=N_("link plan"), link=N_("View the plan")),
)
APPLY_LINK_PLAN = RunKind(
    "apply_link_plan",
    "jobs.linker.apply_link_plan",
    N_("Changes of the link plan"),
    permission=LinkerPermission.WRITE,
    module="linker",
    pauses=True,
    words=RunWords(noun=N_("change of links"), link=N_("View the links")),
)
KINDS = (LINK_CONTENT, UNDO_LINKS, READ_PAGES, PLAN_LINKS, APPLY_LINK_PLAN)


def linking_lane(account_id: int) -> str:
    """The lane of runs that work for minutes: an account's go one after the other."""
    return f"linking:{account_id}"


def reading_lane(site_id: int) -> str:
    """The lane of runs that read the pages of a site: one after the other."""
    return f"link-pages:{site_id}"
