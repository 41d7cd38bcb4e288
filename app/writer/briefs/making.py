"""What a brief says at first: made from its task, the task's idea and cluster, the cluster's keywords and the site."""

from dataclasses import dataclass

from sqlalchemy import select

from app.ai.builtin.keyword_facets import asks
from app.ai.builtin.keyword_topics import is_the_piece, related
from app.ai.builtin.languages import language_of
from app.ai.builtin.outlines import outline
from app.ai.plans import USUAL_WORDS, OutlineRequest
from app.ai.wording import title_key
from app.core.extensions import db
from app.meaning.stored_vectors import kept_likeness
from app.planner.models import Keyword
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section, new_id
from app.writer.models import Task

MOST_KEYWORDS, MOST_SECONDARY = 60, 12
LEAST_ALIKE = 0.56
_INTENTS = {
    "Product Page": "transactional",
    "Landing Page": "transactional",
    "Service Page": "transactional",
    "Comparison": "commercial",
    "Review": "commercial",
    "Archive Page": "navigational",
    "About Page": "navigational",
}


@dataclass(frozen=True, slots=True)
class _Keywords:
    """The cluster's keywords that belong in the piece, the most searched first, and the primary keyword's intent."""

    texts: list[str]
    intent: str | None


def brief_values_of(task: Task) -> Brief:
    """A brief that is not stored, as one would be made now."""
    keywords = _keywords_of(task)
    language = language_of([task.title, task.primary_keyword, *keywords.texts])
    length = USUAL_WORDS.get(task.content_structure, USUAL_WORDS["Guide"])
    plan = outline(
        OutlineRequest(
            title=task.title,
            description=task.cluster.description,
            content_type=task.content_type,
            content_structure=task.content_structure,
            primary_keyword=task.primary_keyword,
            keywords=keywords.texts,
            length_words=length,
            language=language,
        )
    )
    further = [keyword for keyword in keywords.texts if title_key(keyword) != title_key(task.primary_keyword)]
    plain = [] if task.picks_keywords else [keyword for keyword in further if not asks(keyword)]
    most = len(further) if task.picks_keywords else MOST_SECONDARY
    return Brief(
        account_id=task.account_id,
        site_id=task.site_id,
        task_id=task.id,
        title=task.title,
        description=task.description,
        intent=keywords.intent or _INTENTS.get(task.content_structure, "informational"),
        primary_keyword=task.primary_keyword,
        secondary_keywords=(plain or further)[:most],  # where all ask, it is they that it is found for
        outline=[
            Section(new_id(), section.heading, section.notes, tuple(section.keywords)).stored()
            for section in plan.sections
        ],
        questions=plan.questions,
        link_ids=[],
        length_words=length,
        persona="",
        tone=task.tone,
        country=task.country,
        language=language,
        nearest=[],
        version=0,
    )


def keywords_for(task: Task) -> list[str]:
    """The keywords that a person picked for the task, or else those of its cluster that belong in its piece, the most
    searched first.
    """
    return _keywords_of(task).texts


def _keywords_of(task: Task) -> _Keywords:
    if task.picks_keywords:
        texts, key = [keyword.keyword for keyword in task.keywords], title_key(task.primary_keyword)
        return _Keywords(texts, next((row.intent for row in task.keywords if title_key(row.keyword) == key), None))
    return _keywords_of_cluster(task)


def _keywords_of_cluster(task: Task) -> _Keywords:
    own = [keyword.keyword for keyword in sorted(task.keywords, key=lambda row: (-(row.volume or 0), row.id))]
    stmt = select(Keyword.keyword, Keyword.intent).where(
        Keyword.account_id == task.account_id, Keyword.cluster_id == task.cluster_id
    )
    rows = db.session.execute(stmt.order_by(Keyword.volume.desc().nulls_last(), Keyword.id).limit(MOST_KEYWORDS)).all()
    key = title_key(task.primary_keyword)
    intent = next((row.intent for row in rows if title_key(row.keyword) == key), None)
    texts = list(dict.fromkeys([*(row.keyword for row in rows), *own]))
    by_words = set(related(texts, task.primary_keyword, task.title))
    alike = kept_likeness(task.account_id, task.primary_keyword, texts)
    fitting = [
        text
        for text in texts
        if text in by_words or alike.get(text, 0) >= LEAST_ALIKE or is_the_piece(text, task.primary_keyword, task.title)
    ]
    return _Keywords(fitting, intent)
