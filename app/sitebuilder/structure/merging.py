"""Putting a new structure into the pages that are there: what a person changed stays."""

from typing import Any

from sqlalchemy import select

from app.core.clock import utcnow
from app.core.extensions import db
from app.sitebuilder.blocks.fields import PAGE
from app.sitebuilder.editing import with_links
from app.sitebuilder.models import PageBlueprint
from app.sitebuilder.structure.plans import PagePlan, StructurePlan
from app.sitebuilder.versions import BlueprintChange


def merge_structure(change: BlueprintChange, plan: StructurePlan) -> int:
    """Make the pages those of the plan. Returns how many a person's changes kept as they were.

    A page that a person changed stays whole, a locked section stays in its page. A page that is not planned any more
    goes, unless either is true of it. Flushes.
    """
    rows = _rows_to_fill(change, plan)
    pages, kept = [], 0
    for planned in plan.pages:
        row = rows.pop(planned.slug, None)
        if row is not None and row.was_edited:
            kept += 1
        elif row is not None:
            row.title, row.page_type, row.status = planned.title, planned.page_type, "ready"
            row.blocks, row.removed_at = with_locked(planned.sections, row.blocks), None
        else:
            row = _new_page(change, planned)
        pages.append(row)
    for row in change.pages:
        if row in pages:
            continue
        if row.was_edited or any(section.get("locked") for section in row.blocks):
            pages.append(row)
            kept += 1
        else:
            row.removed_at, row.parent_id = utcnow(), None
    change.pages = pages
    db.session.flush()
    _relink(plan, pages)
    return kept


def _relink(plan: StructurePlan, pages: list[PageBlueprint]) -> None:
    """Let links lead to the address that a page has, where a person gave it another than was planned."""
    for planned, row in zip(plan.pages, pages, strict=False):
        if planned.slug != row.slug:
            for page in pages:
                page.blocks = with_links(page.blocks, f"{PAGE}{planned.slug}", f"{PAGE}{row.slug}")


def _rows_to_fill(change: BlueprintChange, plan: StructurePlan) -> dict[str, PageBlueprint]:
    """The row for each planned slug: a page of that address, or one of that type, or one that was removed before."""
    rows, slugs = {page.slug: page for page in change.pages}, {planned.slug for planned in plan.pages}
    for planned in plan.pages:
        if planned.slug not in rows and planned.page_type != "custom":
            same = (row for row in change.pages if row.page_type == planned.page_type and row.slug not in slugs)
            if row := next(same, None):
                rows[planned.slug] = row
    removed = select(PageBlueprint).where(
        PageBlueprint.blueprint_id == change.blueprint.id, PageBlueprint.removed_at.is_not(None)
    )
    for row in db.session.scalars(removed.order_by(PageBlueprint.id)):
        rows.setdefault(row.slug, row)
    return {slug: row for slug, row in rows.items() if slug in slugs}


def _new_page(change: BlueprintChange, planned: PagePlan) -> PageBlueprint:
    blueprint = change.blueprint
    row = PageBlueprint(
        account_id=blueprint.account_id,
        site_id=blueprint.site_id,
        blueprint_id=blueprint.id,
        slug=planned.slug,
        title=planned.title,
        page_type=planned.page_type,
        blocks=planned.sections,
        status="ready",
    )
    db.session.add(row)
    return row


def with_locked(planned: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The planned sections, with each locked one in the place of the first of its kind, else where it was."""
    sections = list(planned)
    used: set[int] = set()
    for number, locked in enumerate(before):
        if not locked.get("locked"):
            continue
        place = next(
            (at for at, one in enumerate(sections) if one["kind"] == locked["kind"] and id(one) not in used), None
        )
        if place is None:
            sections.insert(min(number, len(sections)), locked)
        else:
            sections[place] = locked
        used.add(id(locked))
    return sections
