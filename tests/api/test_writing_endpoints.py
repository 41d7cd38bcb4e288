"""Proposals, briefs, prompt tests, planned sites and the link plan by programs."""

import io
import zipfile

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster, Keyword
from app.sites import connection
from app.sites.models import Site
from app.writer.drafting.proposals import add_proposal
from tests.api.conftest import Caller
from tests.factories.built import make_planned_site
from tests.factories.things import make_cluster, make_content, make_keyword, make_site, make_task


@pytest.fixture
def site(account: Account) -> Site:
    return make_site(account)


def test_a_proposed_text_is_taken_for_the_version_that_it_was_compared_with(caller: Caller, site: Site) -> None:
    content = make_content(site, "Pitching")
    proposal = add_proposal(content, "<p>Anew</p>", origin="rewrite", actor_id=None)
    db.session.commit()
    path = f"/writer/proposals/{proposal.id}/"
    shown = caller("GET", path)
    caller("PATCH", f"/content/{content.id}/", json={"title": "Pitching tents"}, headers={"If-Match": "*"})
    late = caller("POST", f"{path}take/", headers={"If-Match": shown.headers["ETag"]})
    assert (late.status_code, late.json["error"]["code"]) == (412, "PRECONDITION_FAILED")
    taken = caller("POST", f"{path}take/", headers={"If-Match": caller("GET", path).headers["ETag"]})
    assert (taken.status_code, taken.json["result"]["content_html"]) == (200, "<p>Anew</p>")
    assert caller("POST", f"{path}drop/").json["error"]["code"] == "PROPOSAL_DECIDED"
    [listed] = caller("GET", f"/writer/proposals/?content_id={content.id}").json["result"]
    assert listed["state"] == "taken"


def test_a_brief_is_read_before_it_is_stored_and_changed(caller: Caller, site: Site) -> None:
    task = make_task(make_cluster(site, "Tents"), "How to pitch")
    path = f"/writer/tasks/{task.id}/brief/"
    before = caller("GET", path)
    assert (before.json["result"]["version"], before.json["result"]["title"]) == (0, "How to pitch")
    body = {"title": "How to pitch a tent", "primary_keyword": "pitch a tent", "outline": [{"heading": "Ground"}]}
    changed = caller("PUT", path, json=body, headers={"If-Match": before.headers["ETag"]})
    assert changed.status_code == 200, changed.text
    assert [section["heading"] for section in changed.json["result"]["outline"]] == ["Ground"]
    assert caller("GET", f"/writer/tasks/{task.id}/").json["result"]["title"] == "How to pitch a tent"
    assert caller("PUT", path, json=body, headers={"If-Match": before.headers["ETag"]}).status_code == 412
    wrong = caller("PUT", path, json={**body, "language": "xx"}, headers={"If-Match": "*"})
    assert (wrong.status_code, wrong.json["error"]["field"]) == (422, "language")


def test_a_test_set_has_cases_checks_and_a_gate(caller: Caller, site: Site) -> None:
    task = make_task(make_cluster(site, "Tents"), "How to pitch")
    body = {"operation": "draft", "name": "Guides", "rows": [f"task:{task.id}"]}
    made = caller("POST", "/thinker/test-sets/", json=body).json["result"]
    path = f"/thinker/test-sets/{made['id']}/"
    assert [case["row"] for case in made["cases"]] == [f"task:{task.id}"]
    checks = [{"kind": "contains", "value": "tent"}]
    tag = caller("GET", path).headers["ETag"]
    saved = caller("PUT", path, json={"name": "Tents", "checks": checks}, headers={"If-Match": tag}).json["result"]
    assert (saved["name"], saved["checks"]) == ("Tents", checks)
    assert caller("PUT", path, json={"name": "Late"}, headers={"If-Match": tag}).status_code == 412
    assert caller("PUT", f"{path}gate/", json={"least_percent": 80}).status_code == 200
    assert caller("GET", path).json["result"]["least_percent"] == 80
    assert caller("DELETE", path).json["error"]["code"] == "SET_IS_GATE"
    refused = caller("POST", f"{path}tests/", json={"sides": [{}]})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "AI_NO_MODEL")


def test_images_are_drawn_as_the_site_says(caller: Caller, site: Site) -> None:
    path = f"/thinker/images/?site_id={site.id}"
    assert caller("GET", path).json["result"]["version"] == 0
    body = {"size": "1536x1024", "style": "Soft light."}
    assert caller("PUT", path, json=body, headers={"If-Match": '"0"'}).json["result"]["version"] == 1
    assert caller("PUT", path, json=body, headers={"If-Match": '"0"'}).status_code == 412
    assert caller("PUT", path, json={"size": "3x3"}, headers={"If-Match": "*"}).status_code == 422


