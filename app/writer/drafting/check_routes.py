"""What a draft lacks of its brief, next to it in the editor and on a page of its own."""

from app.core.access import current_account_id, offers, requires
from app.core.htmx import page_or_partial
from app.core.languages import N_
from app.core.permissions import Permission
from app.sites.current import work_on
from app.writer.blueprint import bp
from app.writer.drafting import proposals
from app.writer.drafting.checking import checked_draft
from app.writer.pictures.services import planned_images

TITLES = {
    "length": N_("Length"),
    "headings": N_("Outline"),
    "primary": N_("Primary keyword"),
    "secondary": N_("Secondary keywords"),
    "links": N_("Links"),
    "chosen_links": N_("Pages to link to"),
    "placeholders": N_("Placeholders"),
    "search": N_("Search result"),
    "by_rule": N_("Written by rule"),
    "claims": N_("Figures and claims"),
    "alike": N_("Other contents"),
    "copied": N_("Same sentences"),
}


@bp.get("/contents/<int:content_id>/checks/")
@requires(Permission.CONTENT_READ)
def draft_checks(content_id: int) -> str:
    """The saved text checked against its brief, each time anew."""
    checked = checked_draft(current_account_id(), content_id)
    work_on(checked.content.site_id)
    is_compared = checked.brief is None or checked.brief.nearest_at is not None
    return page_or_partial(
        "writer/checks.html",
        "writer/_checks.html",
        checked=checked,
        titles=TITLES,
        may_compare=not is_compared and checked.has_task and offers(Permission.WRITER_WRITE),
        pictures=planned_images(checked.content),
        proposals=proposals.open_proposals(checked.content.account_id, content_id),
    )
