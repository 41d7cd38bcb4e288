"""Texts that are proposed for contents: having them written, reading and deciding on them; what a draft lacks."""

from typing import Any

from pydantic import Field

from app.api.content_routes import ContentShown
from app.api.endpoints import api_endpoint, expected_version
from app.api.runs import RunShown
from app.api.shapes import Given, Instant, Parameters, QueryId, RowId, RowPage, Shown, whole_list
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.writer.drafting import proposals, rewriting
from app.writer.drafting.checking import checked_draft
from app.writer.drafting.section_models import Proposal

ONE = "/writer/proposals/<int:proposal_id>/"


class ProposalShown(Shown):
    """A text that a content may get: for the `section` of that heading, or "" for the whole. `fields` come with it.

    `state` is `open`, `taken` or `dropped`. `content_version` is that of the content as it is now: to take the text,
    name it by If-Match.
    """

    id: RowId = Field(examples=[6])
    content_id: int = Field(examples=[11])
    state: str = Field(examples=["open"])
    origin: str = Field(examples=["rewrite"])
    section: str = Field(examples=[""])
    title: str = Field(examples=["How to choose trail running shoes"])
    content_html: str = Field(examples=["<p>Trails are rough.</p>"])
    fields: dict[str, Any] = Field(examples=[{"seo_title": "Trail running shoes"}])
    content_version: int = Field(examples=[3])
    created_at: Instant

    @property
    def etag(self) -> str:
        """The version of the content that it is for."""
        return str(self.content_version)

    @classmethod
    def of(cls, row: Proposal) -> "ProposalShown":
        """The proposal as it is answered."""
        own = {name: getattr(row, name) for name in cls.model_fields if name != "content_version"}
        return cls(**own, content_version=owned(Content, row.content_id, row.account_id).version)


class ProposalsParameters(Parameters):
    """Whose proposed texts."""

    content_id: QueryId = Field(description="The content whose proposed texts are listed.", examples=[11])


class RewriteGiven(Given):
    """A content, and the heading of the section that is written anew: "" for the whole text."""

    content_id: RowId = Field(examples=[11])
    section: str = Field("", max_length=300, examples=[""])


class ReadAgainGiven(Given):
    """A content, and which of its proposals is read again: null for its draft."""

    content_id: RowId = Field(examples=[11])
    proposal_id: RowId | None = Field(None, examples=[None])


class DraftCheckShown(Shown):
    """One thing that a draft was looked at for: `done` or `open`, in a sentence."""

    key: str = Field(examples=["length"])
    state: str = Field(examples=["done"])
    says: str = Field(examples=["It has 1,200 of 1,200 words."])


@api_endpoint("GET", "/writer/proposals/", Permission.CONTENT_READ, module="writer")
def show_text_proposals(query: ProposalsParameters) -> RowPage[ProposalShown]:
    """List the newest 50 texts that were proposed for a content, decided on or not, on one page."""
    content = owned(Content, query.content_id, current_account_id())
    return whole_list([ProposalShown.of(row) for row in proposals.list_proposals(content.account_id, content.id)])


@api_endpoint("GET", ONE, Permission.CONTENT_READ, module="writer")
def show_text_proposal(proposal_id: int) -> ProposalShown:
    """One proposed text."""
    return ProposalShown.of(owned(Proposal, proposal_id, current_account_id()))


@api_endpoint("POST", "/writer/proposals/", Permission.WRITER_WRITE, module="writer", status=202)
def rewrite_content(body: RewriteGiven) -> RunShown:
    """Have a content or a section of it written anew: a run, whose text is proposed beside the present one."""
    section = " ".join(body.section.split())
    return RunShown.of(rewriting.start_rewrite(current_account_id(), current_actor(), body.content_id, section))


@api_endpoint("POST", "/writer/proposals/read_again/", Permission.WRITER_WRITE, module="writer", status=201)
def read_answer_again(body: ReadAgainGiven) -> ProposalShown:
    """Read what the model answered then by today's rules, without asking it, and propose the text."""
    made = rewriting.read_again(current_account_id(), current_actor(), body.content_id, body.proposal_id)
    return ProposalShown.of(made)


@api_endpoint("POST", f"{ONE}take/", Permission.CONTENT_WRITE, module="writer", matches=True)
def take_text_proposal(proposal_id: int) -> ContentShown:
    """Put a proposed text into its content, whose version If-Match names. 409 when it was decided on."""
    account_id = current_account_id()
    proposal = owned(Proposal, proposal_id, account_id)
    seen = expected_version(owned(Content, proposal.content_id, account_id).version)
    content = proposals.accept_proposal(account_id, current_actor(), proposal_id, expected_version=seen)
    return ContentShown.model_validate(content)


@api_endpoint("POST", f"{ONE}drop/", Permission.CONTENT_WRITE, module="writer")
def drop_text_proposal(proposal_id: int) -> ProposalShown:
    """Keep the content's own text. 409 when it was decided on."""
    return ProposalShown.of(proposals.discard_proposal(current_account_id(), proposal_id))


@api_endpoint("GET", "/content/<int:content_id>/draft_checks/", Permission.CONTENT_READ, module="writer")
def show_draft_checks(content_id: int) -> RowPage[DraftCheckShown]:
    """List what the text of a content has and lacks of its brief, on one page; nothing where it has no brief."""
    checked = checked_draft(current_account_id(), content_id)
    return whole_list([DraftCheckShown.model_validate(check) for check in checked.checks])
