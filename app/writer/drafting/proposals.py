"""Texts that a content may get. A proposal changes nothing until a person takes it; then the text that was there is
kept among the versions of the content. Services flush; callers commit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, select, update

from app.content import services as contents
from app.content.editing.revisions import VersionCause
from app.content.models import Content
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.tenancy import owned
from app.thinker import uses
from app.writer.drafting.section_models import Proposal
from app.writer.drafting.section_places import with_section
from app.writer.pictures.services import keep_plan

MOST_LISTED = 50
FIELDS = ("excerpt", "seo_title", "seo_description")
IMAGES = "image_briefs"


def add_proposal(
    content: Content,
    html: str,
    *,
    origin: str,
    actor_id: int | None,
    section: str = "",
    title: str = "",
    fields: dict[str, Any] | None = None,
) -> Proposal:
    """Propose a text, for a section or the whole, next to the present one. Flushes."""
    proposal = Proposal(
        account_id=content.account_id,
        site_id=content.site_id,
        content_id=content.id,
        state="open",
        origin=origin,
        section=section,
        base_version=content.version,
        title=title or content.title,
        content_html=html,
        fields=fields or {},
        actor_id=actor_id,
    )
    db.session.add(proposal)
    db.session.flush()
    return proposal


def part_of(proposal: Proposal) -> str:
    """The name under which Thinker knows what the text was written with."""
    return f"proposal:{proposal.id}"


def list_proposals(account_id: int, content_id: int) -> Sequence[Proposal]:
    """The proposals for a content, decided or not, the newest first."""
    stmt = select(Proposal).where(Proposal.account_id == account_id, Proposal.content_id == content_id)
    return db.session.scalars(stmt.order_by(Proposal.id.desc()).limit(MOST_LISTED)).all()


def open_proposals(account_id: int, content_id: int) -> Sequence[Proposal]:
    """Proposals that nobody has decided on, the newest first."""
    return [proposal for proposal in list_proposals(account_id, content_id) if proposal.state == "open"]


def text_with(content: Content, proposal: Proposal) -> str:
    """The text of the content as it would be with the proposal; raises DomainError when its section is gone."""
    if not proposal.section:
        return proposal.content_html
    text = with_section(content.content_html, proposal.section, proposal.content_html)
    if text is None:
        raise DomainError(
            gettext("The section “%(section)s” is not in the text any more.", section=proposal.section),
            code="SECTION_GONE",
            cure=gettext("Copy what you want of the new text into the editor, or write the section anew."),
        )
    return text


def accept_proposal(account_id: int, actor: Actor, proposal_id: int, *, expected_version: int) -> Content:
    """Put the proposal's text into the content. Flushes.

    Raises ContentEditConflict when the content was saved since `expected_version` was shown, Conflict when the proposal
    was decided on already.
    """
    proposal = owned(Proposal, proposal_id, account_id)
    content = owned(Content, proposal.content_id, account_id)
    html = text_with(content, proposal)
    _decide(proposal, "taken")
    uses.take_part(account_id, part_of(proposal), content.id)
    changes: dict[str, Any] = {"content_html": html}
    if not proposal.section:
        changes |= {"title": proposal.title} | {
            name: proposal.fields[name] for name in FIELDS if name in proposal.fields
        }
    version_cause = VersionCause("rewrite", actor.id, actor.short_name)
    content = contents.update_content(
        content.id, account_id, changes, expected_version=expected_version, version_cause=version_cause
    )
    if not proposal.section and proposal.fields.get(IMAGES):  # pictures as the text that is taken wants them
        keep_plan(content, proposal.fields[IMAGES], content.content_html)
    return content


def discard_proposal(account_id: int, proposal_id: int) -> Proposal:
    """Keep the content's own text. The proposal stays in the list. Flushes; raises Conflict when it was decided on."""
    proposal = owned(Proposal, proposal_id, account_id)
    _decide(proposal, "dropped")
    return proposal


def _decide(proposal: Proposal, state: str) -> None:
    """Only the first decision counts: a second window, or another person, gets an error."""
    result = db.session.execute(
        update(Proposal)
        .where(Proposal.id == proposal.id, Proposal.state == "open")
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(proposal)
    if not (isinstance(result, CursorResult) and result.rowcount):
        raise Conflict(
            gettext("Somebody decided on this text already."),
            code="PROPOSAL_DECIDED",
            cure=gettext("Both texts are kept: the saved ones in the history, those written anew under “Write anew”."),
        )
