"""Terms, relations and progress as WordPress tells them: whose they are, in which order, and what is no use."""

import json
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.content.models import Content
from app.content.services import count_in_clusters
from app.core.extensions import db, limiter
from app.core.runs import Run
from app.mirror.models import RemoteState
from app.publishing import steps
from app.sites import signing
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from tests.factories.people import make_account
from tests.factories.plugin import Plugin, post_event, post_item
from tests.factories.things import (
    make_cluster,
    make_content,
    make_keyword,
    make_sector,
    make_site,
    make_term,
)
from tests.sync.conftest import PATHS


def put(plugin: Plugin, path: str, body: Any) -> Any:
    return plugin.send("PUT", path, body)


def test_terms_of_a_task_arrive_and_unknown_ones_are_made(content: Content, plugin: Plugin) -> None:
    body = {
        "categories": [5, {"id": 6, "name": "Brewing", "slug": "brewing"}, 7],
        "tags": [8],
        "updated_by": "wordpress_user_123",
        "updated_at": "2025-11-29T11:00:00Z",
    }
    answer = put(plugin, f"/writer/tasks/{content.task_id}/taxonomies/", body)
    assert answer.status_code == 200, answer.text
    result = answer.json["result"]
    assert (result["applied"], result["assigned"]) == (True, {"categories": [5, 6, 7], "tags": [8]})
    assert len(result["created"]) == 3
    assert answer.headers[signing.RESPONSE_HEADER]
    names = sorted(one.name for one in db.session.get_one(Content, content.id).terms)
    assert names == ["Brewing", "Term 5", "Term 7", "Term 8"]


def test_what_was_taken_away_goes_and_a_group_that_is_not_sent_stays(content: Content, plugin: Plugin) -> None:
    path = f"/content/{content.id}/taxonomies/"
    put(plugin, path, {"tags": [{"id": 8, "name": "Quick"}]})
    put(plugin, path, {"categories": []})
    assert [one.name for one in db.session.get_one(Content, content.id).terms] == ["Quick"]


def test_an_older_change_is_acknowledged_and_changes_nothing(content: Content, plugin: Plugin) -> None:
    path = f"/content/{content.id}/taxonomies/"
    assert put(plugin, path, {"tags": [8], "updated_at": "2025-11-29T11:00:00Z"}).json["result"]["applied"] is True
    for stamp in ("2025-11-29T10:00:00Z", "2025-11-29T11:00:00Z"):
        assert put(plugin, path, {"tags": [], "updated_at": stamp}).json["result"]["applied"] is False
    assert put(plugin, path, {"tags": [], "updated_at": "2999-01-01T00:00:00Z"}).json["result"]["applied"] is True
    assert put(plugin, path, {"tags": [8]}).json["result"]["applied"] is True
    assert len(db.session.get_one(Content, content.id).terms) == 2


def test_a_change_of_cluster_moves_the_content_and_both_counts(content: Content, plugin: Plugin, site: Site) -> None:
    first, second = content.cluster_id, make_cluster(site, "Second").id
    sector, keyword = make_sector(site), make_keyword(site)
    body = {"cluster_id": second, "sector_id": sector.id, "keyword_ids": [keyword.id]}
    answer = put(plugin, f"/writer/tasks/{content.task_id}/relationships/", body)
    assert answer.json["result"] == {"applied": True, "kept": []}
    moved = db.session.get_one(Content, content.id)
    assert (moved.cluster_id, moved.sector_id, [one.id for one in moved.keywords]) == (second, sector.id, [keyword.id])
    assert [count_in_clusters(site.account_id, one) for one in (first, second)] == [{}, {"Article": 1}]
    put(plugin, f"/content/{content.id}/relationships/", {"cluster_id": None, "keyword_ids": []})
    moved = db.session.get_one(Content, content.id)
    assert (moved.cluster_id, moved.sector_id, moved.keywords) == (None, sector.id, [])


def test_a_cluster_that_was_changed_here_stays(content: Content, plugin: Plugin, site: Site) -> None:
    ours, theirs = make_cluster(site, "Ours").id, make_cluster(site, "Theirs").id
    db.session.execute(update(Content).values(cluster_id=ours, version=Content.version + 1))
    db.session.commit()
    answer = put(plugin, f"/content/{content.id}/relationships/", {"cluster_id": theirs})
    assert answer.json["result"] == {"applied": True, "kept": ["cluster"]}
    assert db.session.get_one(Content, content.id).cluster_id == ours
    assert db.session.scalars(select(RemoteState)).one().ahead == ["cluster"]


def test_a_term_of_our_own_taxonomy_moves_it_too(content: Content, plugin: Plugin, site: Site) -> None:
    answer = put(plugin, f"/content/{content.id}/taxonomies/", {"clusters": [{"id": 70, "name": "Seen there"}]})
    assert answer.json["result"]["assigned"] == {"clusters": [70]}
    cluster = db.session.get_one(Content, content.id).cluster
    assert cluster is not None
    assert cluster.name == "Seen there"


def test_content_that_is_not_in_wordpress_takes_them_as_well(site: Site, plugin: Plugin) -> None:
    content = make_content(site)
    content.terms = [make_term(site, "Old", external_id=4), make_term(site, "Only here")]
    db.session.commit()
    put(plugin, f"/content/{content.id}/taxonomies/", {"categories": [{"id": 5, "name": "New"}]})
    assert [one.name for one in db.session.get_one(Content, content.id).terms] == ["New", "Only here"]
    cluster = make_cluster(site)
    put(plugin, f"/content/{content.id}/relationships/", {"cluster_id": cluster.id})
    assert db.session.get_one(Content, content.id).cluster_id == cluster.id
    assert db.session.scalars(select(RemoteState)).all() == []


