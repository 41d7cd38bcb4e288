"""What can be done with planned sites as a whole, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from app.ai import charging
from app.core import audit
from app.core.actor import Actor
from app.core.blank import visible_line
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Run, start_run
from app.core.tenancy import owned
from app.core.wording import many
from app.sitebuilder.answers import STEPS, TEXTS_OF_STEP, check_answers, check_step, read_step
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.run_kinds import GENERATE_SITE_STRUCTURE, REMAKE_SITE_SECTION, WRITE_SITE_PAGES
from app.sitebuilder.structure.ai_texts import may_write
from app.sitebuilder.style.themes import USUAL
from app.sitebuilder.versions import BlueprintChange, blueprint_of, end_change, pages_of
from app.sites.models import Site

LONGEST_NAME = 120
MOST_PAGES_AT_ONCE = 30


def create_blueprint(
    account_id: int, actor: Actor, site_id: int, config: Mapping[str, Any] | None = None
) -> SiteBlueprint:
    """A planned site with these answers, or none. Raises NotFound for a site of others."""
    actor.require(SiteBuilderPermission.WRITE)
    site = owned(Site, site_id, account_id)
    answers = dict(config or {})
    name = visible_line(str(answers.get("name") or "")) or gettext("New site")
    blueprint = SiteBlueprint(account_id=account_id, site_id=site.id, name=name[:LONGEST_NAME], config=answers)
    db.session.add(blueprint)
    db.session.flush()
    _record(blueprint, "site_plan.created", actor)
    return blueprint


def _record(blueprint: SiteBlueprint, action: str, actor: Actor, **values: Any) -> None:
    subject = f"site blueprint {blueprint.id}"
    audit.record(blueprint.account_id, action, subject=subject, after={"name": blueprint.name, **values}, by=actor)


def save_answers(
    account_id: int,
    actor: Actor,
    blueprint_id: int,
    step: int,
    sent: Mapping[str, Any],
    objectives: Sequence[str],
    *,
    seen: int,
    go_on: bool,
) -> DomainError | None:
    """Store what a step of the wizard sent, whatever it is, and return what is wrong with it.

    With `go_on`, and nothing wrong, the next step is reached. Raises Conflict when somebody else saved meanwhile.
    """
    actor.require(SiteBuilderPermission.WRITE)
    blueprint = blueprint_of(account_id, blueprint_id)
    config = {**blueprint.config, **read_step(step, sent, objectives)}
    problem = _problem_in(step, config)
    reached = max(blueprint.step, min(step + 1, max(STEPS)) if go_on and problem is None else step)
    name = visible_line(str(config.get("name") or ""))[:LONGEST_NAME] or blueprint.name
    claim = update(SiteBlueprint).where(
        SiteBlueprint.id == blueprint_id,
        SiteBlueprint.account_id == account_id,
        SiteBlueprint.config_version == seen,
        SiteBlueprint.trashed_at.is_(None),
    )
    values = {"config": config, "step": reached, "name": name, "config_version": seen + 1, "updated_at": utcnow()}
    saved = db.session.scalar(claim.values(values).returning(SiteBlueprint.id))
    db.session.refresh(blueprint)
    if saved is None:
        raise _saved_meanwhile()
    return problem


def _saved_meanwhile() -> Conflict:
    return Conflict(
        gettext("Somebody else saved these answers meanwhile."),
        code="EDIT_CONFLICT",
        cure=gettext("What you typed is still here. Save again to keep yours."),
    )


def change_answers(
    account_id: int,
    actor: Actor,
    blueprint_id: int,
    sent: Mapping[str, str],
    objectives: Sequence[str] | None,
    *,
    seen: int,
) -> SiteBlueprint:
    """Change these answers, and the objectives unless they are None. What is missing is asked for later.

    `seen` is the version of the answers that they were made for. Raises NotFound, Conflict when somebody else saved
    meanwhile, and DomainError for what is no answer.
    """
    actor.require(SiteBuilderPermission.WRITE)
    _refuse_trashed(blueprint_of(account_id, blueprint_id))
    names = {name for step in TEXTS_OF_STEP.values() for name in step} | set(USUAL)
    unknown = sorted(set(sent) - names)
    if unknown:
        raise DomainError(gettext("There is no such answer."), code="ANSWER_UNKNOWN", field=f"answers.{unknown[0]}")
    stmt = select(SiteBlueprint).where(SiteBlueprint.id == blueprint_id, SiteBlueprint.account_id == account_id)
    locked = stmt.with_for_update(of=SiteBlueprint).execution_options(populate_existing=True)
    blueprint = db.session.scalars(locked).one()
    if blueprint.config_version != seen:
        raise _saved_meanwhile()
    before = dict(blueprint.config)
    kept = {**before, **dict(before.get("theme") or {}), **sent}
    read = [
        read_step(step, kept, before.get("objectives") or () if objectives is None else objectives) for step in STEPS
    ]
    blueprint.config = before | {name: value for values in read for name, value in values.items()}
    blueprint.config_version += 1
    blueprint.name = visible_line(str(blueprint.config.get("name") or ""))[:LONGEST_NAME] or blueprint.name
    db.session.flush()
    return blueprint


def _problem_in(step: int, config: Mapping[str, Any]) -> DomainError | None:
    try:
        check_step(step, config)
    except DomainError as error:
        return error
    return None


def start_structure(account_id: int, actor: Actor, blueprint_id: int) -> Run:
    """Have the pages made of the answers. Raises DomainError for what is missing, NotEnoughCredits, Refused.

    A structure that is being made already is not made twice.
    """
    blueprint = blueprint_of(account_id, blueprint_id)
    _refuse_trashed(blueprint)
    check_answers(blueprint.config)
    run = _start(blueprint, actor, GENERATE_SITE_STRUCTURE.name, {})
    claim = update(SiteBlueprint).where(SiteBlueprint.id == blueprint.id, SiteBlueprint.account_id == account_id)
    db.session.execute(claim.values(status="generating").execution_options(synchronize_session="fetch"))
    _record(blueprint, "site_plan.structure_started", actor)
    return run


def _start(blueprint: SiteBlueprint, actor: Actor, kind: str, params: dict[str, Any], total: int = 1) -> Run:
    by_name = {one.name: one for one in (GENERATE_SITE_STRUCTURE, WRITE_SITE_PAGES, REMAKE_SITE_SECTION)}
    own_key = params.get("section_id", "")
    run = start_run(
        account_id=blueprint.account_id,
        kind=by_name[kind],
        title=blueprint.name,
        actor=actor,
        site_id=blueprint.site_id,
        subject_type="site_blueprint",
        subject_id=blueprint.id,
        params={"blueprint_id": blueprint.id, "actor": actor.name, **params},
        total=total,
        exclusive_key=f"{kind}:{blueprint.id}:{own_key}",
        lane=f"site-builder:{blueprint.account_id}",
    )
    charging.reserve_credits(run, str(by_name[kind].operation), total)
    return run


def start_page_texts(account_id: int, actor: Actor, blueprint_id: int, page_ids: Sequence[int]) -> Run:
    """Write the texts of these pages, of all of them when none is named, and a content for each.

    Raises DomainError when there is no page or too many, NotEnoughCredits, Refused.
    """
    blueprint = blueprint_of(account_id, blueprint_id)
    _refuse_trashed(blueprint)
    pages = pages_of(blueprint)
    ids = [page.id for page in pages if not page_ids or page.id in set(page_ids)]
    if not ids or len(ids) > MOST_PAGES_AT_ONCE:
        raise DomainError(
            gettext("Choose from 1 to %(most)s pages.", most=MOST_PAGES_AT_ONCE), code="PAGES_NOT_CHOSEN", field="pages"
        )
    run = _start(blueprint, actor, WRITE_SITE_PAGES.name, {"page_ids": ids}, len(ids))
    _record(blueprint, "site_plan.texts_started", actor, pages=many(len(ids), "page"))
    return run


def start_section(account_id: int, actor: Actor, blueprint_id: int, page_id: int, section_id: str) -> Run:
    """Make one section anew. Raises DomainError for one that is locked, or that nothing makes."""
    blueprint = blueprint_of(account_id, blueprint_id)
    _refuse_trashed(blueprint)
    page = next((one for one in pages_of(blueprint) if one.id == page_id), None)
    section = next((one for one in page.blocks if one.get("id") == section_id), None) if page else None
    if section is None:
        raise Conflict(gettext("This section is not there any more."), code="SECTION_GONE")
    if section.get("locked"):
        raise DomainError(
            gettext("This section is locked: it stays as it is."),
            code="SECTION_LOCKED",
            cure=gettext("Unlock it first."),
        )
    if not may_write(section):
        raise DomainError(
            gettext("Nothing makes this kind of section anew: its facts are yours."),
            code="SECTION_BY_HAND",
            cure=gettext("Edit it."),
        )
    params = {"page_id": page_id, "section_id": section_id}
    return _start(blueprint, actor, REMAKE_SITE_SECTION.name, params)


def rename_blueprint(account_id: int, actor: Actor, blueprint_id: int, name: str) -> SiteBlueprint:
    """Give a planned site another name. Raises DomainError for an empty or long one."""
    actor.require(SiteBuilderPermission.WRITE)
    blueprint = blueprint_of(account_id, blueprint_id)
    name = visible_line(name.replace("\0", ""))
    if not name or len(name) > LONGEST_NAME:
        raise DomainError(
            gettext("Give it a name of at most %(most)s characters.", most=LONGEST_NAME),
            code="NAME_INVALID",
            field="name",
        )
    before, blueprint.name = blueprint.name, name
    blueprint.config = {**blueprint.config, "name": name}
    db.session.flush()
    _record(blueprint, "site_plan.renamed", actor, before=before)
    return blueprint


def duplicate_blueprint(account_id: int, actor: Actor, blueprint_id: int) -> SiteBlueprint:
    """A copy with the same answers, pages and style, and nothing of where that is deployed."""
    actor.require(SiteBuilderPermission.WRITE)
    original = blueprint_of(account_id, blueprint_id)
    copy = SiteBlueprint(
        account_id=account_id,
        site_id=original.site_id,
        name=gettext("Copy of %(name)s", name=original.name)[:LONGEST_NAME],
        config=original.config,
        step=original.step,
        structure=original.structure,
        hosting_type=original.hosting_type,
    )
    db.session.add(copy)
    db.session.flush()
    pages = pages_of(original)
    if pages:
        copy.version = 1
        end_change(BlueprintChange(copy, _copied_pages(pages, copy), 0), actor, "made", copy.name)
    _record(copy, "site_plan.duplicated", actor, of=original.id)
    return copy


def _copied_pages(pages: Sequence[PageBlueprint], copy: SiteBlueprint) -> list[PageBlueprint]:
    names = ("account_id", "site_id", "slug", "title", "page_type", "blocks", "status", "in_menu", "was_edited")
    copies = {
        page.id: PageBlueprint(blueprint_id=copy.id, **{name: getattr(page, name) for name in names}) for page in pages
    }
    db.session.add_all(copies.values())
    db.session.flush()
    for page in pages:
        if page.parent_id in copies:
            copies[page.id].parent_id = copies[page.parent_id].id
    return [copies[page.id] for page in pages]


def trash_blueprint(account_id: int, actor: Actor, blueprint_id: int) -> SiteBlueprint:
    """Move a planned site to the trash; what is live of it stays live."""
    return _move(account_id, actor, blueprint_id, to_trash=True)


def restore_blueprint(account_id: int, actor: Actor, blueprint_id: int) -> SiteBlueprint:
    """Bring a planned site back from the trash."""
    return _move(account_id, actor, blueprint_id, to_trash=False)


def _move(account_id: int, actor: Actor, blueprint_id: int, *, to_trash: bool) -> SiteBlueprint:
    actor.require(SiteBuilderPermission.WRITE)
    blueprint = blueprint_of(account_id, blueprint_id)
    if (blueprint.trashed_at is not None) != to_trash:
        blueprint.trashed_at = utcnow() if to_trash else None
        blueprint.trashed_by = actor.id if to_trash else None
        db.session.flush()
        _record(blueprint, "site_plan.trashed" if to_trash else "site_plan.restored", actor)
    return blueprint


def _refuse_trashed(blueprint: SiteBlueprint) -> None:
    if blueprint.trashed_at is not None:
        raise Conflict(
            gettext("This site is in the trash."), code="BLUEPRINT_TRASHED", cure=gettext("Restore it, then go on.")
        )
