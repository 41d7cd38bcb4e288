"""What imports bring for existing keywords: Search Console's figures and, if asked for, newer ones.

Each chunk of an import may come twice. Services flush; callers commit.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, and_, any_, cast, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.planner.clusters.changes import UNDO_WITHIN
from app.planner.imports.rows import KeywordRow
from app.planner.models import PERFORMANCE, Keyword, KeywordUpdate, SearchPerformance

UPDATED = ("volume", "volume_low", "volume_high", "difficulty", "cpc", "intent", "country")
QUIET = {"synchronize_session": False}
KEPT = UNDO_WITHIN + timedelta(days=1)
AT_ONCE = 5000


def figures_of(row: KeywordRow) -> dict[str, Any]:
    """The columns of a keyword that an import fills."""
    low, high = row.volume_range or (None, None)
    return {
        "volume": row.volume,
        "volume_low": low,
        "volume_high": high,
        "difficulty": row.difficulty,
        "cpc": row.cpc,
        "intent": row.intent,
        "country": row.country,
    }


def is_measured(account_id: int, site_id: int) -> bool:
    """Whether there are figures of Search Console for this site's keywords."""
    mine = (SearchPerformance.account_id == account_id, SearchPerformance.site_id == site_id)
    return bool(db.session.scalar(select(exists().where(*mine))))


def keep_performance(rows: Sequence[KeywordRow], account_id: int, site_id: int, stamp: datetime) -> None:
    """Store Search Console's figures for these keywords; those of the previous import are kept next to them."""
    by_name = {row.normalised: row for row in rows if row.was_measured}
    if not by_name:
        return
    stmt = _site_keywords(site_id, by_name).with_only_columns(Keyword.id, Keyword.normalised)
    values = [
        {
            "account_id": account_id,
            "site_id": site_id,
            "keyword_id": keyword_id,
            "measured_at": stamp,
            **{name: getattr(by_name[normalised], name) for name in PERFORMANCE},
        }
        for keyword_id, normalised in sorted(map(tuple, db.session.execute(stmt)))
    ]
    if values:
        db.session.execute(_newest(insert(SearchPerformance).values(values)))


def _newest(stmt: Any) -> Any:
    """The upsert that stores the new figures and moves the older ones to `…_before`.

    The same figures again change nothing.
    """
    new, old = stmt.excluded, SearchPerformance
    changes = {name: new[name] for name in (*PERFORMANCE, "measured_at")} | {"updated_at": utcnow()}
    before = {f"{name}_before": getattr(old, name) for name in PERFORMANCE} | {"measured_before_at": old.measured_at}
    differ = or_(*(new[name].is_distinct_from(getattr(old, name)) for name in PERFORMANCE))
    return stmt.on_conflict_do_update(
        index_elements=[old.keyword_id],
        set_={**changes, **before},
        where=and_(old.measured_at < new.measured_at, differ),
    )


def update_figures(rows: Sequence[KeywordRow], account_id: int, site_id: int, stamp: datetime) -> int:
    """Give existing keywords the figures of these rows, where a row has one. Returns how many were changed."""
    by_name = {row.normalised: row for row in rows}
    stmt = _site_keywords(site_id, by_name).where(Keyword.created_at != stamp).order_by(Keyword.id)
    kept, changed = [], []
    for keyword in db.session.scalars(stmt.with_for_update().execution_options(populate_existing=True)):
        after = _news(keyword, figures_of(by_name[keyword.normalised]))
        if after:
            before = {name: getattr(keyword, name) for name in after}
            kept.append({"keyword_id": keyword.id, "before": _as_json_values(before), "after": _as_json_values(after)})
            changed.append((keyword, after))
    for keyword, after in changed:
        for name, value in after.items():
            setattr(keyword, name, value)
    same = {"account_id": account_id, "site_id": site_id, "stamp": stamp}
    if kept:
        stored = insert(KeywordUpdate).values([{**same, **row} for row in kept])
        db.session.execute(stored.on_conflict_do_nothing())
        db.session.flush()
    ids = _site_keywords(site_id, by_name).with_only_columns(Keyword.id)
    mine = select(func.count()).where(KeywordUpdate.stamp == stamp, KeywordUpdate.keyword_id.in_(ids))
    return db.session.scalar(mine) or 0