@pytest.mark.parametrize("path", PATHS)
def test_what_is_another_sites_is_not_there(content: Content, app: Flask, site: Site, account: Any, path: str) -> None:
    address = path.format(task=content.task_id, content=content.id)
    for other in (make_site(account), make_site(make_account("Elsewhere"))):
        answer = Plugin(app.test_client(), other).send("PUT", address, {"categories": [], "keyword_ids": []})
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")
    foreign = make_cluster(make_site(account))
    answer = Plugin(app.test_client(), site).send("PUT", address, {"cluster_id": foreign.id})
    assert answer.status_code == (404 if "relationships" in path else 200)


@pytest.mark.parametrize(
    "path",
    [
        *PATHS,
        "/integrations/{site}/stats/increment/",
        "/integrations/{site}/events/",
        "/integrations/{site}/publish-progress/",
        "/integrations/{site}/nudge/",
    ],
)
def test_strangers_and_other_methods_get_json(content: Content, client: FlaskClient, path: str) -> None:
    address = path.format(task=content.task_id, content=content.id, site=content.site_id)
    method = "POST" if address.endswith(("events/", "progress/", "nudge/")) else "PUT"
    answer = client.open(address, method=method, data=b"{}")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "SIGNATURE_MISSING")
    assert client.get(address).json["error"]["code"] == "HTTP_405"


def test_a_body_over_the_limit_is_refused(content: Content, plugin: Plugin) -> None:
    path = f"/content/{content.id}/taxonomies/"
    answer = put(plugin, path, b" " * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "TOO_LARGE")
    big = {"events": [post_event(post_item(9, content="x" * 3_000_000))]}
    assert plugin.send("POST", f"/integrations/{plugin.site_id}/events/", big).status_code == 200
    answer = plugin.send("POST", f"/integrations/{plugin.site_id}/events/", b" " * (8 * 1024 * 1024 + 1))
    assert answer.json["error"]["code"] == "TOO_LARGE"


def test_a_site_that_asks_too_often_is_told_when_to_come_back(
    content: Content, plugin: Plugin, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request counts as 200: a slow machine would not make so many within the minute."""
    hit = limiter.limiter.hit
    monkeypatch.setattr(limiter.limiter, "hit", lambda item, *names, cost=1: hit(item, *names, cost=200 * cost))
    limiter.enabled = True
    try:
        path = f"/content/{content.id}/taxonomies/"
        for _ in range(3):  # strangers do not use up what the site may ask
            assert app.test_client().put(path, headers={"X-IGNY8-Site": str(plugin.site_id)}).status_code == 401
        answers = [put(plugin, path, {}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 0 < int(answers[3].headers["Retry-After"]) <= 60
        other = Plugin(app.test_client(), make_site(make_account("Elsewhere")))
        assert put(other, path, {}).status_code == 404
    finally:
        limiter.enabled = False


def running(site: Site) -> Run:
    run = Run(
        account_id=site.account_id,
        site_id=site.id,
        kind="publish",
        title="P",
        job="jobs.x",
        state="running",
        steps=steps.states_of("taxonomies"),
    )
    db.session.add(run)
    db.session.commit()
    return run


def tell(plugin: Plugin, **body: Any) -> bool:
    answer = plugin.send("POST", f"/integrations/{plugin.site_id}/publish-progress/", body)
    assert answer.status_code == 200, answer.text
    return bool(answer.json["result"]["applied"])


def test_progress_is_shown_and_only_goes_forwards(site: Site, plugin: Plugin) -> None:
    run = running(site)
    assert tell(plugin, run_id=str(run.id), step="content", progress=60, message="Writing the post")
    run = db.session.get_one(Run, run.id)
    assert (run.step, run.message, run.done, run.total) == ("Content", "Writing the post", 60, 100)
    assert [step["name"] for step in run.steps if step["state"] == "running"] == ["content"]
    assert not tell(plugin, run_id=str(run.id), step="media", progress=30, message="Late")
    assert not tell(plugin, run_id=str(run.id), step="content", progress=50)
    assert tell(plugin, run_id=str(run.id), step="commit", progress=90)
    assert db.session.get_one(Run, run.id).message == "Writing the post"


def test_progress_of_what_is_not_there_is_no_error(site: Site, plugin: Plugin) -> None:
    run = running(make_site(make_account("Elsewhere")))
    for run_id in (str(run.id), str(uuid4()), "none", ""):
        assert not tell(plugin, run_id=run_id, step="content", progress=60, message="x")
    assert not tell(plugin, task_id=15, step="creating_post", progress=30, message="Creating WordPress post...")
    ended = running(site)
    db.session.execute(update(Run).where(Run.id == ended.id).values(state="succeeded"))
    db.session.commit()
    assert not tell(plugin, run_id=str(ended.id), step="commit", progress=90)


def test_nothing_of_it_is_doubled(content: Content, plugin: Plugin, app: Flask) -> None:
    path = f"/content/{content.id}/taxonomies/"
    body = {"categories": [{"id": 6, "name": "Six"}], "updated_at": "2025-11-29T11:00:00Z"}
    answers = plugin.at_once(app, "PUT", path, [body] * 12)
    assert sorted(json.loads(answer.data)["result"]["applied"] for answer in answers) == [False] * 11 + [True]
    assert db.session.scalar(select(func.count()).where(ContentTaxonomy.external_id == 6)) == 1
