"""Contents as the analysis reads them. Reads only."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from app.content.models import Content
from app.content.seo_templates import without_template
from app.content.trash.services import LISTED
from app.core.extensions import db
from app.optimizer.analysis import Document, ImageText, Wanted
from app.optimizer.models import ContentScore, DismissedAssessment
from app.optimizer.wanted import wanted_for

MAX_ANALYSED = 400_000  # characters of a text; what is longer is analysed up to there
_TEXTS = ("content_html", "title", "seo_title", "seo_description", "slug", "focus_keywords")
KEYPHRASE = func.lower(Content.focus_keywords[0].astext)


def documents_of(contents: Sequence[Content]) -> dict[int, Document]:
    """The documents of these contents of one site, by id, as they are stored."""
    used, wanted = _uses_of_keyphrases(contents), wanted_for(contents)
    return {content.id: _document(content, {}, {}, used, wanted[content.id]) for content in contents}


def document_of(content: Content, values: Mapping[str, Any], alts: Mapping[int, str]) -> Document:
    """A content with other `values` (columns of a content) and `alts` of its images, by id.

    With what was found at the last scoring to be said in other words: looking for it takes a worker's time.
    """
    keywords = values.get("focus_keywords", content.focus_keywords)
    used, wanted = _uses_of_keyphrases([content], keywords), wanted_for([content])[content.id]
    said = db.session.scalar(select(ContentScore.said).where(ContentScore.content_id == content.id))
    return replace(_document(content, values, alts, used, wanted), said=said or {})


def _document(
    content: Content,
    values: Mapping[str, Any],
    alts: Mapping[int, str],
    used: Counter[str],
    wanted: Sequence[Wanted],
) -> Document:
    now = {name: values.get(name, getattr(content, name)) for name in _TEXTS}
    keyphrase = _first(now["focus_keywords"])
    own = keyphrase.lower() == _first(content.focus_keywords).lower() and content.trashed_at is None
    return Document(
        html=now["content_html"][:MAX_ANALYSED],
        title=now["title"] or "",
        seo_title=without_template(now["seo_title"]),
        seo_description=without_template(now["seo_description"]),
        slug=now["slug"],
        keyphrase=keyphrase,
        site_url=content.site.url,
        images=[
            ImageText(image.filename, alts.get(image.id, image.alt))
            for image in content.images
            if image.role != "inline"
        ],
        used_before=max(0, used[keyphrase.lower()] - own) if keyphrase else None,
        wanted=wanted,
    )


def _first(keywords: Sequence[Any]) -> str:
    return next((str(keyword).strip() for keyword in keywords if str(keyword).strip()), "")


def _uses_of_keyphrases(contents: Sequence[Content], more: Sequence[Any] = ()) -> Counter[str]:
    """How many contents of the site have each of these contents' keyphrases, or the first of `more`."""
    keyphrases = {_first(content.focus_keywords).lower() for content in contents} | {_first(more).lower()}
    keyphrases.discard("")
    if not keyphrases:
        return Counter()
    mine = (Content.account_id == contents[0].account_id, Content.site_id == contents[0].site_id, LISTED)
    stmt = select(KEYPHRASE, func.count()).where(*mine, KEYPHRASE.in_(keyphrases)).group_by(KEYPHRASE)
    return Counter({row[0]: row[1] for row in db.session.execute(stmt)})


def dismissed_keys(account_id: int, content_ids: Collection[int]) -> dict[int, set[str]]:
    """The keys of the dismissed assessments of each of these contents."""
    stmt = select(DismissedAssessment.content_id, DismissedAssessment.key).where(
        DismissedAssessment.account_id == account_id, DismissedAssessment.content_id.in_(content_ids)
    )
    keys: dict[int, set[str]] = {content_id: set() for content_id in content_ids}
    for content_id, key in db.session.execute(stmt):
        keys[content_id].add(key)
    return keys
