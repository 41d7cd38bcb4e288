"""What a model answered before, read once more by today's rules: nobody is asked."""

from pydantic import Field

from app.ai.client.json_answers import NoAnswer, read_answer
from app.ai.markup import block_html
from app.ai.operations import AnswerRejected, StoredOperation
from app.ai.plans import PlannedSection
from app.ai.tasks.draft import DraftAnswer, DraftRequest, DraftResult, read_draft
from app.ai.tasks.finishing import FinishingAnswer, FinishingRequest, assembled, read_finishing
from app.ai.tasks.section import SectionAnswer, SectionRequest, read_section
from app.ai.values import Values
from app.core.errors import DomainError


class AnsweredSection(Values):
    """What was answered for the section under a heading."""

    heading: str
    raw: str


class ReparseRequest(Values):
    """Answers for a text that `draft` was asked as. `last` is that of what stands around the `sections`.

    Without sections it is that of the whole; without `last` the sections are all of the text.
    """

    draft: DraftRequest
    sections: list[AnsweredSection] = Field(default_factory=list)
    last: str = ""


def _reparsed(request: ReparseRequest) -> DraftResult:
    """The text that the answers hold; raises DomainError for one that cannot be read."""
    try:
        if not request.sections:
            return read_draft(request.draft, read_answer(request.last, DraftAnswer), request.last)
        sections = [_section_html(request.draft.title, section) for section in request.sections]
        return _finished(request, sections) if request.last else _sections_alone(request.draft.title, sections)
    except (NoAnswer, AnswerRejected) as error:
        raise DomainError(
            "The stored answer cannot be read.", code="NO_STORED_ANSWER", cure="Write it anew."
        ) from error


def _section_html(title: str, section: AnsweredSection) -> str:
    asked = SectionRequest(title=title, section=PlannedSection(heading=section.heading), headings=[])
    return read_section(asked, read_answer(section.raw, SectionAnswer), section.raw).content_html


def _finished(request: ReparseRequest, sections: list[str]) -> DraftResult:
    asked = FinishingRequest(
        title=request.draft.title,
        text="\n\n".join(map(block_html.plain_text, sections)),
        primary_keyword=request.draft.primary_keyword,
        language=request.draft.language,
    )
    return assembled(read_finishing(asked, read_answer(request.last, FinishingAnswer), request.last), sections)


def _sections_alone(title: str, sections: list[str]) -> DraftResult:
    html = block_html.join(sections)
    return DraftResult(title=title, content_html=html, excerpt="", seo_title="", seo_description="", focus_keywords=[])


REPARSE = StoredOperation(
    key="reparse", title="Stored answers read again", request=ReparseRequest, read=_reparsed, credit_operation=""
)
"""Costs no credits: nobody is asked (docs/decisions/0033)."""
