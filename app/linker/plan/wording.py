"""What a row of a plan says: what was found, and what is done when it is chosen."""

from app.core.languages import gettext, ngettext
from app.linker.plan.models import LinkPlanRow


def problem_of(row: LinkPlanRow) -> str:
    """What was found, as a sentence."""
    details = row.details
    if row.kind in ("broken", "moved"):
        said = _fault(str(details.get("why", "")))
        return f"{said} {_unproved()}" if details.get("unproved") else said
    if row.kind == "fresh":
        return gettext("New, and no live text links to it.")
    if row.kind == "orphan":
        return gettext("No live text links to it.")
    if row.kind == "deep":
        return _depth(details.get("before"), details.get("after"))
    if row.kind == "hub":
        return _hub(row)
    if row.anchor:
        return gettext(
            "%(same)s of %(links)s pages that link to it do so with the same words.",
            same=f"{details.get('same', 0):,}",
            links=f"{details.get('links', 0):,}",
        )
    return ngettext(
        "%(links)s pages link to it; half of the linked pages have at most %(num)s link.",
        "%(links)s pages link to it; half of the linked pages have at most %(num)s links.",
        int(details.get("median", 0)),
        links=f"{details.get('links', 0):,}",
    )


def _fault(why: str) -> str:
    words = {
        "no_page": gettext("No content has this address."),
        "trashed": gettext("The content there is in the trash."),
        "gone": gettext("The content there was deleted in WordPress."),
        "unpublished": gettext("The content there is not published."),
        "origin": gettext("The link names the site in another way (http, www): visitors are redirected."),
        "moved": gettext("The page has moved: visitors are redirected."),
        "guessed": gettext("No content has this address; one page has its last part."),
    }
    return words.get(why, words["no_page"])


def _unproved() -> str:
    return gettext("The site did not say so when it was asked: look at it yourself.")


def _depth(before: int | None, after: int | None) -> str:
    if before is None and after is None:
        return gettext("No way of links leads to it.")
    if before is None:
        return ngettext(
            "No way of links leads to it; with the plan it is %(num)s click from the home.",
            "No way of links leads to it; with the plan it is %(num)s clicks from the home.",
            after or 0,
        )
    if after is None or after >= before:
        return ngettext("%(num)s click from the home.", "%(num)s clicks from the home.", before)
    return ngettext(
        "%(before)s clicks from the home; with the plan it is %(num)s.",
        "%(before)s clicks from the home; with the plan it is %(num)s.",
        after,
        before=before,
    )


def _hub(row: LinkPlanRow) -> str:
    details, name = row.details, str(row.details.get("name", ""))
    if row.source_id is None:
        return gettext(
            "Hub of “%(name)s”: %(to)s of %(members)s pages do not link to it, nor it to %(from_hub)s.",
            name=name,
            to=f"{details.get('to', 0):,}",
            members=f"{details.get('members', 0):,}",
            from_hub=f"{details.get('from', 0):,}",
        )
    if details.get("to_hub"):
        return gettext("Hub of “%(name)s”: a page of the cluster does not link to it.", name=name)
    return gettext("The hub of “%(name)s” does not link to this page.", name=name)


def change_of(row: LinkPlanRow) -> str:
    """What is done when it is chosen, as a few words; empty when nothing can be."""
    count = int(row.details.get("count", 1))
    if row.fix == "retarget":
        return ngettext("Put the new address in", "Put the new address in %(num)s links", count)
    if row.fix == "unlink":
        return ngettext("Take the link away, keep its words", "Take %(num)s links away, keep their words", count)
    if row.fix == "propose":
        return gettext("Propose a link")
    if row.fix == "link":
        return gettext("Put a link in")
    if row.kind in ("fresh", "orphan", "deep"):
        return gettext("No words for a link to it found yet")
    return ""
