"""What can be done with internal links, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.ai import charging
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext, local_number, ngettext
from app.core.runs import Run, start_run
from app.core.tenancy import owned, owned_many
from app.core.wording import Changed, many
from app.linker import indexing, planning, proposals, waiting
from app.linker.batches import batch_figures
from app.linker.models import LinkBatch, LinkProposal
from app.linker.permissions import LinkerPermission
from app.linker.prices import OPERATION, asks_model
from app.linker.run_kinds import LINK_CONTENT, READ_PAGES, UNDO_LINKS, linking_lane, reading_lane
from app.linker.searches import claim_searches, note_searches, run_at_work
from app.linker.settings import settings_for
from app.linker.splice import locate
from app.linker.targets import TargetsGone, live_addresses
from app.linker.texts import read_markup
from app.linker.words import guess_language, words_of_text
from app.sites.models import Site

MOST_CONTENTS = 5000
OPEN_STATES = ("proposed", "outdated")


@dataclass(frozen=True, slots=True)
class LinkingStarted:
    """The run, and the batch that it fills. `left_out` are contents for which another run looks for links already."""

    run: Run
    batch: LinkBatch
    left_out: int = 0


def start_linking(
    account_id: int, actor: Actor, site_id: int, content_ids: Sequence[int], *, apply: bool = False
) -> LinkingStarted:
    """Start proposing links from and to contents of a site; with `apply`, put those from them in that are good enough.

    Links *to* them are only ever proposed. What is under way goes on, and is not started twice: its run is returned
    when there is nothing else. Raises NotFound, Forbidden, NotEnoughCredits, Refused, Conflict when a run that is to do
    something else has them all, and DomainError when none or too many are chosen.
    """
    actor.require(LinkerPermission.WRITE)
    site = owned(Site, site_id, account_id)
    ids = _contents_to_link(account_id, site_id, content_ids)
    mode, chosen = "apply" if apply else "propose", len(ids)
    if not (free := claim_searches(account_id, site.id, ids)):
        return _started_before(account_id, ids, mode)
    ids = free
    batch = proposals.new_batch(site, actor, mode)
    run = start_run(
        account_id=account_id,
        kind=LINK_CONTENT,
        title=f"Links for {many(len(ids), 'content')}",
        actor=actor,
        site_id=site.id,
        params={"batch_id": batch.id, "content_ids": ids, "actor": actor.short_name},
        total=len(ids),
        lane=linking_lane(account_id),
    )
    batch.run_id = run.id
    note_searches(ids, run.id)
    if asks_model(site):
        charging.reserve_credits(run, OPERATION, len(ids))
    audit.record(
        account_id, "links.started", subject=site.name, after={"contents": len(ids), "mode": batch.mode}, by=actor
    )
    db.session.flush()
    return LinkingStarted(run, batch, chosen - len(ids))


def _contents_to_link(account_id: int, site_id: int, content_ids: Sequence[int]) -> list[int]:
    """The ids of those that the site has, in their order. Raises DomainError when there are none or too many."""
    stmt = select(Content.id).where(
        Content.account_id == account_id, Content.site_id == site_id, Content.id.in_(content_ids), LISTED
    )
    ids = list(db.session.scalars(stmt.order_by(Content.id)))
    if not ids:
        raise DomainError(
            gettext("No content is chosen."), code="NOTHING_CHOSEN", cure=gettext("Choose content, then try again.")
        )
    if len(ids) > MOST_CONTENTS:
        raise DomainError(
            gettext("At most %(most)s contents can be linked at once.", most=local_number(MOST_CONTENTS)),
            code="TOO_MANY_CHOSEN",
            cure=gettext("Choose fewer."),
        )
    return ids


def _started_before(account_id: int, content_ids: Sequence[int], mode: str) -> LinkingStarted:
    """The run that does this for these contents already. Raises Conflict when it is to do something else."""
    run = run_at_work(content_ids)
    mine = (LinkBatch.account_id == account_id, LinkBatch.mode == mode)
    batch = db.session.scalar(select(LinkBatch).where(*mine, LinkBatch.run_id == run.id)) if run else None
    if run is None or batch is None:
        raise Conflict(
            gettext("Links are being looked for already, for all that was chosen."),
            code="LINKING_ALREADY",
            cure=gettext("Wait until that has ended, or cancel it."),
        )
    return LinkingStarted(run, batch, len(content_ids))


def accept_links(account_id: int, actor: Actor, proposal_ids: Sequence[int]) -> Changed:
    """Put proposed links of one content into its text. Returns what was done.

    Raises NotFound, Conflict when somebody decided first, edits the content or it is in the trash, and the error of
    `proposals.why_not` when the only one could not be put in.
    """
    actor.require(LinkerPermission.WRITE)
    chosen = _of_one_content(account_id, proposal_ids)
    content = proposals.lock_for_links(account_id, chosen[0].content_id)
    claimed = proposals.claim_links(actor, proposal_ids, ("proposed", "outdated"), "accepted")
    if not claimed:
        raise _decided()
    added = proposals.put_in(actor, content, claimed)
    problems = [proposals.why_not(content, link) for link in claimed if link.state != "accepted"]
    if not added and len(claimed) == 1:
        raise problems[0]
    words = ngettext("%(num)s link put into the text.", "%(num)s links put into the text.", added)
    words = " ".join([words, *dict.fromkeys(problem.message for problem in problems)])
    _record(account_id, actor, "links.added", content, added)
    return Changed(words, added)


def reject_links(account_id: int, actor: Actor, proposal_ids: Sequence[int]) -> Changed:
    """Keep these links out: they are not proposed again. Raises NotFound, and Conflict when somebody decided first."""
    actor.require(LinkerPermission.WRITE)
    chosen = owned_many(LinkProposal, list(proposal_ids), account_id)
    claimed = proposals.claim_links(actor, proposal_ids, ("proposed", "outdated"), "rejected")
    if not claimed:
        raise _decided()
    waiting.count_waiting({proposal.content_id for proposal in chosen})
    words = ngettext("%(num)s link rejected.", "%(num)s links rejected.", len(claimed))
    return Changed(words, len(claimed))


def propose_again(account_id: int, actor: Actor, proposal_id: int) -> Changed:
    """Let a rejected link wait for a decision again.

    Raises NotFound, and Conflict for one that was not rejected, or whose page is not live any more.
    """
    actor.require(LinkerPermission.WRITE)
    proposal = owned(LinkProposal, proposal_id, account_id)
    if proposal.target_id not in live_addresses([proposal]):
        raise TargetsGone(proposal.target.title)
    if not proposals.claim_links(actor, [proposal_id], ("rejected", "undone"), "proposed"):
        raise _decided()
    waiting.count_waiting([proposal.content_id])
    return Changed(gettext("Proposed again."), 1)


def edit_link(account_id: int, actor: Actor, proposal_id: int, *, anchor: str, nofollow: bool) -> Changed:
    """Choose other words of the text for a proposed link, or whether search engines shall follow it.

    Raises NotFound, Conflict when it was decided on, WordsGone for words that do not stand where a link may be, and
    DomainError for those that say nothing of a page.
    """
    actor.require(LinkerPermission.WRITE)
    proposal = owned(LinkProposal, proposal_id, account_id)
    if proposal.state not in ("proposed", "outdated"):
        raise _decided()
    anchor = anchor.strip()
    content = owned(Content, proposal.content_id, account_id)
    if proposal.sentence:
        is_there = bool(anchor) and anchor in proposal.sentence
        place = None
    else:
        place = locate(read_markup(content.content_html), anchor, proposal.before, proposal.after) if anchor else None
        is_there = place is not None
    if anchor and not is_there:
        raise proposals.WordsGone(anchor)
    _refuse_saying_nothing(anchor)
    parts = [part for part in proposal.rel.split() if part != "nofollow"]
    proposal.rel = " ".join(["nofollow", *parts] if nofollow else parts)
    proposal.anchor, proposal.state = anchor, "proposed"
    if place is not None:
        proposal.before, proposal.after = place.before, place.after
    db.session.flush()
    waiting.count_waiting([proposal.content_id])
    return Changed(gettext("Saved."), 1)


def _refuse_saying_nothing(anchor: str) -> None:
    """Raise DomainError for words that say nothing of a page: none, signs, or grammar alone."""
    words = words_of_text(anchor, guess_language(anchor))
    if not any(word.end - word.start > 1 and not word.is_grammar for word in words):
        raise DomainError(
            gettext("These words do not say where the link leads."),
            code="LINK_WORDS_EMPTY",
            field="anchor",
            cure=gettext("Choose words of the text that say what the page is about."),
        )


def take_out_link(account_id: int, actor: Actor, proposal_id: int) -> Changed:
    """Take a link that was put in out of the text again, also after later edits.

    Raises NotFound, and Conflict as `accept_links` does.
    """
    actor.require(LinkerPermission.WRITE)
    proposal = owned(LinkProposal, proposal_id, account_id)
    return _taken_out(account_id, actor, proposal.content_id, [proposal_id])


def take_out_links_of(account_id: int, actor: Actor, content_id: int, chosen_ids: Collection[int]) -> Changed:
    """Take these links of ours out of one content. Raises NotFound, and Conflict as `accept_links` does."""
    actor.require(LinkerPermission.WRITE)
    owned(Content, content_id, account_id)
    ids = [link.id for link in proposals.accepted_links(account_id, content_id) if link.id in chosen_ids]
    if not ids:
        return Changed(gettext("There is no link of ours in the text."), 0)
    return _taken_out(account_id, actor, content_id, ids)


def _taken_out(account_id: int, actor: Actor, content_id: int, ids: Sequence[int]) -> Changed:
    content = proposals.lock_for_links(account_id, content_id)
    claimed = proposals.claim_links(actor, ids, ("accepted",), "undone")
    if not claimed:
        raise _decided()
    removed = proposals.take_out(actor, content, claimed)
    _record(account_id, actor, "links.removed", content, removed)
    if not removed:
        return Changed(gettext("Somebody had taken the link out already."), 0)
    return Changed(ngettext("%(num)s link taken out.", "%(num)s links taken out.", removed), removed)


def undo_link_batch(account_id: int, actor: Actor, batch_id: int) -> Run:
    """Start taking out all links that a batch put in or that were accepted from it; what waits is withdrawn at once.

    What an earlier undo had to leave out is taken out now. Raises NotFound, Conflict when there is nothing left,
    Forbidden and Refused.
    """
    actor.require(LinkerPermission.WRITE)
    owned(LinkBatch, batch_id, account_id)
    locked = select(LinkBatch).where(LinkBatch.id == batch_id).with_for_update()
    batch = db.session.scalars(locked.execution_options(populate_existing=True)).one()
    if batch.undone_at is not None and not batch_figures([batch_id])[batch_id].left:
        raise Conflict(gettext("This was undone already."), code="UNDONE", cure=gettext("Reload the page."))
    batch.undone_at = batch.undone_at or utcnow()
    db.session.flush()
    open_ids = select(LinkProposal.id).where(LinkProposal.batch_id == batch_id, LinkProposal.state.in_(OPEN_STATES))
    withdrawn = proposals.claim_links(actor, list(db.session.scalars(open_ids)), OPEN_STATES, "undone")
    waiting.count_waiting({proposal.content_id for proposal in withdrawn})
    audit.record(account_id, "links.undone", subject=f"batch {batch_id}", by=actor)
    return start_run(
        account_id=account_id,
        kind=UNDO_LINKS,
        title="Taking links out again",
        actor=actor,
        site_id=batch.site_id,
        params={"batch_id": batch.id, "actor": actor.short_name},
        exclusive_key=f"undo_links:{batch.id}",
    )


def start_reading_pages(account_id: int, actor: Actor, site_id: int, ids: Sequence[int] | None = None) -> Run:
    """Have changed pages of a site read, or those of `ids` among them. Raises NotFound and Forbidden.

    A reading of the whole site that a person asked for is not begun twice. What an event asks for always is: pages that
    the one under way has passed may have changed since.
    """
    site = owned(Site, site_id, account_id)
    is_asked_for = ids is None and actor.id is not None
    return start_run(
        account_id=account_id,
        kind=READ_PAGES,
        title=f"Reading the pages of {site.name}",
        actor=actor,
        site_id=site.id,
        params={"ids": list(ids) if ids is not None else None},
        lane=reading_lane(site.id),
        exclusive_key=f"read_pages:{site.id}" if is_asked_for else None,
    )


def links_planned(account_id: int, content_id: int) -> list[planning.PlannedLink]:
    """The links that a content would get now, without storing anything. Raises NotFound."""
    content = owned(Content, content_id, account_id)
    site = owned(Site, content.site_id, account_id)
    indexing.refresh(site, [content_id])
    decided = planning.decided_targets(content_id)
    return planning.plan_outgoing(site, settings_for(site), content_id, decided=decided)


def _of_one_content(account_id: int, ids: Sequence[int]) -> list[LinkProposal]:
    if not ids:
        raise _decided()  # nothing of what was shown waits any more
    chosen = owned_many(LinkProposal, list(ids), account_id)
    if not chosen or len({proposal.content_id for proposal in chosen}) > 1:
        raise NotFound()
    return chosen


def _decided() -> Conflict:
    return Conflict(
        gettext("Somebody decided on this link already."), code="LINK_DECIDED", cure=gettext("Reload the page.")
    )


def _record(account_id: int, actor: Actor, action: str, content: Content, count: int) -> None:
    if count:
        audit.record(account_id, action, subject=content.title, after={"links": count}, by=actor)
