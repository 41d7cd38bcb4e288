"""The list of contents with their scores."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import defer, selectinload

from app.content import state
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.filters import Filter, cases, choice
from app.core.listing.kinds import ListKind
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.core.permissions import Permission
from app.optimizer.analysis import Rating
from app.optimizer.models import ContentScore
from app.planner.models import CONTENT_TYPES

GOOD, FAIR = 75, 50
BANDS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "good": (N_("75 and above"), ContentScore.overall >= GOOD),
    "fair": (N_("50 to 74"), ContentScore.overall.between(FAIR, GOOD - 1)),
    "poor": (N_("Below 50"), ContentScore.overall < FAIR),
}
NAMES = {
    "coverage": N_("Coverage of the subject"),
    "keyphrase_length": N_("Keyphrase"),
    "keyphrase_in_introduction": N_("Keyphrase in the first paragraph"),
    "keyphrase_in_title": N_("Keyphrase in the title"),
    "keyphrase_in_slug": N_("Keyphrase in the slug"),
    "keyphrase_in_description": N_("Keyphrase in the SEO description"),
    "keyphrase_in_headings": N_("Keyphrase in subheadings"),
    "keyphrase_density": N_("Use of the keyphrase"),
    "keyphrase_in_alt_texts": N_("Keyphrase in alternative texts"),
    "competing_links": N_("Links on the keyphrase"),
    "keyphrase_used_elsewhere": N_("Keyphrase used elsewhere"),
    "text_length": N_("Text length"),
    "title_width": N_("Width of the title"),
    "description_length": N_("Length of the SEO description"),
    "single_h1": N_("One heading 1"),
    "internal_links": N_("Internal links"),
    "outbound_links": N_("Outbound links"),
    "alt_texts": N_("Alternative texts"),
    "sentence_length": N_("Length of sentences"),
    "paragraph_length": N_("Length of paragraphs"),
    "subheadings": N_("Subheadings"),
    "passive_voice": N_("Passive voice"),
    "transition_words": N_("Transition words"),
    "same_starts": N_("Sentence beginnings"),
    "reading_ease": N_("Reading ease"),
    "call_to_action": N_("Call to action"),
    "links_to_follow": N_("Links to follow"),
    "lists": N_("Lists and tables"),
    "images": N_("Images and videos"),
    "questions": N_("Questions"),
}
"""What each assessment is called, by its key."""


def _is_bad(key: str) -> list[ColumnElement[bool]]:
    return [ContentScore.ratings[key].astext == Rating.BAD]


SCORE_LIST = ListSpec(
    id=ContentScore.id,
    account=ContentScore.account_id,
    site=ContentScore.site_id,
    tables=(ContentScore, Content),
    columns=(
        Column(N_("Title"), "title", value=lambda row: row.content.title),
        Column(N_("Overall"), "overall", "end", value=lambda row: row.overall),
        Column(N_("SEO"), "seo", "end", value=lambda row: row.seo),
        Column(N_("Readability"), "readability", "end", value=lambda row: row.readability),
        Column(N_("Engagement"), "engagement", "end", value=lambda row: row.engagement),
        Column(N_("To improve"), "to_improve", "end", value=lambda row: row.to_improve),
        Column(N_("Words"), "words", "end", value=lambda row: row.words),
        Column(N_("State"), css="state", value=lambda row: state.LABELS[row.content.state]),
        Column(N_("Language"), css="tight", optional=True, value=lambda row: row.language),
    ),
    filters=(
        cases("score", {key: condition for key, (_label, condition) in BANDS.items()}),
        Filter("bad", lambda text: text if text in NAMES else None, _is_bad),
        choice("type", Content.content_type, CONTENT_TYPES),
        choice("state", Content.state, tuple(state.LABELS)),
    ),
    sorts=(
        Sort("overall", ContentScore.overall, nullable=True),
        Sort("seo", ContentScore.seo, nullable=True),
        Sort("readability", ContentScore.readability, nullable=True),
        Sort("engagement", ContentScore.engagement, nullable=True),
        Sort("to_improve", ContentScore.to_improve),
        Sort("words", ContentScore.words),
        Sort("title", Content.title_key),
    ),
    default_sort="overall",
    search=Search(Content.search, Content.title),
    joined=(Content.id == ContentScore.content_id,),
    only=(LISTED,),
)


def _score_rows() -> Select[Any]:
    return select(ContentScore).options(selectinload(ContentScore.content).options(defer(Content.content_html)))


LISTS = (
    ListKind(
        "scores",
        N_("Scores"),
        "optimizer.index",
        SCORE_LIST,
        _score_rows,
        Permission.CONTENT_READ,
        Permission.CONTENT_WRITE,
    ),
)


def list_scores(account_id: int, site_id: int, query: ListQuery) -> Page[ContentScore]:
    """One page of the table, with the contents but without their texts."""
    stmt = select(ContentScore).where(*SCORE_LIST.where(account_id, site_id, query))
    options = [selectinload(ContentScore.content).options(defer(Content.content_html))]
    return fetch_page(SCORE_LIST, query, stmt, options=options)


def matching_texts(account_id: int, site_id: int, filters: Mapping[str, str]) -> list[int]:
    """The ids of the contents that these filters of the list leave. Raises DomainError for a filter that makes no
    sense."""
    query = SCORE_LIST.read_exactly(filters)
    stmt = select(ContentScore.content_id).where(*SCORE_LIST.where(account_id, site_id, query))
    return list(db.session.scalars(stmt.order_by(ContentScore.content_id)))


def count_bands(account_id: int, site_id: int) -> Mapping[str, int]:
    """How many contents of the site have a score of each band."""
    where = SCORE_LIST.where(account_id, site_id, SCORE_LIST.read({}))
    counts = [func.count().filter(condition).label(key) for key, (_label, condition) in BANDS.items()]
    row = db.session.execute(select(*counts).select_from(ContentScore).where(*where)).one()
    return dict(row._mapping)
