"""Counters: each operation once, added in the database, and the same as a recount at any time."""

import os
import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.counters import COUNTED, amounts_of, count_operation, counters_of
from app.publishing.models import CountEntry, PublishRun, SiteCounters
from app.publishing.reading import snapshot_of
from app.publishing.recount import find_differences, fix_differences
from app.publishing.services import record_published
from app.sites.models import Site
from tests.conftest import Engines
from tests.factories import warm
from tests.factories.plugin import Plugin
from tests.factories.things import make_content

NONE = dict.fromkeys(COUNTED, 0)


def sums(site: Site) -> dict[str, int]:
    db.session.rollback()
    row = counters_of(site.account_id, [site.id]).get(site.id)
    return {name: getattr(row, name) for name in (*COUNTED, "operations")} if row else NONE | {"operations": 0}


def publish(site: Site, *, created: bool = True, kind: str = "post", new_terms: int = 0, run: Run | None = None) -> Run:
    """Record a publish as the pipeline does after WordPress answered."""
    run = run or start(site)
    attempt = db.session.scalars(select(PublishRun).where(PublishRun.run_id == run.id)).one()
    names = [f"Term {number}" for number in range(new_terms)]
    result = {
        "post_id": attempt.content_id + 1000,
        "post_type": kind,
        "permalink": "https://example.com/x/",
        "created": created,
        "content_hash": "0" * 64,
        "post_status": "publish",
        "terms": {"category": {"created": names, "assigned": []}, "igny8_cluster": {"created": ["C"] * created}},
    }
    record_published(run.id, snapshot_of(db.session.get_one(Content, attempt.content_id)), result)
    run.state = "succeeded"
    db.session.commit()
    return run


def start(site: Site) -> Run:
    content = make_content(site)
    run = Run(account_id=site.account_id, site_id=site.id, kind="publish", title="P", job="jobs.x", state="running")
    db.session.add(run)
    db.session.flush()
    db.session.add(PublishRun(account_id=site.account_id, content_id=content.id, site_id=site.id, run_id=run.id))
    db.session.commit()
    return run


def increment(plugin: Plugin, **changes: Any) -> Any:
    body = {
        "id": str(uuid4()),
        "content_type": "post",
        "published_at": "2026-01-01T00:00:00Z",
        "taxonomies_created": {"categories": 2, "tags": 5, "sectors": 1, "clusters": 1},
    } | changes
    return plugin.send("PUT", f"/integrations/{plugin.site_id}/stats/increment/", body)


def test_what_a_publish_made_is_counted_once_however_often_it_is_recorded(site: Site) -> None:
    run = publish(site, new_terms=2)
    publish(site, new_terms=2, run=run)
    assert sums(site) == NONE | {"posts": 1, "categories": 2, "clusters": 1, "operations": 1}
    publish(site, created=False)
    assert sums(site) == NONE | {"posts": 1, "categories": 2, "clusters": 1, "operations": 2}
    publish(site, kind="page")
    publish(site, kind="product")
    assert [sums(site)[name] for name in ("posts", "pages", "products")] == [1, 1, 1]


def test_the_same_report_from_twenty_threads_counts_once(site: Site, plugin: Plugin, app: Flask) -> None:
    body = {"id": "one", "content_type": "page", "taxonomies_created": {"tags": 3}}
    answers = plugin.at_once(app, "PUT", f"/integrations/{site.id}/stats/increment/", [body] * 20)
    assert sorted(answer.json["result"]["applied"] for answer in answers) == [False] * 19 + [True]
    assert sums(site) == NONE | {"pages": 1, "tags": 3, "operations": 1}


def test_twenty_different_reports_all_count(site: Site, plugin: Plugin, app: Flask) -> None:
    bodies = [{"id": str(number), "content_type": "post"} for number in range(20)]
    plugin.at_once(app, "PUT", f"/integrations/{site.id}/stats/increment/", bodies)
    assert sums(site) == NONE | {"posts": 20, "operations": 20}


def test_the_plugins_report_of_our_publish_adds_nothing(site: Site, plugin: Plugin) -> None:
    run = start(site)
    assert increment(plugin, id=str(run.id)).json["result"] == {"applied": False}
    publish(site, run=run)
    assert increment(plugin, id=str(run.id)).json["result"] == {"applied": False}
    assert sums(site) == NONE | {"posts": 1, "clusters": 1, "operations": 1}
    lost = start(site)
    db.session.execute(update(Run).where(Run.id == lost.id).values(state="failed"))
    db.session.commit()
    assert increment(plugin, id=str(lost.id)).json["result"] == {"applied": True}
    assert sums(site)["posts"] == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"taxonomies_created": {"tags": -1}}, "taxonomies_created.tags"),
        ({"published_at": "yesterday"}, "published_at"),
        ({"content_type": 5}, "content_type"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(
    site: Site, plugin: Plugin, changes: dict[str, Any], field: str
) -> None:
    answer = increment(plugin, **changes)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "BAD_BODY")
    assert answer.json["error"]["details"]["problems"][0]["field"] == field
    assert sums(site)["operations"] == 0


