"""What can be done with a site's link plan, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select, update

from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext, ngettext
from app.core.listing.selection import Selection
from app.core.runs import Run, start_run
from app.core.runs.services import newest_open_run
from app.core.runs.states import OPEN
from app.core.tenancy import owned
from app.core.wording import Changed, many
from app.linker import proposals
from app.linker.models import LinkBatch
from app.linker.permissions import LinkerPermission
from app.linker.plan.listing import LINK_PLAN_LIST
from app.linker.plan.models import LinkPlanRow, LinkRepair
from app.linker.plan.repairs import applied_repairs, claim_repairs, undo_repairs
from app.linker.run_kinds import APPLY_LINK_PLAN, PLAN_LINKS, linking_lane
from app.sites.models import Site

MOST_ROWS = 10_000
EVERYTHING = Selection(all_matching=True, filters={"state": "open"})


@dataclass(frozen=True, slots=True)
class PlanApplied:
    """The run, the batch that it fills, and how many rows were chosen for it."""

    run: Run
    batch: LinkBatch
    count: int


def start_link_plan(account_id: int, actor: Actor, site_id: int) -> Run:
    """Start making the link plan of a site, or return the run that is at it. Writes nothing into texts.

    Raises NotFound, Forbidden, Refused, and Conflict while changes of the last plan are being made.
    """
    site = owned(Site, site_id, account_id)
    _hold(site)
    if newest_open_run(account_id, site.id, [APPLY_LINK_PLAN]) is not None:
        raise Conflict(
            gettext("Changes of the last plan are still being made."),
            code="LINK_PLAN_IN_USE",
            cure=gettext("Wait until they are done, then make the plan anew."),
        )
    run = start_run(
        account_id=account_id,
        kind=PLAN_LINKS,
        title=f"Link plan of {site.name}",
        actor=actor,
        site_id=site.id,
        exclusive_key=f"link_plan:{site.id}",
    )
    audit.record(account_id, "links.planned", subject=site.name, by=actor)
    return run


def apply_link_plan(account_id: int, actor: Actor, site_id: int, chosen: Selection = EVERYTHING) -> PlanApplied:
    """Start doing what is chosen of a site's plan, as one batch that can be undone.

    Links to new contents are proposed, whoever asks; the others are put in, mended or taken out. What somebody
    else has chosen already is left to them. Raises NotFound, Forbidden, Refused, DomainError when nothing or too much
    is chosen, and Conflict when a plan is being made or all of it was chosen before.
    """
    actor.require(LinkerPermission.WRITE)
    site = owned(Site, site_id, account_id)
    _hold(site)
    if newest_open_run(account_id, site.id, [PLAN_LINKS]) is not None:
        raise Conflict(
            gettext("A new plan is being made."),
            code="LINK_PLAN_CHANGING",
            cure=gettext("Wait until it is there, then choose from it."),
        )
    batch = proposals.new_batch(site, actor, "plan")
    count = _claim(account_id, site.id, batch, chosen.required("item"))
    run = start_run(
        account_id=account_id,
        kind=APPLY_LINK_PLAN,
        title=f"Link plan: {many(count, 'change')}",
        actor=actor,
        site_id=site.id,
        params={"batch_id": batch.id, "actor": actor.short_name},
        total=count,
        lane=linking_lane(account_id),
    )
    batch.run_id = run.id
    audit.record(account_id, "links.plan_applied", subject=site.name, after={"changes": count}, by=actor)
    db.session.flush()
    return PlanApplied(run, batch, count)


def _hold(site: Site) -> None:
    """One after the other: a plan is not made anew while somebody chooses from it."""
    db.session.execute(select(Site.id).where(Site.id == site.id).with_for_update(key_share=True))


def _claim(account_id: int, site_id: int, batch: LinkBatch, chosen: Selection) -> int:
    """Mark the chosen rows as this batch's: those that are open, and those that a run left behind when it ended."""
    where = LINK_PLAN_LIST.selected(account_id, site_id, chosen)
    ended = select(LinkBatch.id).join(Run, Run.id == LinkBatch.run_id)
    ended = ended.where(LinkBatch.site_id == site_id, Run.state.not_in(OPEN))
    is_left = and_(LinkPlanRow.state == "chosen", LinkPlanRow.batch_id.in_(ended))
    free = or_(LinkPlanRow.state == "open", is_left)
    ids = select(LinkPlanRow.id).where(*where, LinkPlanRow.fix != "", free)
    wanted = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    if wanted > MOST_ROWS:
        raise DomainError(
            gettext("More than %(most)s changes are chosen.", most=f"{MOST_ROWS:,}"),
            code="TOO_MANY_CHOSEN",
            cure=gettext("Choose fewer, by kind for example. The others stay in the plan."),
        )
    stmt = update(LinkPlanRow).where(LinkPlanRow.id.in_(ids), free)
    stmt = stmt.values(state="chosen", batch_id=batch.id, updated_at=utcnow()).returning(LinkPlanRow.id)
    count = len(db.session.scalars(stmt.execution_options(synchronize_session=False)).all())
    if not count:
        raise Conflict(
            gettext("None of these changes is open any more."),
            code="LINK_PLAN_CHOSEN",
            cure=gettext("Reload the page: somebody has chosen them, or the plan is a new one."),
        )
    return count


def undo_repair(account_id: int, actor: Actor, repair_id: int) -> Changed:
    """Put a mended link back as it was, also after later edits.

    Raises NotFound, and Conflict when it was put back already, somebody edits the content or it is in the trash.
    """
    actor.require(LinkerPermission.WRITE)
    repair = owned(LinkRepair, repair_id, account_id)
    return _undone(account_id, actor, repair.content_id, [repair_id])


def undo_repairs_of(account_id: int, actor: Actor, content_id: int, chosen_ids: Collection[int]) -> Changed:
    """Put these mended links of a content back. Raises NotFound, and Conflict as `undo_repair` does."""
    actor.require(LinkerPermission.WRITE)
    ids = [repair.id for repair in applied_repairs(account_id, content_id) if repair.id in chosen_ids]
    return _undone(account_id, actor, content_id, ids)


def _undone(account_id: int, actor: Actor, content_id: int, ids: Sequence[int]) -> Changed:
    content = proposals.lock_for_links(account_id, content_id)
    claimed = claim_repairs(actor, ids)
    if not claimed:
        raise Conflict(gettext("This was undone already."), code="UNDONE", cure=gettext("Reload the page."))
    count = undo_repairs(actor, content, claimed)
    if not count:
        return Changed(gettext("Somebody has changed the link since. It stays as it is."), 0)
    audit.record(account_id, "links.repairs_undone", subject=content.title, after={"links": count}, by=actor)
    return Changed(ngettext("%(num)s link put back.", "%(num)s links put back.", count), count)
