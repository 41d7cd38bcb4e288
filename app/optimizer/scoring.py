"""Keeping the scores of contents up to date: when they change, when they come in, and when the analysis does.

Scores are kept as signatures of texts are (`app.writer.drafting.bodies`): those of a few saved contents when their
events arrive, all others by runs. Services flush; callers commit.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from app.accounts.models import Account
from app.content.events import ContentChanged, ContentRestored
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core import events
from app.core.actor import THE_APP, Actor
from app.core.clock import utcnow
from app.core.errors import Refused
from app.core.events.subscribers import Subscriber
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.row_security import every_account, within
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.passes import work_in_passes
from app.core.runs.services import find_active
from app.core.tenancy import owned
from app.core.wording import many
from app.mirror.events import RemoteChanged
from app.optimizer.analysis import VERSION, AnalysisReport, Rating, analyse
from app.optimizer.documents import dismissed_keys, documents_of
from app.optimizer.models import ContentScore
from app.optimizer.run_kinds import SCORE_CONTENTS
from app.optimizer.wanted import said_alike
from app.sites.models import Site
from app.sync.events import ImportFinished
from app.writer.events import DraftsWritten

MOST_SAVED, PART = 20, 50
LINK = "/optimizer/"
log = get_logger(__name__)


def keep_scores(account_id: int, content_ids: Collection[int]) -> int:
    """Analyse these contents of one account and store their scores. Returns how many were stored. Flushes.

    Safe to race: the scores of a newer version stay, and a content that is gone is left out.
    """
    by_site: dict[int, list[Content]] = {}
    for content in _contents_to_analyse(account_id, content_ids):
        by_site.setdefault(content.site_id, []).append(content)
    rows: list[dict[str, Any]] = []
    for contents in by_site.values():
        documents, dismissed = documents_of(contents), dismissed_keys(account_id, [one.id for one in contents])
        for content in contents:
            keys, document = dismissed[content.id], documents[content.id]
            rows.append(_row(content, analyse(document, dismissed=keys, alike=said_alike), keys))
    return _store(account_id, rows)


def _contents_to_analyse(account_id: int, content_ids: Collection[int]) -> Sequence[Content]:
    stmt = select(Content).where(Content.account_id == account_id, Content.id.in_(content_ids), LISTED)
    parts = [selectinload(Content.images), selectinload(Content.site)]
    return db.session.scalars(stmt.options(*parts).execution_options(populate_existing=True)).all()


def _row(content: Content, report: AnalysisReport, dismissed: Collection[str]) -> dict[str, Any]:
    now = utcnow()
    open_keys = [
        one for one in report.assessments if one.rating in (Rating.BAD, Rating.OK) and one.key not in dismissed
    ]
    return {
        "account_id": content.account_id,
        "site_id": content.site_id,
        "content_id": content.id,
        "content_version": content.version,
        "analyser_version": VERSION,
        "language": report.language,
        "words": report.words,
        "seo": report.scores.seo,
        "readability": report.scores.readability,
        "engagement": report.scores.engagement,
        "overall": report.scores.overall,
        "to_improve": len(open_keys),
        "ratings": {one.key: str(one.rating) for one in report.assessments},
        "said": {item.text: item.said for item in report.coverage if item.said},
        "created_at": now,
        "updated_at": now,
    }


def _store(account_id: int, rows: Sequence[dict[str, Any]]) -> int:
    """Store the scores of contents that still exist; the scores of a newer version stay."""
    there = _hold_contents(account_id, {row["content_id"] for row in rows}, {row["site_id"] for row in rows})
    kept = sorted((row for row in rows if row["content_id"] in there), key=lambda row: int(row["content_id"]))
    if not kept:
        return 0
    stmt = insert(ContentScore).values(kept)
    set_ = {name: getattr(stmt.excluded, name) for name in kept[0] if name not in ("content_id", "created_at")}
    is_newer = stmt.excluded.content_version >= ContentScore.content_version
    stmt = stmt.on_conflict_do_update(index_elements=["content_id"], set_=set_, where=is_newer)
    stored = db.session.scalars(stmt.returning(ContentScore.content_id)).all()
    db.session.expire_all()
    return len(stored)


def _hold_contents(account_id: int, content_ids: Collection[int], site_ids: Collection[int]) -> set[int]:
    """Those of these contents that exist, locked: deleting one, its site or its account waits until the caller commits.

    The rows to be stored refer to all three, so they are locked first, from the account down, as a delete does.
    """
    for model, ids in ((Account, [account_id]), (Site, site_ids), (Content, content_ids)):
        stmt = select(model.id).where(model.id.in_(ids)).order_by(model.id)
        held = db.session.scalars(stmt.with_for_update(read=True, key_share=True)).all()
    return set(held)


IS_STALE = or_(
    ContentScore.id.is_(None),
    ContentScore.content_version != Content.version,
    ContentScore.analyser_version != VERSION,
)


def _stale(*conditions: ColumnElement[bool]) -> Select[int]:
    """Ids of contents that have no scores, or old ones."""
    stmt = select(Content.id).outerjoin(ContentScore, ContentScore.content_id == Content.id)
    return stmt.where(LISTED, IS_STALE, *conditions)


def count_unscored(account_id: int, site_id: int) -> int:
    """How many contents of the site have no scores, or old ones."""
    stale = _stale(Content.account_id == account_id, Content.site_id == site_id).subquery()
    return db.session.scalar(select(func.count()).select_from(stale)) or 0


def start_scoring(account_id: int, site_id: int, actor: Actor) -> Run | None:
    """Start scoring what has no scores, or old ones; None when there is nothing to do. Flushes.

    A scoring of the site that is under way is returned. Raises NotFound, Forbidden and Refused.
    """
    site = owned(Site, site_id, account_id)
    if db.session.scalar(_stale(Content.account_id == account_id, Content.site_id == site_id).limit(1)) is None:
        return None
    return start_run(
        account_id=account_id,
        kind=SCORE_CONTENTS,
        title=f"Scoring the texts of {site.name}",
        actor=actor,
        site_id=site_id,
        exclusive_key=_scoring_key(site_id),
        lane=f"scores:{account_id}",
    )


def _scoring_key(site_id: int) -> str:
    return f"{SCORE_CONTENTS.name}:{site_id}"


def active_scoring(account_id: int, site_id: int) -> Run | None:
    """The scoring of the site that is under way."""
    return find_active(_scoring_key(site_id), account_id)


def score_contents(context: RunContext) -> Outcome:
    """Score all contents of the run's site that have no scores, or old ones, the newest first. Commits as it goes.

    Passes repeat until one has nothing to store, so what changes meanwhile is scored too. Other runs get their turn
    between two parts.
    """
    run = context.run
    assert run.site_id is not None
    account_id, mine = run.account_id, (Content.account_id == run.account_id, Content.site_id == run.site_id)

    def find(before: int) -> Sequence[int]:
        newest = _stale(*mine, Content.id < before).order_by(Content.id.desc())
        return db.session.scalars(newest.limit(PART)).all()

    total = work_in_passes(context, find, lambda ids: keep_scores(account_id, ids), "Scoring texts")
    return Outcome(f"Scored {many(total, 'text')}.", link=LINK)


@every_account("texts are scored in every account")
def _sites_to_score() -> list[tuple[int, int]]:
    """Accounts and sites with contents that have no scores, or old ones: after an update, all of them."""
    scored = ContentScore.content_id == Content.id
    stmt = select(Content.account_id, Content.site_id).outerjoin(ContentScore, scored).where(LISTED, IS_STALE)
    return [(row[0], row[1]) for row in db.session.execute(stmt.distinct())]


def score_everywhere() -> None:
    """Start scoring wherever something has no scores, or old ones. Commits by site."""
    for account_id, site_id in _sites_to_score():
        try:
            with within(account_id):
                start_scoring(account_id, site_id, THE_APP)
                db.session.commit()
        except Refused:  # read-only, or without the Optimizer
            db.session.rollback()


def _saved(event: events.Event) -> None:
    """Score the contents that were saved; changes by the hundred are left to a run. Raises Refused."""
    if len(event.subjects) > MOST_SAVED:
        start_scoring(event.account_id, event.site_id, THE_APP)
        return
    keep_scores(event.account_id, event.subjects)


def _imported(event: events.Event) -> None:
    """Score what an import brought. Raises Refused."""
    start_scoring(event.account_id, event.site_id, THE_APP)


SUBSCRIBERS = (
    Subscriber("optimizer.saved", ContentChanged, _saved),
    Subscriber("optimizer.written", DraftsWritten, _saved),
    Subscriber("optimizer.restored", ContentRestored, _saved),
    Subscriber("optimizer.changed_there", RemoteChanged, _saved),
    Subscriber("optimizer.imported", ImportFinished, _imported),
)
