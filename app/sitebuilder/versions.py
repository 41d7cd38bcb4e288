"""Versions of a blueprint: each change is claimed, made, and kept whole. Undo and redo are changes too.

A change names the version that its person has seen; whoever comes second is told so and loses nothing. They flush;
callers commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, update

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.tenancy import owned
from app.sitebuilder.models import BlueprintVersion, PageBlueprint, SiteBlueprint
from app.sitebuilder.pages import PlannedPage, page_of_row, pages_of_snapshot

KEPT_VERSIONS = 200
CAUSES: Mapping[str, str] = {
    "made": N_("Structure made"),
    "page_added": N_("Page added"),
    "page_changed": N_("Page changed"),
    "page_removed": N_("Page removed"),
    "page_moved": N_("Pages reordered"),
    "section_added": N_("Section added"),
    "section_changed": N_("Section changed"),
    "section_removed": N_("Section removed"),
    "section_moved": N_("Sections reordered"),
    "section_locked": N_("Section locked"),
    "section_unlocked": N_("Section unlocked"),
    "section_made": N_("Section made anew"),
    "texts_written": N_("Texts of a page written"),
    "style_changed": N_("Style changed"),
    "undone": N_("Undone"),
    "redone": N_("Redone"),
    "restored": N_("Version restored"),
}


class BlueprintConflict(Conflict):
    """Somebody changed the site since this page of it was shown. `current` is the version that it has now."""

    def __init__(self, current: int) -> None:
        super().__init__(
            gettext("Somebody else changed this site meanwhile."),
            code="EDIT_CONFLICT",
            cure=gettext("What you typed is still here. Look at what is there now, then save again."),
        )
        self.current = current


@dataclass
class BlueprintChange:
    """A change under way: the claimed blueprint and its pages in order. `before` is the version that it began from."""

    blueprint: SiteBlueprint
    pages: list[PageBlueprint]
    before: int
    links: dict[str, int | None] = field(default_factory=dict)

    def page(self, page_id: int) -> PageBlueprint:
        """The page with this id; raises NotFound."""
        page = next((page for page in self.pages if page.id == page_id), None)
        if page is None:
            raise NotFound(gettext("This page is not there any more."))
        return page


def blueprint_of(account_id: int, blueprint_id: int) -> SiteBlueprint:
    """The blueprint, which may be in the trash; raises NotFound."""
    return owned(SiteBlueprint, blueprint_id, account_id)


def present_page(account_id: int, page_id: int) -> PageBlueprint:
    """A page that was not taken away; raises NotFound."""
    page = owned(PageBlueprint, page_id, account_id)
    if page.removed_at is not None:
        raise NotFound(gettext("This page is not there any more."))
    return page


def pages_of(blueprint: SiteBlueprint) -> list[PageBlueprint]:
    """The pages that the blueprint has, in order."""
    stmt = select(PageBlueprint).where(
        PageBlueprint.blueprint_id == blueprint.id,
        PageBlueprint.account_id == blueprint.account_id,
        PageBlueprint.removed_at.is_(None),
    )
    stmt = stmt.order_by(PageBlueprint.position, PageBlueprint.id).execution_options(populate_existing=True)
    return list(db.session.scalars(stmt))


def begin_change(account_id: int, blueprint_id: int, seen: int | None) -> BlueprintChange:
    """Claim the next version of a blueprint until the transaction ends; None for `seen` takes the newest.

    Raises NotFound, BlueprintConflict when another version is there now, Conflict when it is in the trash.
    """
    blueprint = blueprint_of(account_id, blueprint_id)
    claim = update(SiteBlueprint).where(
        SiteBlueprint.id == blueprint_id,
        SiteBlueprint.account_id == account_id,
        SiteBlueprint.trashed_at.is_(None),
    )
    if seen is not None:
        claim = claim.where(SiteBlueprint.version == seen)
    claim = claim.values(version=SiteBlueprint.version + 1, updated_at=utcnow()).returning(SiteBlueprint.version)
    claimed = db.session.scalar(claim.execution_options(synchronize_session=False))
    db.session.refresh(blueprint)
    if claimed is None:
        raise _why_not(blueprint)
    return BlueprintChange(blueprint, pages_of(blueprint), claimed - 1)


def _why_not(blueprint: SiteBlueprint) -> Conflict:
    if blueprint.trashed_at is not None:
        return Conflict(
            gettext("This site is in the trash."), code="BLUEPRINT_TRASHED", cure=gettext("Restore it, then go on.")
        )
    return BlueprintConflict(blueprint.version)


def end_change(change: BlueprintChange, actor: Actor, cause: str, subject: str = "") -> BlueprintVersion:
    """Keep the state after a change as its version. Flushes. Versions beyond the newest 200 are forgotten."""
    blueprint = change.blueprint
    for position, page in enumerate(change.pages):
        page.position = position
    db.session.flush()
    pages = [page_of_row(page) for page in change.pages]
    layout = str(blueprint.structure.get("layout") or "default")
    theme = dict(blueprint.structure.get("theme") or {})
    blueprint.structure = {"pages": [_short(page) for page in pages], "layout": layout, "theme": theme}
    if blueprint.status in ("draft", "deployed") and pages:
        blueprint.status = "ready"
    version = BlueprintVersion(
        account_id=blueprint.account_id,
        site_id=blueprint.site_id,
        blueprint_id=blueprint.id,
        number=blueprint.version,
        snapshot={"pages": [page.as_dict() for page in pages], "layout": layout, "theme": theme},
        cause=cause,
        subject=subject[:200],
        actor_id=actor.id,
        actor_name=actor.short_name[:120],
        undo_to=change.links.get("undo_to", change.before or None),
        redo_to=change.links.get("redo_to"),
    )
    db.session.add(version)
    _forget_oldest(blueprint)
    db.session.flush()
    return version


def _short(page: PlannedPage) -> dict[str, str]:
    return {"slug": page.slug, "title": page.title, "type": page.page_type}


def _forget_oldest(blueprint: SiteBlueprint) -> None:
    stmt = delete(BlueprintVersion).where(
        BlueprintVersion.blueprint_id == blueprint.id,
        BlueprintVersion.number <= blueprint.version - KEPT_VERSIONS,
        BlueprintVersion.number != (blueprint.deployed_version or 0),
    )
    db.session.execute(stmt)


def version_of(account_id: int, blueprint_id: int, number: int) -> BlueprintVersion:
    """A version that was kept; raises NotFound."""
    stmt = select(BlueprintVersion).where(
        BlueprintVersion.account_id == account_id,
        BlueprintVersion.blueprint_id == blueprint_id,
        BlueprintVersion.number == number,
    )
    version = db.session.scalar(stmt)
    if version is None:
        raise NotFound(gettext("This version is not kept any more."))
    return version


def undo_blueprint_change(account_id: int, actor: Actor, blueprint_id: int, *, seen: int) -> SiteBlueprint:
    """Bring back the state before the last change. Raises Conflict when there is nothing to undo."""
    return _step(account_id, actor, blueprint_id, seen, "undone")


def redo_blueprint_change(account_id: int, actor: Actor, blueprint_id: int, *, seen: int) -> SiteBlueprint:
    """Bring back the state that the last undo took away. Raises Conflict when there is nothing to redo."""
    return _step(account_id, actor, blueprint_id, seen, "redone")


def _step(account_id: int, actor: Actor, blueprint_id: int, seen: int, cause: str) -> SiteBlueprint:
    change = begin_change(account_id, blueprint_id, seen)
    now = _kept(change, change.before)
    number = None if now is None else now.undo_to if cause == "undone" else now.redo_to
    target = _kept(change, number)
    if target is None:
        words = N_("There is nothing to undo.") if cause == "undone" else N_("There is nothing to redo.")
        raise Conflict(gettext(words), code="NOTHING_TO_UNDO")
    _bring_back(change, target.snapshot)
    if cause == "undone":
        change.links = {"undo_to": target.undo_to, "redo_to": change.before}
    else:
        change.links = {"undo_to": change.before, "redo_to": target.redo_to}
    end_change(change, actor, cause, target.subject)
    return change.blueprint


def restore_blueprint_version(
    account_id: int, actor: Actor, blueprint_id: int, number: int, *, seen: int
) -> SiteBlueprint:
    """Bring back the state of a version. Raises NotFound when it is not kept any more."""
    change = begin_change(account_id, blueprint_id, seen)
    version = version_of(account_id, blueprint_id, number)
    _bring_back(change, version.snapshot)
    end_change(change, actor, "restored", str(number))
    return change.blueprint


def _kept(change: BlueprintChange, number: int | None) -> BlueprintVersion | None:
    stmt = select(BlueprintVersion).where(
        BlueprintVersion.blueprint_id == change.blueprint.id, BlueprintVersion.number == (number or 0)
    )
    return db.session.scalar(stmt)


def _bring_back(change: BlueprintChange, snapshot: Mapping[str, Any]) -> None:
    """Make the pages those of a snapshot: the same rows, so that what hangs on them stays."""
    blueprint, kept = change.blueprint, pages_of_snapshot(snapshot)
    rows = {row.id: row for row in _all_rows(blueprint)}
    change.pages = [rows[page.id] for page in kept if page.id in rows]
    by_id = {page.id: page for page in kept}
    for row in rows.values():
        page = by_id.get(row.id)
        row.removed_at = (row.removed_at or utcnow()) if page is None else None
        if page is not None:
            row.slug, row.title, row.page_type, row.blocks = page.slug, page.title, page.page_type, page.blocks
            row.parent_id = page.parent_id if page.parent_id in by_id else None
            row.in_menu, row.was_edited = page.in_menu, page.was_edited
    blueprint.structure = {**blueprint.structure, "layout": snapshot["layout"], "theme": snapshot["theme"]}


def _all_rows(blueprint: SiteBlueprint) -> Sequence[PageBlueprint]:
    stmt = select(PageBlueprint).where(
        PageBlueprint.blueprint_id == blueprint.id, PageBlueprint.account_id == blueprint.account_id
    )
    return db.session.scalars(stmt).all()


def list_blueprint_versions(
    blueprint: SiteBlueprint, limit: int = 50, *, before: int | None = None
) -> Sequence[BlueprintVersion]:
    """The newest versions, without their snapshots being read one by one."""
    stmt = select(BlueprintVersion).where(
        BlueprintVersion.blueprint_id == blueprint.id, BlueprintVersion.account_id == blueprint.account_id
    )
    if before is not None:
        stmt = stmt.where(BlueprintVersion.number < before)
    return db.session.scalars(stmt.order_by(BlueprintVersion.number.desc()).limit(limit)).all()


def newest_version(blueprint: SiteBlueprint) -> BlueprintVersion | None:
    """The version that the blueprint is at; None before there is a structure."""
    stmt = select(BlueprintVersion).where(
        BlueprintVersion.blueprint_id == blueprint.id,
        BlueprintVersion.account_id == blueprint.account_id,
        BlueprintVersion.number == blueprint.version,
    )
    return db.session.scalar(stmt)
