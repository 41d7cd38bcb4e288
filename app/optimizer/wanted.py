"""What people search for around the subject of a content, from the planner and the brief. Reads only."""

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from app.content.models import Content, content_keywords
from app.core.extensions import db
from app.core.listing.search import Search, clean_query
from app.optimizer.analysis import Wanted
from app.planner.models import Keyword
from app.writer.briefs.models import Brief

MOST_KEYWORDS, MOST_QUESTIONS = 60, 20
_ASKS = re.compile(
    r"^(?:how|what|when|where|why|which|who|can|is|are|does|do|should|will|wie|was|wann|wo|warum|comment|pourquoi|quand"
    r"|cómo|qué|cuándo|dónde|come|perché|quando|hoe|wat|wanneer)\b|[?？؟]$",
    re.IGNORECASE,
)


def wanted_for(contents: Sequence[Content]) -> dict[int, list[Wanted]]:
    """The searches of each of these contents of one account, once each.

    The keywords of its cluster, its own and those of the site that have its keyphrase, and the questions of the brief
    that it was written from.
    """
    by_cluster: dict[int, list[Wanted]] = {}
    for cluster_id in {content.cluster_id for content in contents if content.cluster_id is not None}:
        by_cluster[cluster_id] = _searches(contents[0].account_id, [Keyword.cluster_id == cluster_id])
    own = _own_keywords(contents)
    questions = _questions_of_briefs(contents)
    return {
        content.id: _once(
            *by_cluster.get(content.cluster_id or 0, []),
            *own.get(content.id, []),
            *_of_site(content),
            *(Wanted(str(keyword)) for keyword in content.focus_keywords[1:] if str(keyword).strip()),
            *(Wanted(question, "question") for question in questions.get(content.task_id or 0, [])),
        )
        for content in contents
    }


def _once(*searches: Wanted) -> list[Wanted]:
    return list({search.text.casefold(): search for search in reversed(searches)}.values())[::-1]


def _searches(account_id: int, conditions: Sequence[ColumnElement[bool]]) -> list[Wanted]:
    stmt = select(Keyword.keyword, Keyword.volume).where(Keyword.account_id == account_id, *conditions)
    rows = db.session.execute(stmt.order_by(Keyword.volume.desc().nulls_last(), Keyword.id).limit(MOST_KEYWORDS))
    return [_wanted(row[0], row[1]) for row in rows]


def _of_site(content: Content) -> list[Wanted]:
    """The keywords of the site, in whatever cluster, that have the words of the content's keyphrase."""
    keyphrase = next((str(keyword) for keyword in content.focus_keywords if str(keyword).strip()), "")
    if not keyphrase:
        return []
    words = Search(Keyword.search, Keyword.keyword).where(clean_query(keyphrase))
    return _searches(content.account_id, [Keyword.site_id == content.site_id, *words])


def _wanted(text: str, volume: int | None) -> Wanted:
    return Wanted(text, "question" if _ASKS.search(text) else "keyword", volume)


def _own_keywords(contents: Sequence[Content]) -> dict[int, list[Wanted]]:
    """The keywords that each content was written for."""
    ids = [content.id for content in contents]
    rank = func.row_number().over(
        partition_by=content_keywords.c.content_id, order_by=(Keyword.volume.desc().nulls_last(), Keyword.id)
    )
    ranked = (
        select(content_keywords.c.content_id, Keyword.keyword, Keyword.volume, rank.label("rank"))
        .join(Keyword, Keyword.id == content_keywords.c.keyword_id)
        .where(content_keywords.c.content_id.in_(ids))
        .subquery()
    )
    searches: dict[int, list[Wanted]] = {}
    for row in db.session.execute(select(ranked).where(ranked.c.rank <= MOST_KEYWORDS)):
        searches.setdefault(row.content_id, []).append(_wanted(row.keyword, row.volume))
    return searches


def _questions_of_briefs(contents: Sequence[Content]) -> dict[int, list[str]]:
    """The questions of the briefs, by task."""
    tasks = [content.task_id for content in contents if content.task_id is not None]
    if not tasks:
        return {}
    stmt = select(Brief.task_id, Brief.questions).where(
        Brief.account_id == contents[0].account_id, Brief.task_id.in_(tasks)
    )
    return {row[0]: [str(text) for text in row[1]][:MOST_QUESTIONS] for row in db.session.execute(stmt)}


def said_alike(searches: Sequence[str], sentences: Sequence[str]) -> list[list[float]]:
    """How alike each search is to each sentence in meaning, by the packaged word vectors; 0 without them."""
    from app.meaning import word_vectors  # heavy: only who compares pays for it

    vectors = word_vectors.vectors([*searches, *sentences])
    likeness: list[list[float]] = (vectors[: len(searches)] @ vectors[len(searches) :].T).tolist()
    return likeness
