"""Making a site's link plan, and doing what was chosen of one: the work of runs. Commits as it goes.

A plan is stored whole, in place of the one before, when it is ready. Of one that is applied each content is one
transaction, with its new text and the states of its rows: a run that is started again goes on with the rest.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.content.listing import IS_LIVE
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.actor import Actor
from app.core.bulk_insert import bulk_insert
from app.core.clock import utcnow
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.languages import NN_, in_english
from app.core.runs import Outcome, RunContext
from app.core.runs.context import Cancelled, TryAgain
from app.core.runs.turns import Turn
from app.core.tenancy import owned
from app.core.wording import left_out_sentence, many, sentences
from app.linker import indexing, proposals
from app.linker.anchors import AnchorChoice, Target
from app.linker.models import LinkBatch, LinkPage, LinkProposal
from app.linker.plan import reading
from app.linker.plan.asking import ask_site
from app.linker.plan.drawing import draw
from app.linker.plan.findings import find_link_problems
from app.linker.plan.models import LinkPlan, LinkPlanRow
from app.linker.plan.placing import Placer
from app.linker.plan.proving import addresses_to_ask, proved
from app.linker.plan.repairs import mend
from app.linker.plan.rows import RowMaker
from app.linker.planning import PlannedLink
from app.linker.proposals import QUIET
from app.linker.settings import settings_for
from app.linker.splice import Place
from app.planner.models import Cluster
from app.sites.models import Site

PAGE = "/linker/plan/"
MENDING = ("retarget", "unlink")
LEFT_OUT = {
    "gone": NN_("%(num)s that is not there any more", "%(num)s that are not there any more"),
    "unsaved": NN_("%(num)s that somebody is editing", "%(num)s that somebody is editing"),
    "changed": NN_("%(num)s link whose words or address are gone", "%(num)s links whose words or address are gone"),
}


def plan_links(context: RunContext) -> Outcome:
    """Make the plan of the run's site. Safe to repeat: it is made anew, and stored at the end."""
    run = context.run
    site = owned(Site, run.site_id or 0, run.account_id)

    def tell(step: str, done: int, total: int) -> None:
        context.progress(step=step, done=done, total=total)

    indexing.refresh(site, progress=lambda done, total: tell("Reading pages", done, total))
    read_at = utcnow()
    tell("Following links", 0, 0)
    links = _asked(site, reading.read_site(site), tell)
    settings = settings_for(site)
    never_to = [links.places[number] for number in settings.never_to if number in links.places]
    anchors = reading.common_anchors(site, links.places)
    findings = find_link_problems(links.pages, links.graph, links.home, read_at.toordinal(), anchors, never_to)
    placer = Placer(site, settings, links.pages, links.places, links.graph)
    placer.place(findings, lambda done, total: tell("Looking for words", done, total))
    urls = _urls({links.pages[fault.page].id for fault in links.faults if fault.page >= 0})
    maker = RowMaker(links, findings, placer.links, urls)
    rows = maker.rows(_names({hub.cluster_id for hub in findings.hubs}))
    picture = draw(links.pages, links.graph, findings, _titles, _names)
    figures = maker.figures(rows)
    context.progress(step="Writing the plan", past_cancelling=True)
    contents = db.session.scalar(select(func.count()).where(Content.site_id == site.id, LISTED)) or 0
    _store_plan(context, site, rows, {"read_at": read_at, "contents": contents, "figures": figures, "picture": picture})
    db.session.commit()
    open_rows = sum(row["state"] == "open" for row in rows)
    return Outcome(f"The plan has {many(open_rows, 'change')} to choose from.", PAGE, {"rows": len(rows)})


def _asked(site: Site, links: reading.SiteLinks, tell: Callable[[str, int, int], None]) -> reading.SiteLinks:
    """The links, with what the site itself says of the addresses that no content has. Commits before it asks."""
    site_url, allowed = site.url, current_app.config["ALLOWED_PRIVATE_HOSTS"]
    db.session.commit()
    addresses = addresses_to_ask(links)
    answers = ask_site(site_url, addresses, allowed, lambda done, total: tell("Asking the site", done, total))
    return proved(links, answers, site_url)


