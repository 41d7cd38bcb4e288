"""Proposed links: stored, put into the text, refused, taken out again. Services flush; callers commit.

A text is only written while its row is locked and its version is the one that was read, as a version of its own that
says what made it; what WordPress has is told apart from it as after any edit here. Nobody's unsaved text is overtaken:
a content with unsaved changes is left alone.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.content import services as contents
from app.content.bulk.services import change_contents
from app.content.changes import changed
from app.content.editing.revisions import VersionCause
from app.content.editing.unsaved import refuse_unsaved
from app.content.models import Content
from app.content.services import MAX_HTML
from app.content.trash.services import refuse_trashed
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Run
from app.core.runs.kinds import RunKind
from app.core.runs.states import OPEN
from app.linker.models import LinkBatch, LinkProposal
from app.linker.pages import leads_to
from app.linker.planning import PlannedLink
from app.linker.splice import (
    Place,
    end_of_paragraph,
    find_link,
    locate,
    opening_tag,
    put_links,
    sentence_html,
    without_link,
)
from app.linker.targets import HAS_TARGET, HAS_TEXT, TargetsGone, live_addresses
from app.linker.texts import read_markup
from app.linker.waiting import count_waiting
from app.sites.models import Site

MOST_LISTED = 50
QUIET = {"synchronize_session": False}


class WordsGone(DomainError):
    """The words that should carry the link no longer stand where a link may be."""

    def __init__(self, anchor: str) -> None:
        super().__init__(
            gettext("“%(words)s” no longer stands in the text where a link may be.", words=anchor[:200]),
            code="LINK_WORDS_GONE",
            field="anchor",
            cure=gettext("Choose other words of the text, or reject this link."),
        )


class LinkedAlready(WordsGone):
    """The text links to the page already, or the words carry another link."""

    def __init__(self, message: str) -> None:
        cure = gettext("Choose other words, or reject this link.")
        DomainError.__init__(self, message, code="LINKED_ALREADY", field="anchor", cure=cure)


def store_planned(
    content_ids: Collection[int], planned: Iterable[PlannedLink], site_id: int, account_id: int, batch_id: int | None
) -> int:
    """Store links as proposals; what a person has decided on stays as it is. Returns how many. Flushes."""
    now = utcnow()
    rows = [
        {
            "account_id": account_id,
            "site_id": site_id,
            "batch_id": batch_id,
            "content_id": link.content_id,
            "target_id": link.target_id,
            "state": "proposed",
            "score": link.score,
            "reasons": [list(reason) for reason in link.reasons],
            "url": link.url,
            "rel": link.rel,
            "anchor": link.choice.place.anchor,
            "before": link.choice.place.before,
            "after": link.choice.place.after,
            "sentence": "",
            "tag": "",
            "created_at": now,
            "updated_at": now,
        }
        for link in planned
    ]
    count = 0
    for row in sorted(rows, key=lambda row: (row["content_id"], row["target_id"])):
        stmt = insert(LinkProposal).values(row)
        kept = ("created_at", "content_id", "target_id", "account_id", "site_id")
        new = {name: value for name, value in row.items() if name not in kept}
        is_open = LinkProposal.state.in_(("proposed", "outdated"))
        stmt = stmt.on_conflict_do_update(index_elements=["content_id", "target_id"], set_=new, where=is_open)
        count += db.session.scalar(stmt.returning(LinkProposal.id)) is not None
    count_waiting(content_ids)
    return count


def forget_open(content_id: int, kept_targets: Collection[int]) -> None:
    """Delete proposals for a content that nobody has decided on, but for these targets. Flushes."""
    stmt = delete(LinkProposal).where(
        LinkProposal.content_id == content_id,
        LinkProposal.state.in_(("proposed", "outdated")),
        LinkProposal.target_id.not_in(kept_targets),
        LinkProposal.sentence == "",
    )
    db.session.execute(stmt.execution_options(**QUIET))


def open_links(account_id: int, content_id: int) -> Sequence[LinkProposal]:
    """Proposals for a content that wait, or whose words are gone; the best first. None to what is not live."""
    states = LinkProposal.state.in_(("proposed", "outdated"))
    stmt = select(LinkProposal).where(
        LinkProposal.account_id == account_id, LinkProposal.content_id == content_id, states, HAS_TARGET
    )
    return db.session.scalars(stmt.order_by(LinkProposal.score.desc(), LinkProposal.id)).all()


def accepted_links(account_id: int, content_id: int) -> Sequence[LinkProposal]:
    """Links that were put into a content and not taken out again."""
    stmt = select(LinkProposal).where(
        LinkProposal.account_id == account_id, LinkProposal.content_id == content_id, LinkProposal.state == "accepted"
    )
    return db.session.scalars(stmt.order_by(LinkProposal.decided_at, LinkProposal.id)).all()


def incoming_links(account_id: int, content_id: int) -> Sequence[LinkProposal]:
    """Proposals for other contents to link to this one that wait; the best first. None while it is not live."""
    mine = (LinkProposal.account_id == account_id, LinkProposal.target_id == content_id)
    stmt = select(LinkProposal).where(*mine, LinkProposal.state == "proposed", HAS_TEXT, HAS_TARGET)
    return db.session.scalars(stmt.order_by(LinkProposal.score.desc(), LinkProposal.id)).all()


def lock_for_links(account_id: int, content_id: int) -> Content:
    """The content, locked until the transaction ends.

    Raises NotFound, Conflict for one in the trash, UnsavedChanges when somebody edits it.
    """
    content = db.session.scalar(
        select(Content)
        .where(Content.account_id == account_id, Content.id == content_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if content is None:
        raise NotFound()
    refuse_trashed(content)
    refuse_unsaved(content_id)
    return content


def put_in(actor: Actor, content: Content, proposals: Sequence[LinkProposal]) -> int:
    """Put these proposals, which are claimed, into the text of a locked content. Returns how many. Flushes.

    Those whose words are gone become outdated; those to what is not live go on waiting until it is.
    """
    html, added, addresses = content.content_html, [], live_addresses(proposals)
    for proposal in proposals:
        if proposal.target_id not in addresses:
            proposal.state, proposal.decided_at = "proposed", None
            continue
        proposal.url = addresses[proposal.target_id]  # it may have moved since
        spliced = _spliced(html, proposal, content.site.url)
        if spliced is None:
            proposal.state, proposal.decided_at = "outdated", None
            continue
        html = spliced
        added.append(proposal)
    if added:
        write_text(actor, content, html)
        for proposal in added:
            proposal.added_version = content.version
    db.session.flush()
    note_links(content)
    return len(added)


def _spliced(html: str, proposal: LinkProposal, site_url: str) -> str | None:
    """The text with the link; None when there is no place for it any more."""
    read = read_markup(html)
    if any(leads_to(link.href, proposal.url, site_url) for link in read.links):
        return None
    proposal.tag = opening_tag(proposal.url, proposal.rel)
    if proposal.sentence:
        end = end_of_paragraph(html, read, proposal.before)
        addition = sentence_html(proposal.sentence, proposal.anchor, proposal.tag)
        return None if end is None else html[:end] + addition + html[end:]
    place: Place | None = locate(read, proposal.anchor, proposal.before, proposal.after)
    return None if place is None else put_links(html, [(place, proposal.tag)])


def why_not(content: Content, proposal: LinkProposal) -> DomainError:
    """Why a proposal was not put into this text, as the error that says so."""
    if proposal.target_id not in live_addresses([proposal]):
        return TargetsGone(proposal.target.title)
    links = read_markup(content.content_html).links
    if any(leads_to(link.href, proposal.url, content.site.url) for link in links):
        title = proposal.target.title[:200]
        return LinkedAlready(gettext("The text links to “%(title)s” already.", title=title))
    if any(proposal.anchor in link.text for link in links):
        return LinkedAlready(gettext("“%(words)s” carries another link already.", words=proposal.anchor[:200]))
    return WordsGone(proposal.anchor)


def write_text(actor: Actor, content: Content, html: str) -> None:
    """Write the text of a locked content as a new version, byte for byte, and tell those above. Flushes."""
    if len(html) > MAX_HTML:
        raise DomainError(gettext("The text would become too long."), code="CONTENT_TOO_LONG")
    cause = VersionCause("links", actor.id, actor.short_name)
    change_contents({content.id: {"content_html": html}}, edits={content.id}, version_cause=cause)
    changed([content.id], ("content_html",))
    db.session.refresh(content)


def note_links(content: Content) -> None:
    """Record on the content which links of ours it has. Flushes."""
    links = [
        {"target_id": link.target_id, "url": link.url, "anchor": link.anchor}
        for link in accepted_links(content.account_id, content.id)
    ]
    contents.note_internal_links(content, links)
    count_waiting([content.id])


def claim_links(actor: Actor, ids: Collection[int], before: Collection[str], state: str) -> list[LinkProposal]:
    """Give these proposals a new state, where they are in one of `before`. Returns those. Flushes."""
    stmt = (
        update(LinkProposal)
        .where(LinkProposal.id.in_(ids), LinkProposal.state.in_(before))
        .values(state=state, decided_by=actor.id, decided_at=utcnow(), updated_at=utcnow())
        .returning(LinkProposal.id)
        .execution_options(**QUIET)
    )
    claimed = list(db.session.scalars(stmt))
    rows = select(LinkProposal).where(LinkProposal.id.in_(claimed)).execution_options(populate_existing=True)
    return list(db.session.scalars(rows.order_by(LinkProposal.score.desc(), LinkProposal.id)))


def take_out(actor: Actor, content: Content, proposals: Sequence[LinkProposal]) -> int:
    """Take these links, which are claimed, out of the text of a locked content. Returns how many were there. Flushes.

    Their words stay, whatever was edited around them since; a sentence of ours goes whole while it is as it was.
    """
    html, removed = content.content_html, 0
    for proposal in proposals:
        without = _without(html, proposal)
        if without is not None:
            html, removed = without, removed + 1
    if removed:
        write_text(actor, content, html)
    db.session.flush()
    note_links(content)
    return removed


def _without(html: str, proposal: LinkProposal) -> str | None:
    if proposal.sentence:
        addition = sentence_html(proposal.sentence, proposal.anchor, proposal.tag)
        if addition in html:
            return html.replace(addition, "", 1)
    link = find_link(html, proposal.tag, proposal.url, proposal.anchor)
    return None if link is None else without_link(html, link)


def rejected_links(account_id: int, content_id: int) -> Sequence[LinkProposal]:
    """Links of a content that a person rejected or took out, the newest first: they can be proposed again."""
    states = LinkProposal.state.in_(("rejected", "undone"))
    stmt = select(LinkProposal).where(
        LinkProposal.account_id == account_id, LinkProposal.content_id == content_id, states
    )
    return db.session.scalars(stmt.order_by(LinkProposal.decided_at.desc(), LinkProposal.id).limit(MOST_LISTED)).all()


def linking_run(account_id: int, content_id: int, kind: RunKind) -> Run | None:
    """The open run of this kind that links this content."""
    stmt = select(Run).where(Run.account_id == account_id, Run.kind == kind.name, Run.state.in_(OPEN))
    stmt = stmt.where(Run.params["content_ids"].contains([content_id]))
    return db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1))


def new_batch(site: Site, actor: Actor, mode: str) -> LinkBatch:
    """A batch of a site that a run is to fill; `mode` is propose, apply or plan. Flushes."""
    batch = LinkBatch(
        account_id=site.account_id, site_id=site.id, actor_id=actor.id, actor_name=actor.short_name[:120], mode=mode
    )
    db.session.add(batch)
    db.session.flush()
    return batch
