"""What the style guide shows: objects like those of pages, with titles that are hard to set. None is stored."""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from app.content.models import Content
from app.core.clock import utcnow
from app.core.languages import N_
from app.core.listing.pages import Page
from app.core.listing.spec import Column, ListSpec, Sort
from app.core.runs import Run
from app.core.side_by_side import DiffLine, side_by_side
from app.monitoring.charts import Bar, Chart, Series
from app.publishing.run_kinds import PUBLISH
from app.publishing.schedule.calendar import CalendarEntry, Grid, week_grid

LONG = "The art of roasting in small batches, and Rindfleischetikettierungsüberwachungsaufgaben " * 2
ARABIC = "دليل تحضير القهوة المختصة في المنزل خطوة بخطوة"
ERROR = {
    "code": "MEDIA_TOO_LARGE",
    "message": "WordPress refused an image: it is larger than the site allows.",
    "cure": "Use a smaller image, or raise the limit of the site.",
    "details": {"limit": "2 MB"},
}
STEPS = [
    {"name": "check", "label": "Check", "state": "done"},
    {"name": "images", "label": "Upload images", "state": "running"},
    {"name": "post", "label": "Write the post", "state": "waiting"},
]
LIST = ListSpec(
    id=Content.id,
    account=Content.account_id,
    columns=(Column(N_("Title")), Column(N_("State")), Column(N_("Words"), "words", css="end")),
    sorts=(Sort("words", Content.id),),
    default_sort="-words",
)


@dataclass(frozen=True)
class SampleRow:
    """A row of the table."""

    id: int
    title: str
    detail: str
    state: str
    words: int


def sample_rows() -> list[SampleRow]:
    """Rows with a short, a long and a right-to-left title."""
    return [
        SampleRow(1, "Cold brew ratio", "cold-brew-ratio", "draft", 1200),
        SampleRow(2, LONG, "the-art-of-roasting", "live_changed", 12_480),
        SampleRow(3, ARABIC, "arabic-guide", "conflict", 0),
    ]


def page_of_rows() -> Page[SampleRow]:
    """The second of three pages."""
    return Page(sample_rows(), 2, 3, 9, total_is_exact=True, has_prev=True, has_next=True)


def runs() -> list[tuple[str, Run]]:
    """A run in each state, with what the state is called here."""
    ended = {"ended_at": utcnow() - timedelta(minutes=3)}
    working = {"state": "running", "done": 3, "total": 6, "started_at": utcnow() - timedelta(seconds=40)}
    return [
        ("Waiting", _run(state="queued")),
        ("Scheduled", _run(state="queued", due_at=utcnow() + timedelta(days=2))),
        ("Working, without a total", _run(state="running", step="Reading the site")),
        ("Working, with time left", _run(**working, step="Uploading images")),
        ("Working, with steps", _run(**working, step="Uploading images", steps=STEPS)),
        ("Stopping", _run(**working, step="Uploading images", cancel_requested=True)),
        ("Paused", _run(state="paused", done=3, total=6)),
        ("Done", _run(state="succeeded", message="It is live at example.com.", link="/content/", **ended)),
        ("Failed", _run(state="failed", error=ERROR, **ended)),
        ("Cancelled", _run(state="cancelled", **ended)),
    ]


def published_with_issues() -> Run:
    """A publish that visitors do not see as it was sent."""
    data = {"verdict": "published_with_issues"}
    return _run(state="succeeded", message="The featured image is missing on the page.", data=data, ended_at=utcnow())


def _run(**values: Any) -> Run:
    usual: dict[str, Any] = {
        "done": 0,
        "total": None,
        "steps": [],
        "data": {},
        "attempt": 1,
        "place": 0,
        "due_at": utcnow(),
    }
    flags = {"cancel_requested": False, "pause_requested": False, "can_cancel": True}
    return Run(id=uuid4(), kind=PUBLISH.name, title=f"Publish {ARABIC}", **{**usual, **flags, **values})


def connections() -> list[SimpleNamespace | None]:
    """What a site may have of a connection."""
    healths = ("connected", "degraded", "lost", "moved", "unknown")
    paired = [SimpleNamespace(state="connected", health=health) for health in healths]
    return [None, SimpleNamespace(state="waiting", health=""), *paired, SimpleNamespace(state="failed", health="")]


def chart() -> Chart:
    """Bars of two series."""
    series = (Series("Posts", "series-1"), Series("Pages", "series-2"))
    bars = [Bar(f"Week {week}", str(week), (week * 7 % 11, week % 3), "/runs/") for week in range(1, 13)]
    return Chart("styleguide-chart", "Published per week", series, bars, every=2)


def empty_chart() -> Chart:
    """Bars of nothing."""
    return Chart("styleguide-nothing", "Published per week", (Series("Posts", "series-1"),), [])


def week() -> Grid:
    """A week of the calendar with an entry in each state."""
    grid = week_grid(utcnow().date())
    states = ("queued", "running", "succeeded", "failed", "paused", "live")
    titles = ("Cold brew ratio", LONG, ARABIC)
    for number, (day, state) in enumerate(zip(grid.days, states, strict=False)):
        instant = utcnow().replace(hour=9, minute=30)
        day.entries.append(CalendarEntry(titles[number % 3], state, instant, instant, 0, None, uuid4()))
    grid.days[-1].more = 12
    return grid


def difference() -> list[DiffLine]:
    """Two versions of a text beside each other."""
    before = "Cold brew takes twelve hours.\nUse coarse grounds.\nFilter twice."
    after = "Cold brew takes sixteen hours.\nUse coarse grounds.\nServe it over ice."
    return side_by_side(before, after)
