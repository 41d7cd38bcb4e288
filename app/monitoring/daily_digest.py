"""What a person's daily mail says: what fails, what was published, what is due today, which work ended, what it cost.

Each number is that of the list to which its link leads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.billing import usage
from app.content.models import Content
from app.core.extensions import db
from app.core.messages import link_to_page
from app.core.runs import Run
from app.core.runs.kinds import kind_of, unattended_kinds
from app.monitoring import attention
from app.planner.clusters import figures
from app.publishing.run_kinds import PUBLISH
from app.publishing.schedule import services as schedule
from app.publishing.schedule.calendar import bounds_of

MOST_LINES = 10
OUTCOMES = {"succeeded": "done"}


@dataclass(frozen=True)
class DigestLine:
    """One line: its text, details in grey, and its link; an empty `link` leads nowhere."""

    text: str
    detail: str = ""
    link: str = ""


@dataclass(frozen=True)
class DigestSection:
    """A heading with its lines; `count` is how many there are in all, `link` the list of them under `link_text`."""

    heading: str
    count: int
    lines: tuple[DigestLine, ...]
    link_text: str
    link: str


@dataclass(frozen=True)
class DigestSpan:
    """The period that a mail covers: after `since` and until `until`, and the day of `until` in `zone`."""

    since: datetime
    until: datetime
    zone: ZoneInfo

    def has(self, instant: InstrumentedAttribute[datetime | None]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Conditions on a column: its instant is within the period."""
        return instant > self.since, instant <= self.until

    @property
    def filters(self) -> dict[str, str]:
        """The span as filters of Activity, where both ends are included."""
        first = self.since + timedelta(microseconds=1)
        return {"ended_from": first.isoformat(), "ended_to": self.until.isoformat()}


def daily_digest(account_id: int, span: DigestSpan, *, sees_credits: bool) -> list[DigestSection]:
    """The sections that have something to say, about the sites that may be seen in this context."""
    sections = [_needs_attention(account_id), _published(account_id, span), _scheduled(account_id, span)]
    sections.append(_ended(account_id, span))
    if sees_credits:
        sections.append(_credits(account_id, span))
    return [section for section in sections if section.count]


def _needs_attention(account_id: int) -> DigestSection:
    problems = attention.list_problems(account_id, figures.of_sites(account_id))
    listed = [problem for problem in problems if problem.kind != "more"]
    runs = sum(problem.kind in ("run", "publish") for problem in listed)
    more = sum(problem.count - runs for problem in problems if problem.kind == "more")
    lines = tuple(_problem_line(problem) for problem in listed[:MOST_LINES])
    return DigestSection(
        "Needs attention", len(listed) + more, lines, "Open the dashboard", link_to_page("dashboard.index")
    )


def _problem_line(problem: attention.Problem) -> DigestLine:
    items = f": {problem.count:,} {'item' if problem.count == 1 else 'items'}"
    text = problem.message + (items if problem.kind in ("conflicts", "gone", "rules") else "")
    return DigestLine(text, problem.site.name if problem.site else "", _problem_link(problem))


def _problem_link(problem: attention.Problem) -> str:
    if problem.kind == "publish":
        return link_to_page("content.edit", content_id=problem.content_id)
    if problem.kind == "run":
        return link_to_page("runs.show", run_id=problem.run_id)
    assert problem.site is not None
    if problem.kind == "site":
        return link_to_page("sites.settings", site_id=problem.site.id, tab="health")
    if problem.kind in ("held", "rules"):
        return link_to_page("automation.index", site=problem.site.id)
    state = {"conflicts": "conflict", "gone": "gone"}[problem.kind]
    return link_to_page("content.index", site=problem.site.id, state=state)


def _published(account_id: int, span: DigestSpan) -> DigestSection:
    went_live = (
        Run.account_id == account_id,
        Run.kind == PUBLISH.name,
        Run.state == "succeeded",
        Run.subject_kind.is_not(None),
        *span.has(Run.ended_at),
    )
    count = db.session.scalar(select(func.count()).select_from(Run).where(*went_live)) or 0
    stmt = select(Run.id, Content.title, Content.external_url).outerjoin(Content, Content.id == Run.subject_id)
    newest = db.session.execute(stmt.where(*went_live).order_by(Run.ended_at.desc(), Run.id).limit(MOST_LINES))
    lines = tuple(
        DigestLine(title or "Deleted since", link=url or link_to_page("runs.show", run_id=run_id))
        for run_id, title, url in newest
    )
    filters = {"kind": PUBLISH.name, "state": "succeeded", "type": "any", **span.filters}
    link = link_to_page("runs.list_activity", **filters)
    return DigestSection("Published", count, lines, "Show all in Activity", link)


def _scheduled(account_id: int, span: DigestSpan) -> DigestSection:
    _start, end = bounds_of(span.until.astimezone(span.zone).date(), span.zone)
    count = schedule.count_due(account_id, end)
    runs = schedule.next_due(account_id, end, MOST_LINES)
    stmt = select(Content.id, Content.title).where(Content.id.in_([run.subject_id for run in runs]))
    titles = {row.id: row.title for row in db.session.execute(stmt)}
    lines = tuple(
        DigestLine(titles.get(run.subject_id or 0, run.title), f"{run.due_at.astimezone(span.zone):%H:%M}")
        for run in runs
    )
    calendar = link_to_page("publishing.show_calendar", view="list", due="today", all="1")
    return DigestSection("Scheduled today", count, lines, "Open the calendar", calendar)


def _ended(account_id: int, span: DigestSpan) -> DigestSection:
    """All work that somebody asked for, by kind and outcome."""
    stmt = (
        select(Run.kind, Run.state, func.count())
        .where(
            Run.account_id == account_id,
            Run.kind.not_in(unattended_kinds()),
            *span.has(Run.ended_at),
        )
        .group_by(Run.kind, Run.state)
        .order_by(Run.kind, Run.state)
    )
    rows = [(row[0], row[1], row[2]) for row in db.session.execute(stmt)]
    lines = tuple(_ended_line(span, *row) for row in rows)
    everything = link_to_page("runs.list_activity", asked="people", **span.filters)
    return DigestSection("Work that ended", sum(row[2] for row in rows), lines, "Show all in Activity", everything)


def _ended_line(span: DigestSpan, kind: str, state: str, count: int) -> DigestLine:
    words = f"{kind_of(kind).label}: {count:,} {OUTCOMES.get(state, state)}"
    return DigestLine(words, link=link_to_page("runs.list_activity", kind=kind, state=state, **span.filters))


def _credits(account_id: int, span: DigestSpan) -> DigestSection:
    yesterday = (span.until.astimezone(span.zone) - timedelta(days=1)).date().isoformat()
    day: Mapping[str, str] = {"since": yesterday, "until": yesterday}
    spent = usage.usage_totals(account_id, usage.UsageFilter.read(day, span.zone)).credits
    line = DigestLine(f"{spent:,} {'credit' if spent == 1 else 'credits'} used yesterday")
    return DigestSection("Credits", spent, (line,), "Show the usage log", link_to_page("billing.usage_log", **day))
