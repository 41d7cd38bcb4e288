"""Every list of the product: sorted by every column both ways, walked there and back, under odd addresses."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.accounts.audit_list import events_list
from app.ai.calls.lists import CALL_LIST
from app.automation.history import execution_list
from app.automation.pipeline import PIPELINE_LIST
from app.billing.usage import USAGE_LIST
from app.config import ROOT
from app.content.listing import CONTENT_LIST
from app.content.trash.listing import TRASH_LIST
from app.core.extensions import db
from app.core.listing.pages import fetch_page
from app.core.listing.spec import ListSpec
from app.linker.listing import LINK_BATCH_LIST, LINK_LIST
from app.linker.plan.listing import LINK_PLAN_LIST
from app.monitoring.activity import activity_list
from app.optimizer.lists import SCORE_LIST
from app.optimizer.rewrite.listing import OPTIMIZATION_LIST
from app.planner.lists import CLUSTER_LIST, IDEA_LIST, KEYWORD_LIST
from app.publishing.batches.progress import ROW_LIST
from app.publishing.batches.services import BATCH_LIST
from app.publishing.schedule.upcoming import upcoming_list
from app.sitebuilder.assets.listing import ASSET_LIST
from app.sitebuilder.listing import BLUEPRINT_LIST
from app.sites.models import Site
from app.suggestions.services import SUGGESTION_LIST
from app.thinker.lists import VERSION_LIST
from app.thinker.uses import USE_LIST
from app.writer.services import TASK_LIST
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_task

SPECS = {
    "audit": events_list(ZoneInfo("UTC")),
    "calls": CALL_LIST,
    "usage": USAGE_LIST,
    "content": CONTENT_LIST,
    "trash": TRASH_LIST,
    "clusters": CLUSTER_LIST,
    "ideas": IDEA_LIST,
    "keywords": KEYWORD_LIST,
    "batch rows": ROW_LIST,
    "batches": BATCH_LIST,
    "suggestions": SUGGESTION_LIST,
    "tasks": TASK_LIST,
    "scores": SCORE_LIST,
    "versions": VERSION_LIST,
    "uses of prompts": USE_LIST,
    "upcoming": upcoming_list(ZoneInfo("UTC")),
    "pipeline": PIPELINE_LIST,
    "optimizations": OPTIMIZATION_LIST,
    "executions of rules": execution_list(ZoneInfo("UTC")),
    "linked pages": LINK_LIST,
    "link batches": LINK_BATCH_LIST,
    "link plan": LINK_PLAN_LIST,
    "planned sites": BLUEPRINT_LIST,
    "files of sites": ASSET_LIST,
    "activity": activity_list(ZoneInfo("UTC")),
}
OF_SOME = ("content", "pipeline", "clusters", "ideas", "keywords", "tasks")  # lists of what `some_of_each` makes
OF_THE_STYLE_GUIDE = {"LIST"}
NONSENSE = ("", "x", "\0", "-", "9" * 30, "none", "all", "1-", "%", "'", "é", "٣")


def lists_made_in(path: Path) -> Iterator[str]:
    """The names of lists that a module defines: constants, and functions that make one."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("ListSpec("):
            yield ast.unparse(node.targets[0])
        elif isinstance(node, ast.FunctionDef) and any(
            isinstance(part, ast.Return) and part.value and ast.unparse(part.value).startswith("ListSpec(")
            for part in ast.walk(node)
        ):
            yield node.name


def test_no_list_of_the_product_is_left_out() -> None:
    made = {name for path in (ROOT / "app").rglob("*.py") for name in lists_made_in(path)}
    here = Path(__file__).read_text("utf-8")
    assert {name for name in made - OF_THE_STYLE_GUIDE if f": {name}" not in here} == set()
    assert len(made) > len(SPECS) - 2


@pytest.fixture
def some_of_each(site: Site) -> Site:
    for n in range(7):
        cluster = make_cluster(site, f"Cluster {n % 3} {n}")
        figures: dict[str, Any] = {"volume": 10 * (n % 3), "cpc": 0.5, "country": "US"} if n % 2 else {}
        make_keyword(site, f"word {n}", cluster_id=cluster.id if n > 3 else None, **figures)
        make_idea(cluster, f"Idea {n % 2} {n}")
        make_task(cluster, f"Task {n % 2} {n}")
        make_content(site, f"Content {n}")
    return site


def pages_of(spec: ListSpec, site: Site, sort: str, by: str) -> list[list[int]]:
    """The ids of the pages, walked `by` after from the first or by before from the last."""
    small = ListSpec(**{**vars(spec), "per_page": 2})
    place = {} if by == "after" else {"page": "last"}
    pages = []
    while len(pages) < 9:
        query = small.read({"sort": sort, **place})
        page = fetch_page(small, query, select(spec.id).where(*small.where(site.account_id, site.id, query)))
        pages.append(list(page.items))
        if not (page.has_next if by == "after" else page.has_prev):
            return pages if by == "after" else pages[::-1]
        place = {by: getattr(page, by)}
    raise AssertionError(f"{sort} has no end: {pages}")


@pytest.mark.parametrize("name", SPECS)
def test_every_sort_walks_there_and_back(some_of_each: Site, name: str) -> None:
    spec = SPECS[name]
    for sort in (f"{sign}{one.name}" for one in spec.sorts for sign in ("", "-")):
        there, back = (pages_of(spec, some_of_each, sort, by) for by in ("after", "before"))
        assert (sort, there) == (sort, back)
        ids = [row_id for page in there for row_id in page]
        assert len(set(ids)) == len(ids) == (7 if name in OF_SOME else 0)


@pytest.mark.parametrize("name", SPECS)
def test_what_makes_no_sense_is_left_out(some_of_each: Site, name: str) -> None:
    spec = SPECS[name]
    for text in NONSENSE:
        values = dict.fromkeys([*(one.name for one in spec.filters), "q", "sort", "page", "after", "before"], text)
        where = spec.where(some_of_each.account_id, some_of_each.id, spec.read(values))
        db.session.execute(select(spec.id).where(*where)).all()


@pytest.mark.parametrize("name", SPECS)
def test_each_head_sorts_by_what_there_is(name: str) -> None:
    spec = SPECS[name]
    names = {sort.name for sort in spec.sorts}
    assert spec.default_sort.removeprefix("-") in names
    assert {column.sort for column in spec.columns if column.sort} <= names