def test_a_planned_site_is_rehearsed_deployed_and_downloaded(
    caller: Caller, site: Site, owner_client: FlaskClient
) -> None:
    owner_client.post("/account/modules/", data={"module": "site_builder", "on": "1"})
    page = make_planned_site(site, "Hill & Sons")
    path = f"/site-builder/blueprints/{page.blueprint_id}/"
    plan = caller("GET", f"{path}plan/").json["result"]
    assert {step["action"] for step in plan} == {"create"}
    away = caller("POST", f"{path}deploys/", json={})
    assert (away.status_code, away.json["error"]["code"]) == (502, "NOT_CONNECTED")
    connection.make_key(site)
    db.session.commit()
    dry = caller("POST", f"{path}deploys/?dry_run=true", json={})
    assert (dry.status_code, dry.json["result"]["run"], dry.json["result"]["create"]) == (200, None, len(plan))
    assert db.session.query(Run).count() == 0
    begun = caller("POST", f"{path}deploys/", json={}, headers={"Idempotency-Key": "d1"})
    assert (begun.status_code, begun.headers["Location"]) == (202, f"/api/v1/runs/{begun.json['result']['run']['id']}/")
    [deploy] = caller("GET", f"{path}deploys/").json["result"]
    assert caller("GET", f"/site-builder/deploys/{deploy['id']}/").json["result"]["state"] == "running"
    assert caller("POST", f"/site-builder/deploys/{deploy['id']}/take_back/").json["error"]["code"] == "DEPLOY_ACTIVE"
    file = caller("GET", f"{path}files/")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert any(name.endswith(".html") for name in zipfile.ZipFile(io.BytesIO(file.data)).namelist())


def test_many_rows_go_after_a_dry_run_that_says_how_many(caller: Caller, site: Site, account: Account) -> None:
    keywords = [make_keyword(site, f"tent {number}").id for number in range(3)]
    cluster = make_cluster(site, "Tents")
    contents = [make_content(site, f"Pitching {number}").id for number in range(2)]
    body = {"keyword_ids": keywords}
    dry = caller("POST", "/planner/keywords/delete/?dry_run=true", json=body, headers={"Idempotency-Key": "x"})
    assert (dry.status_code, dry.json["result"]["count"], db.session.query(Keyword).count()) == (200, 3, 3)
    done = caller("POST", "/planner/keywords/delete/", json=body, headers={"Idempotency-Key": "x"})
    assert (done.json["result"]["count"], db.session.query(Keyword).count()) == (3, 0)
    caller("POST", "/planner/clusters/delete/", json={"cluster_ids": [cluster.id]})
    assert db.session.query(Cluster).count() == 0
    dry = caller("POST", "/content/trash/?dry_run=true", json={"content_ids": contents}).json["result"]
    assert (dry["count"], dry["edit_id"]) == (2, None)
    assert caller("POST", "/content/trash/", json={"content_ids": contents}).json["result"]["edit_id"]
    assert {row.trashed_at is not None for row in db.session.query(Content)} == {True}
    elsewhere = make_content(make_site(account, name="Other", url="https://other.example"), "Theirs")
    mixed = caller("POST", "/content/trash/", json={"content_ids": [*contents, elsewhere.id]})
    assert mixed.json["error"]["code"] == "SEVERAL_SITES"


def test_the_link_plan_is_made_and_read(caller: Caller, site: Site) -> None:
    assert caller("GET", f"/linker/plan/?site_id={site.id}").status_code == 404
    made = caller("POST", f"/linker/plan/make/?site_id={site.id}")
    assert (made.status_code, made.json["result"]["kind"]) == (202, "plan_links")
    busy = caller("POST", "/linker/plan/apply/", json={"site_id": site.id})
    assert busy.json["error"]["code"] == "LINK_PLAN_CHANGING"


@pytest.mark.parametrize("value", ["1", "TRUE", "yes", ""])
def test_dry_run_is_true_or_false(caller: Caller, site: Site, value: str) -> None:
    """A misspelt one must not do the work."""
    keyword = make_keyword(site, "tents")
    answer = caller("DELETE", f"/planner/keywords/{keyword.id}/?dry_run={value}")
    assert (answer.status_code, db.session.query(Keyword).count()) == (422, 1)
