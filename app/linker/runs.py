"""Linking many contents, taking a batch out again, and reading a site's pages: the work of runs. Commits as it goes.

Each content is one transaction, with its proposals, its new text and its charge: a run that is started again goes on
with the contents that it has not done.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from app.ai.call_context import Answered
from app.ai.charging import Charges
from app.content.editing.unsaved import has_unsaved
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import NN_, in_english
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.runs.turns import Turn
from app.core.tenancy import owned
from app.core.wording import left_out_sentence, many, sentences
from app.linker import indexing, proposals, waiting
from app.linker.ai_sentence import SentenceResult
from app.linker.models import LinkBatch, LinkProposal, LinkSettings
from app.linker.plan.repairs import claim_repairs, repaired_contents, repairs_of_batch, undo_repairs
from app.linker.planning import decided_sources, decided_targets, plan_incoming, plan_outgoing
from app.linker.prices import OPERATION, asks_model
from app.linker.searches import end_search
from app.linker.sentences import propose_sentence
from app.linker.settings import settings_for
from app.sites.models import Site

LEFT_OUT = {
    "gone": NN_("%(num)s that is not there any more", "%(num)s that are not there any more"),
    "unsaved": NN_("%(num)s that somebody is editing", "%(num)s that somebody is editing"),
    "trashed": NN_("%(num)s that is in the trash", "%(num)s that are in the trash"),
    "never": NN_("%(num)s that is never linked from", "%(num)s that are never linked from"),
}


def link_contents(context: RunContext) -> Outcome:
    """Params: `batch_id`, `content_ids`, and `actor`, the name of who asked. Safe to repeat."""
    run = context.run
    batch = owned(LinkBatch, run.params["batch_id"], run.account_id)
    site = owned(Site, batch.site_id, run.account_id)
    ids: list[int] = run.params["content_ids"]
    charges = Charges(run, OPERATION, len(ids), asks_model=asks_model(site))
    db.session.commit()
    turn, left_out = Turn(context), Counter(context.so_far.get("left_out", {}))
    unwritten = Counter[str](context.so_far.get("unwritten", {}))
    indexing.refresh(site, ids)
    actor = Actor(run.actor_id, run.params.get("actor", ""), permissions=None)
    for number, content_id in enumerate(ids):
        context.progress(step="Linking", done=number, total=len(ids))
        if charges.is_noted(_key(content_id)) or _is_empty(batch, content_id):
            continue
        if turn.is_over():
            so_far = {"left_out": dict(left_out), "unwritten": dict(unwritten)}
            raise TryAgain(timedelta(0), turn.why, counts=False, so_far=so_far)
        problem = _link_one(context, batch, site, content_id, actor, charges, unwritten)
        if problem:
            left_out[problem] += 1
        db.session.commit()
    batch = owned(LinkBatch, batch.id, run.account_id)
    reasons = in_english(lambda: left_out_sentence((count, LEFT_OUT[name]) for name, count in left_out.items()))
    message = sentences(_result(batch), unwritten_sentence(unwritten), reasons)
    return Outcome(message, f"/linker/batches/{batch.id}/", _data(batch))


def _result(batch: LinkBatch) -> str:
    if batch.mode == "apply":
        return f"{many(batch.added, 'link')} put into {many(batch.contents, 'text')}, {batch.proposed:,} more proposed."
    return f"{many(batch.proposed, 'link')} proposed for {many(batch.contents, 'text')}."


def unwritten_sentence(unwritten: Counter[str]) -> str:
    """For how many texts the model wrote no sentence with a link, and why most of them; empty for none."""
    if not unwritten:
        return ""
    return f"No sentence was written for {many(unwritten.total(), 'text')}: {unwritten.most_common(1)[0][0]}"


def _data(batch: LinkBatch) -> dict[str, int]:
    return {"batch_id": batch.id, "contents": batch.contents, "proposed": batch.proposed, "added": batch.added}


def _key(content_id: int) -> str:
    return f"content:{content_id}"


def _is_empty(batch: LinkBatch, content_id: int) -> bool:
    return batch.undone_at is not None or not content_id


def _link_one(
    context: RunContext,
    batch: LinkBatch,
    site: Site,
    content_id: int,
    actor: Actor,
    charges: Charges,
    unwritten: Counter[str],
) -> str:
    """Propose links from and to one content, and put them in where that is asked for. The reason why not, if so.

    Where the model fails, there is one proposal less, and why is counted in `unwritten`. A content for which no
    model wrote anything costs nothing.
    """
    account_id, settings = batch.account_id, settings_for(site)
    stmt = select(Content).where(Content.id == content_id, Content.account_id == account_id, LISTED)
    content = db.session.scalar(stmt)
    if content is None or content.site_id != site.id:
        return "gone"
    if has_unsaved(content_id):
        return "unsaved"
    title, answered = content.title, None
    outgoing = plan_outgoing(site, settings, content_id, decided=decided_targets(content_id))
    incoming = plan_incoming(site, settings, content_id, decided=decided_sources(content_id))
    if settings.sentences and len(outgoing) < settings.most_per_content:
        db.session.commit()
        linked = [link.target_id for link in outgoing]
        answered = _written_sentence(context, site, settings, batch.id, content_id, linked, unwritten)
    try:
        content = proposals.lock_for_links(account_id, content_id)
    except NotFound:
        return "gone"
    except Conflict as error:
        return _why_locked(error)
    proposals.forget_open(content_id, [link.target_id for link in outgoing])
    sources = {link.content_id for link in incoming}
    proposals.store_planned({content_id, *sources}, [*outgoing, *incoming], site.id, account_id, batch.id)
    added = _apply(batch, content, settings.least_score, actor) if batch.mode == "apply" else 0
    units = 1 if outgoing or incoming or answered else 0
    charges.charge(
        _key(content_id), units=units, object_type="content", title=title, object_id=content_id, answered=answered
    )
    _count(batch, added)
    end_search(content_id)
    db.session.flush()
    return "never" if content_id in settings.never_from else ""


def _why_locked(error: Conflict) -> str:
    """The reason in LEFT_OUT why a text may not be written now."""
    return "trashed" if error.code == "CONTENT_TRASHED" else "unsaved"


def _written_sentence(
    context: RunContext,
    site: Site,
    settings: LinkSettings,
    batch_id: int,
    content_id: int,
    linked: Sequence[int],
    unwritten: Counter[str],
) -> Answered[SentenceResult] | None:
    """The sentence that the model wrote, stored as a proposal; why it did not, counted in `unwritten`. Commits."""
    try:
        return propose_sentence(context, site, settings, batch_id, content_id, linked)
    except DomainError as error:
        db.session.rollback()
        unwritten[error.message] += 1
        return None


def _count(batch: LinkBatch, added: int) -> None:
    """Count one more content of the batch, and what it has."""
    batch.contents += 1
    batch.added += added
    of_batch = select(func.count()).where(LinkProposal.batch_id == batch.id)
    batch.proposed = (db.session.scalar(of_batch) or 0) - batch.added


def _apply(batch: LinkBatch, content: Content, least: int, actor: Actor) -> int:
    """Put this run's proposals for the content into its text, where they are good enough; new sentences are not."""
    stmt = select(LinkProposal.id).where(
        LinkProposal.content_id == content.id,
        LinkProposal.batch_id == batch.id,
        LinkProposal.score >= least,
        LinkProposal.sentence == "",
    )
    claimed = proposals.claim_links(actor, list(db.session.scalars(stmt)), ("proposed",), "accepted")
    return proposals.put_in(actor, content, claimed) if claimed else 0