def _urls(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    stmt = select(Content.id, Content.external_url).where(Content.id.in_(ids))
    return {row[0]: row[1] or "" for row in db.session.execute(stmt)}


def _names(ids: Any) -> dict[int, str]:
    stmt = select(Cluster.id, Cluster.name).where(Cluster.id.in_(list(ids)))
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def _titles(ids: Sequence[int]) -> dict[int, str]:
    stmt = select(Content.id, func.left(Content.title, 120)).where(Content.id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def _store_plan(context: RunContext, site: Site, rows: Sequence[dict[str, Any]], values: dict[str, Any]) -> None:
    """Put the plan in the place of the one before, in one transaction. Flushes."""
    now = utcnow()
    stamped = {"account_id": site.account_id, "site_id": site.id, "created_at": now, "updated_at": now}
    db.session.execute(select(Site.id).where(Site.id == site.id).with_for_update(key_share=True))
    db.session.execute(delete(LinkPlanRow).where(LinkPlanRow.site_id == site.id).execution_options(**QUIET))
    plan = insert(LinkPlan).values({**stamped, **values, "run_id": context.run_id})
    new = {name: getattr(plan.excluded, name) for name in (*values, "run_id", "updated_at")}
    db.session.execute(plan.on_conflict_do_update(index_elements=["site_id"], set_=new))
    there = set(db.session.scalars(select(Content.id).where(Content.site_id == site.id)))
    named = ("content_id", "source_id", "target_id")
    kept = [row for row in rows if all(row[name] is None or row[name] in there for name in named)]
    with bulk_insert() as add:
        for start in range(0, len(kept), 2000):
            add(LinkPlanRow.__table__, [stamped | row for row in kept[start : start + 2000]])


def apply_link_plan(context: RunContext) -> Outcome:
    """Do what was chosen of a plan: the rows of the run's batch. Safe to repeat."""
    run = context.run
    batch = owned(LinkBatch, run.params["batch_id"], run.account_id)
    site = owned(Site, batch.site_id, run.account_id)
    actor = Actor(run.actor_id, run.params.get("actor", ""), permissions=None)
    db.session.commit()
    turn, left_out = Turn(context), Counter(context.so_far.get("left_out", {}))
    try:
        while ids := _waiting(batch.id):
            for content_id in ids:
                context.progress(step="Changing texts", done=_done(batch.id), total=run.total or 0)
                if turn.is_over():
                    raise TryAgain(timedelta(0), turn.why, counts=False, so_far={"left_out": dict(left_out)})
                left_out += _apply_to(batch.id, site, content_id, actor)
                db.session.commit()
    except Cancelled:
        db.session.rollback()
        release(batch.id)
        db.session.commit()
        raise
    batch = owned(LinkBatch, batch.id, run.account_id)
    reasons = in_english(lambda: left_out_sentence((left_out[name], words) for name, words in LEFT_OUT.items()))
    message = f"{many(batch.mended, 'link')} mended, {batch.added:,} put in, {batch.proposed:,} proposed."
    data = {"batch_id": batch.id, "mended": batch.mended, "added": batch.added, "proposed": batch.proposed}
    return Outcome(sentences(message, reasons), f"/linker/batches/{batch.id}/", data)


def release(batch_id: int) -> None:
    """Let the rows that a batch did not come to be chosen again. Flushes."""
    stmt = update(LinkPlanRow).where(LinkPlanRow.batch_id == batch_id, LinkPlanRow.state == "chosen")
    db.session.execute(stmt.values(state="open", batch_id=None).execution_options(**QUIET))


def _waiting(batch_id: int, most: int = 200) -> list[int]:
    """The next contents whose texts this batch is to change."""
    mine = (LinkPlanRow.batch_id == batch_id, LinkPlanRow.state == "chosen")
    stmt = select(LinkPlanRow.source_id).where(*mine).distinct().order_by(LinkPlanRow.source_id).limit(most)
    return [number for number in db.session.scalars(stmt) if number is not None]


def _done(batch_id: int) -> int:
    mine = (LinkPlanRow.batch_id == batch_id, LinkPlanRow.state.in_(("done", "left")))
    return db.session.scalar(select(func.count()).where(*mine)) or 0


def _apply_to(batch_id: int, site: Site, content_id: int, actor: Actor) -> Counter[str]:
    """Do the chosen rows of one content. Returns what was left out, by reason. Flushes."""
    try:
        content = proposals.lock_for_links(site.account_id, content_id)
    except (NotFound, Conflict):
        is_there = db.session.scalar(select(Content.id).where(Content.id == content_id, LISTED)) is not None
        db.session.rollback()
        _end([row.id for row in _rows(batch_id, content_id)], "left")
        return Counter({"unsaved" if is_there else "gone": 1})
    rows = _rows(batch_id, content_id)
    batch = db.session.scalars(
        select(LinkBatch).where(LinkBatch.id == batch_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    right = _still_right(site, rows)
    mended, done = mend(actor, site, content, [row for row in right if row.fix in MENDING])
    added = _put_in(actor, batch, content, [row for row in right if row.fix == "link"])
    proposed = _propose(batch, [row for row in right if row.fix == "propose"])
    done |= added | proposed
    batch.mended += mended
    batch.added += len(added)
    batch.proposed += len(proposed)
    batch.contents += bool(mended or added)
    _end(done, "done")
    _end([row.id for row in rows if row.id not in done], "left")
    db.session.flush()
    return Counter({"changed": len(rows) - len(done)})


def _rows(batch_id: int, content_id: int) -> list[LinkPlanRow]:
    mine = (LinkPlanRow.batch_id == batch_id, LinkPlanRow.source_id == content_id, LinkPlanRow.state == "chosen")
    return list(db.session.scalars(select(LinkPlanRow).where(*mine).order_by(LinkPlanRow.id)))


def _still_right(site: Site, rows: Sequence[LinkPlanRow]) -> list[LinkPlanRow]:
    """The rows that are still true: the page is where the link would lead, and none has come to a broken address."""
    targets = {row.target_id for row in rows if row.url}
    live = select(Content.id, Content.external_url).where(Content.id.in_(targets), LISTED, IS_LIVE)
    urls = {row[0]: row[1] for row in db.session.execute(live)} if targets else {}
    addresses = {row.address for row in rows if row.fix == "unlink"}
    now = select(LinkPage.address).join(Content, Content.id == LinkPage.content_id)
    now = now.where(LinkPage.site_id == site.id, LinkPage.address.in_(addresses), LISTED, IS_LIVE)
    taken = set(db.session.scalars(now)) if addresses else set()
    return [
        row for row in rows if row.address not in taken and (not row.url or urls.get(row.target_id or 0) == row.url)
    ]


def _end(ids: Any, state: str) -> None:
    stmt = update(LinkPlanRow).where(LinkPlanRow.id.in_(list(ids)))
    db.session.execute(stmt.values(state=state, updated_at=utcnow()).execution_options(**QUIET))


def _planned_link(row: LinkPlanRow) -> PlannedLink:
    place = Place(0, 0, row.anchor, row.before, row.after, 0)
    target = Target(row.target_id or 0, "", row.url, row.score)
    assert row.source_id is not None
    assert row.target_id is not None
    reasons = [("plan", row.kind)]
    return PlannedLink(
        row.source_id, row.target_id, row.url, row.rel, row.score, reasons, AnchorChoice(target, place, 1.0)
    )


def _propose(batch: LinkBatch, rows: Sequence[LinkPlanRow]) -> set[int]:
    """Propose these links. Returns the rows for which that was new: what a person has decided on stays. Flushes."""
    done = set()
    for row in rows:
        planned = _planned_link(row)
        if proposals.store_planned([planned.content_id], [planned], batch.site_id, batch.account_id, batch.id):
            done.add(row.id)
    return done


def _put_in(actor: Actor, batch: LinkBatch, content: Content, rows: Sequence[LinkPlanRow]) -> set[int]:
    """Put these links into the text. Returns the rows whose links are in it now. Flushes."""
    proposed = _propose(batch, rows)
    targets = {row.target_id: row.id for row in rows if row.id in proposed}
    if not targets:
        return set()
    stmt = select(LinkProposal.id).where(LinkProposal.content_id == content.id, LinkProposal.target_id.in_(targets))
    claimed = proposals.claim_links(actor, list(db.session.scalars(stmt)), ("proposed",), "accepted")
    proposals.put_in(actor, content, claimed)
    return {targets[link.target_id] for link in claimed if link.state == "accepted"}
