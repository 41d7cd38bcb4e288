"""Briefs of tasks: what is to be written, before it is."""

from typing import Any

from pydantic import Field
from werkzeug.datastructures import MultiDict

from app.api.endpoints import api_endpoint, expected_version
from app.api.runs import RunShown
from app.api.shapes import Given, RowId, RowPage, Shown, Versioned, whole_list
from app.core.access import current_account_id, current_actor
from app.core.errors import DomainError
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.writer.briefs import nearest, outlines, services
from app.writer.briefs.forms import (
    LEAST_WORDS,
    LINE,
    MOST_KEYWORDS,
    MOST_LINKS,
    MOST_QUESTIONS,
    MOST_WORDS,
    NOTES,
    BriefForm,
)
from app.writer.briefs.making import brief_values_of
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import MOST_SECTIONS
from app.writer.models import Task

READ, WRITE = Permission.WRITER_READ, Permission.WRITER_WRITE
ONE = "/writer/tasks/<int:task_id>/brief/"
MODULE = "writer"


class BriefShown(Versioned):
    """What a task asks to be written. `outline` are its sections; `version` is 0 while nobody has opened it."""

    task_id: int = Field(examples=[9])
    title: str = Field(examples=["How to choose trail running shoes"])
    description: str = Field(examples=["For beginners."])
    intent: str = Field(examples=["informational"])
    primary_keyword: str = Field(examples=["trail running shoes"])
    secondary_keywords: list[str] = Field(examples=[["trail shoes"]])
    outline: list[Any] = Field(examples=[[{"id": "a1", "heading": "Fit", "notes": "", "keywords": []}]])
    questions: list[str] = Field(examples=[["How long do they last?"]])
    link_ids: list[int] = Field(examples=[[]])
    length_words: int = Field(examples=[1200])
    persona: str = Field(examples=[""])
    tone: str = Field(examples=[""])
    country: str | None = Field(examples=["US"])
    language: str = Field(examples=["en"])

    @classmethod
    def of(cls, brief: Brief) -> "BriefShown":
        """The brief as it is answered; one that is not stored yet has version 0."""
        own = {name: getattr(brief, name) for name in cls.model_fields if name != "version"}
        return cls(**own, version=brief.version or 0)


class SectionOfBriefGiven(Given):
    """A section of the outline. `id` is that of a section that was there; a new one needs none."""

    id: str = Field("", max_length=16, examples=[""])
    heading: str = Field(min_length=1, max_length=LINE, examples=["Fit"])
    notes: str = Field("", max_length=NOTES, examples=[""])
    keywords: list[str] = Field(default_factory=list, max_length=20, examples=[[]])


class BriefGiven(Given):
    """A brief; fields that are left out are empty."""

    title: str = Field(min_length=1, max_length=LINE, examples=["How to choose trail running shoes"])
    description: str = Field("", max_length=5000, examples=["For beginners."])
    intent: str = Field("", max_length=20, examples=["informational"])
    primary_keyword: str = Field(min_length=1, max_length=255, examples=["trail running shoes"])
    secondary_keywords: list[str] = Field(default_factory=list, max_length=MOST_KEYWORDS, examples=[["trail shoes"]])
    outline: list[SectionOfBriefGiven] = Field(
        default_factory=list, max_length=MOST_SECTIONS, examples=[[{"heading": "Fit"}]]
    )
    questions: list[str] = Field(default_factory=list, max_length=MOST_QUESTIONS, examples=[["How long do they last?"]])
    link_ids: list[RowId] = Field(default_factory=list, max_length=MOST_LINKS, examples=[[]])
    length_words: int = Field(1200, ge=LEAST_WORDS, le=MOST_WORDS, examples=[1200])
    persona: str = Field("", max_length=500, examples=[""])
    tone: str = Field("", max_length=60, examples=[""])
    country: str = Field("", max_length=2, examples=["US"])
    language: str = Field("en", max_length=5, examples=["en"])

    def values(self) -> dict[str, Any]:
        """What the page's form would have kept. Raises DomainError with the first field that is wrong."""
        lists = ("secondary_keywords", "outline", "questions", "link_ids")
        fields = [(name, str(value)) for name, value in self if name not in lists]
        fields += [(name, "\n".join(getattr(self, name))) for name in ("secondary_keywords", "questions")]
        fields += [("link_ids", str(content_id)) for content_id in self.link_ids]
        for section in self.outline:
            fields += [("section_id", section.id), ("heading", section.heading), ("notes", section.notes)]
            fields.append(("section_keywords", "\n".join(section.keywords)))
        form = BriefForm.sent(MultiDict(fields))
        if form.errors:
            field, message = next(iter(form.errors.items()))
            raise DomainError(message, code="FIELD_INVALID", field=field, details={"fields": form.errors})
        return form.values()


class NearestShown(Shown):
    """A content of the site that is like the task: 100 is the same."""

    id: RowId = Field(examples=[11])
    title: str = Field(examples=["Trail shoes for beginners"])
    likeness: int = Field(examples=[64])


def _task(task_id: int) -> Task:
    return owned(Task, task_id, current_account_id())


@api_endpoint("GET", ONE, READ, module=MODULE)
def show_brief(task_id: int) -> BriefShown:
    """The brief of a task; before it was first opened, what it would be."""
    task = _task(task_id)
    return BriefShown.of(services.find_brief(task.account_id, task.id) or brief_values_of(task))


@api_endpoint("PUT", ONE, WRITE, module=MODULE, matches=True)
def change_brief(task_id: int, body: BriefGiven) -> BriefShown:
    """Change the brief of a task; its title, keyword, tone and country become those of the task."""
    task = _task(task_id)
    before = services.find_brief(task.account_id, task.id)
    seen = expected_version(before.version if before else 0)
    if before is None and seen == 0:
        seen = services.brief_of(task).version
    return BriefShown.of(services.save_brief(task.account_id, task.id, body.values(), expected_version=seen))


@api_endpoint("POST", f"{ONE}outline/", WRITE, module=MODULE, status=202)
def propose_brief_outline(task_id: int) -> RunShown:
    """Have an outline proposed for the brief of a task: a run, whose answer the page of the brief offers."""
    return RunShown.of(outlines.start_outline(current_account_id(), current_actor(), _task(task_id).id))


@api_endpoint("POST", f"{ONE}nearest/", WRITE, module=MODULE, status=202)
def find_nearest_contents(task_id: int) -> RunShown:
    """Look for what the site has already that is like a task: a run."""
    return RunShown.of(nearest.start_nearest_search(current_account_id(), current_actor(), _task(task_id).id))


@api_endpoint("GET", f"{ONE}nearest/", READ, module=MODULE)
def show_nearest_contents(task_id: int) -> RowPage[NearestShown]:
    """List what of the site is most like a task, as of the last search, on one page."""
    task = _task(task_id)
    brief = services.find_brief(task.account_id, task.id)
    return whole_list([NearestShown.model_validate(row) for row in nearest.nearest_of(brief)] if brief else [])