def undo_links(context: RunContext) -> Outcome:
    """Take out the links of a batch. Params: `batch_id`, whose undo was claimed. Safe to repeat."""
    run = context.run
    batch = owned(LinkBatch, run.params["batch_id"], run.account_id)
    actor = Actor(run.actor_id, run.params.get("actor", ""), permissions=None)
    ids = _contents_of(batch)
    left = Counter[str]()
    for number, content_id in enumerate(ids):
        context.progress(step="Taking links out", done=number, total=len(ids))
        try:
            content = proposals.lock_for_links(run.account_id, content_id)
        except (NotFound, Conflict) as error:
            left[_why_locked(error) if isinstance(error, Conflict) else "gone"] += 1
            db.session.rollback()
            continue
        batch = owned(LinkBatch, batch.id, run.account_id)
        claimed = proposals.claim_links(actor, _accepted_of(batch, content_id), ("accepted",), "undone")
        if claimed:
            batch.removed += proposals.take_out(actor, content, claimed)
        repairs = claim_repairs(actor, repairs_of_batch(batch.id, content_id))
        batch.removed += undo_repairs(actor, content, repairs)
        db.session.commit()
    reasons = in_english(lambda: left_out_sentence((count, LEFT_OUT[name]) for name, count in left.items()))
    message = f"{many(batch.removed, 'link')} taken out or put back."
    return Outcome(
        sentences(message, reasons), f"/linker/batches/{batch.id}/", {"removed": batch.removed, "left": left.total()}
    )


def _contents_of(batch: LinkBatch) -> Sequence[int]:
    stmt = select(LinkProposal.content_id).where(LinkProposal.batch_id == batch.id, LinkProposal.state == "accepted")
    return sorted({*db.session.scalars(stmt.distinct()), *repaired_contents(batch.id)})


def _accepted_of(batch: LinkBatch, content_id: int) -> list[int]:
    stmt = select(LinkProposal.id).where(LinkProposal.batch_id == batch.id, LinkProposal.content_id == content_id)
    return list(db.session.scalars(stmt.where(LinkProposal.state == "accepted")))


def read_pages(context: RunContext) -> Outcome:
    """Read what has changed of a site's pages. Params: `ids`, or None for all of the site. Safe to repeat."""
    run = context.run
    site = owned(Site, run.site_id or 0, run.account_id)
    ids: list[int] | None = run.params.get("ids")

    def tell(done: int, total: int) -> None:
        context.progress(step="Reading pages", done=done, total=total)

    count = indexing.refresh(site, ids, tell)
    indexing.count_links(ids, site.id)
    waiting.count_waiting_around(ids, site.id)
    db.session.commit()
    return Outcome(f"{many(count, 'page')} read.", "/linker/")