def _site_keywords(site_id: int, names: Iterable[str]) -> Any:
    listed = cast(list(names), ARRAY(Text))
    return select(Keyword).where(Keyword.site_id == site_id, Keyword.normalised == any_(listed))


def _news(keyword: Keyword, reported: Mapping[str, Any]) -> dict[str, Any]:
    """The reported figures that differ from the keyword's own; a new volume replaces the range too, if only by none."""
    news = {name: value for name, value in reported.items() if value is not None and value != getattr(keyword, name)}
    is_middle = reported["volume"] == keyword.volume and reported["volume_low"] is None  # as our own export has a range
    if reported["volume"] is not None and not is_middle:
        news |= {name: reported[name] for name in UPDATED[1:3] if reported[name] != getattr(keyword, name)}
    return news


def _as_json_values(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The values as JSON can hold them: a price as text, so that it stays exact."""
    return {name: str(value) if name == "cpc" and value is not None else value for name, value in figures.items()}


def changed_by(site_id: int, stamp: datetime) -> int:
    """How many keywords that existed before have figures from this import."""
    updated = select(KeywordUpdate.keyword_id).where(KeywordUpdate.site_id == site_id, KeywordUpdate.stamp == stamp)
    measured = (
        select(SearchPerformance.keyword_id)
        .join(Keyword, Keyword.id == SearchPerformance.keyword_id)
        .where(SearchPerformance.site_id == site_id, SearchPerformance.measured_at == stamp)
        .where(Keyword.created_at != stamp)
    )
    return db.session.scalar(select(func.count()).select_from(updated.union(measured).subquery())) or 0


def restore_figures(site_id: int, stamp: datetime) -> tuple[int, int]:
    """Undo what an import changed in keywords that stay. Returns how many were restored, and how many changed since.

    Search Console's figures of the previous import come back, unless a later import had newer ones.
    """
    _undo_performance(site_id, stamp)
    updates = db.session.execute(
        select(KeywordUpdate, Keyword)
        .join(Keyword, Keyword.id == KeywordUpdate.keyword_id)
        .where(KeywordUpdate.site_id == site_id, KeywordUpdate.stamp == stamp)
        .order_by(Keyword.id)
        .with_for_update(of=Keyword)
        .execution_options(populate_existing=True)
    ).all()
    restored = 0
    for change, keyword in updates:
        if _as_json_values({name: getattr(keyword, name) for name in change.after}) == change.after:
            for name, value in change.before.items():
                setattr(keyword, name, value)
            restored += 1
    db.session.execute(
        delete(KeywordUpdate)
        .where(KeywordUpdate.site_id == site_id, KeywordUpdate.stamp == stamp)
        .execution_options(**QUIET)
    )
    db.session.flush()
    return restored, len(updates) - restored


def _undo_performance(site_id: int, stamp: datetime) -> None:
    of_site = SearchPerformance.site_id == site_id
    of_import = and_(of_site, SearchPerformance.measured_at == stamp)
    before: dict[str, Any] = {name: getattr(SearchPerformance, f"{name}_before") for name in PERFORMANCE}
    back = update(SearchPerformance).where(of_import, SearchPerformance.measured_before_at.is_not(None))
    nothing = dict.fromkeys((f"{name}_before" for name in PERFORMANCE), None)
    values = {**before, "measured_at": SearchPerformance.measured_before_at, **nothing, "measured_before_at": None}
    db.session.execute(back.values(values).execution_options(**QUIET))
    db.session.execute(delete(SearchPerformance).where(of_import).execution_options(**QUIET))
    since = update(SearchPerformance).where(of_site, SearchPerformance.measured_before_at == stamp)
    db.session.execute(since.values({**nothing, "measured_before_at": None}).execution_options(**QUIET))


def forget_old() -> int:
    """Delete the figures that can no longer be restored, some thousands at a time. Returns how many. Commits."""
    total = 0
    while True:
        old = select(KeywordUpdate.id).where(KeywordUpdate.created_at < utcnow() - KEPT).limit(AT_ONCE)
        gone = delete(KeywordUpdate).where(KeywordUpdate.id.in_(old)).returning(KeywordUpdate.id)
        deleted = len(db.session.scalars(gone).all())
        db.session.commit()
        total += deleted
        if deleted < AT_ONCE:
            return total