kinds = st.sampled_from(["post", "page", "product", "recipe"])
step = st.one_of(
    st.tuples(st.just("publish"), st.booleans(), kinds, st.integers(0, 3)),
    st.tuples(st.just("count"), st.integers(0, 5), st.sampled_from(COUNTED), st.integers(0, 9)),
    st.tuples(st.just("again"), st.integers(0, 9), st.none(), st.none()),
)


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(step, max_size=12))
def test_counters_equal_a_recount_after_any_sequence(site: Site, steps: list[tuple[Any, ...]]) -> None:
    expected, known = sums(site), set[str]()
    runs = list[tuple[Run, dict[str, Any]]]()
    example = uuid4().hex
    for name, first, second, third in steps:
        if name == "publish":
            made = {"created": first, "kind": second, "new_terms": third}
            runs.append((publish(site, **made), made))
            expected["categories"] += third
            expected["clusters"] += first
            if first and second != "recipe":
                expected[f"{second}s"] += 1
            expected["operations"] += 1
        elif name == "count":
            operation = f"{example} {first}"
            count_operation(site.account_id, site.id, operation, {second: third}, utcnow())
            db.session.commit()
            if operation not in known:
                expected[second] += third
                expected["operations"] += 1
            known.add(operation)
        elif runs:
            run, made = runs[first % len(runs)]
            publish(site, run=run, **made)
    assert sums(site) == expected
    assert find_differences() == []


def test_a_recount_finds_and_mends_what_does_not_fit(site: Site) -> None:
    first, second = publish(site), publish(site, kind="page", new_terms=3)
    assert find_differences() == []
    db.session.execute(delete(CountEntry).where(CountEntry.operation == str(first.id)))
    db.session.execute(update(CountEntry).where(CountEntry.operation == str(second.id)).values(categories=7))
    db.session.execute(update(SiteCounters).values(posts=40))
    db.session.commit()
    told = [str(one) for one in find_differences()]
    assert f"site {site.id}, {first.id}: posts is 0, should be 1" in told
    assert f"site {site.id}, {second.id}: categories is 7, should be 3" in told
    assert f"site {site.id}, counters: posts is 40, should be 0" in told
    assert len(fix_differences()) == len(told)
    assert find_differences() == []
    assert sums(site) == NONE | {"posts": 1, "pages": 1, "categories": 3, "clusters": 2, "operations": 2}
    db.session.execute(delete(SiteCounters))
    db.session.commit()
    fix_differences()
    assert (find_differences(), sums(site)["posts"]) == ([], 1)


def test_amounts_are_read_from_any_result() -> None:
    assert amounts_of({}) == NONE
    assert amounts_of({"created": True, "post_type": "term", "terms": []}) == NONE
    assert amounts_of({"terms": {"post_tag": {}, "x": {"created": ["y"]}}}) == NONE


def test_the_dashboard_shows_them(site: Site, owner_client: FlaskClient) -> None:
    assert "Live in WordPress" not in owner_client.get("/dashboard/").text
    run = publish(site, new_terms=1)
    db.session.execute(update(Run).where(Run.id == run.id).values(started_at=utcnow(), ended_at=utcnow()))
    db.session.commit()
    page = owner_client.get("/dashboard/").text
    assert "1 post, 0 pages, 0 products" in " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "Last published" in page
    assert "100.0 %" in page


def test_the_command_tells_and_mends(site: Site, engines: Engines) -> None:
    def recount(*options: str) -> tuple[int, str]:
        return warm.run("-m", "app.cli", "recount", *options, environment={**os.environ, **engines.environment()})

    publish(site)
    assert recount() == (0, "Everything agrees.\n")
    db.session.execute(update(SiteCounters).values(posts=40))
    db.session.commit()
    told = f"site {site.id}, counters: posts is 40, should be 1\n1 difference"
    assert recount() == (1, f"{told}.\n")
    assert recount("--fix") == (0, f"{told}, mended.\n")
    assert recount() == (0, "Everything agrees.\n")
