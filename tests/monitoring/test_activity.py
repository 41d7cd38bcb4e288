"""The list of all work: its filters, pages by run ids that are no numbers, and what can be done in it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.models import Account
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.kinds import unattended_kinds
from app.sites.models import Site
from tests.factories.people import make_account, make_member
from tests.factories.things import make_site

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(site: Site) -> MakeRun:
    def make(title: str, state: str = "succeeded", **fields: Any) -> Run:
        values = {"account_id": site.account_id, "site_id": site.id, "kind": "cluster_keywords", "job": "jobs.none"}
        run = Run(title=title, state=state, **{**values, **fields})
        db.session.add(run)
        db.session.commit()
        return run

    return make


def titles(page: str) -> list[str]:
    return [part.split("<", 1)[0] for part in page.split('class="cell-title"')[1:] for part in [part.split("<bdi>")[1]]]


def test_each_state_has_its_runs(owner_client: FlaskClient, make_run: MakeRun) -> None:
    error = {"code": "X", "message": "It broke.", "cure": "Mend it.", "details": {}}
    make_run("Waiting", "queued")
    make_run("Planned", "queued", due_at=utcnow() + timedelta(hours=1))
    make_run("Broken", "failed", error=error)
    make_run("Done")
    for state, title in (("active", "Waiting"), ("scheduled", "Planned"), ("failed", "Broken"), ("succeeded", "Done")):
        assert titles(owner_client.get(f"/runs/?state={state}").text) == [title]
    everything = owner_client.get("/runs/").text
    assert titles(everything) == ["Done", "Broken", "Planned", "Waiting"]
    assert "It broke." in everything
    assert "Mend it." in everything
    assert titles(owner_client.get("/runs/?state=paused").text) == []


def test_kind_and_site_narrow_it_down(owner_client: FlaskClient, account: Account, make_run: MakeRun) -> None:
    other = make_site(account)
    make_run("Here")
    make_run("There", site_id=other.id, kind="publish")
    make_run("Of no site", site_id=None, kind="export")
    assert titles(owner_client.get(f"/runs/?on={other.id}").text) == ["There"]
    assert titles(owner_client.get("/runs/?kind=publish").text) == ["There"]
    assert len(titles(owner_client.get("/runs/?kind=nonsense&on=x&state=y").text)) == 3


def test_work_of_people_is_told_from_what_the_app_began(owner_client: FlaskClient, make_run: MakeRun) -> None:
    make_run("Clustering")
    make_run("Reading pages", kind=unattended_kinds()[0])
    for asked, title in (("people", "Clustering"), ("app", "Reading pages")):
        page = owner_client.get(f"/runs/?asked={asked}").text
        assert titles(page) == [title]
        assert f'<option value="{asked}" selected' in page


def test_pages_go_on_from_a_run_whose_id_is_no_number(owner_client: FlaskClient, make_run: MakeRun) -> None:
    runs = [make_run(f"Run {number}") for number in range(120)]
    db.session.execute(update(Run).values(created_at=runs[0].created_at))  # ids alone tell them apart
    db.session.commit()
    seen, address = [], "/runs/"
    for _page in range(3):
        text = owner_client.get(address).text
        seen += titles(text)
        rest = text.split('id="page-next"')
        address = rest[1].split('href="', 1)[1].split('"', 1)[0].replace("&amp;", "&") if len(rest) > 1 else ""
    assert address == ""
    assert sorted(seen) == sorted(run.title for run in runs)


@pytest.mark.parametrize("cursor", ["bm90aGluZw", "WyIyMDI2LTAxLTAxIiwieCJd", "WzEsMl0", "%00"])
def test_a_place_that_makes_no_sense_is_the_first_page(
    owner_client: FlaskClient, make_run: MakeRun, cursor: str
) -> None:
    make_run("Run")
    assert titles(owner_client.get(f"/runs/?after={cursor}&page=2").text) == ["Run"]


def test_others_see_nothing_and_viewers_cannot_act(
    viewer_client: FlaskClient, stranger_client: FlaskClient, make_run: MakeRun, account: Account, sign_in: Any
) -> None:
    run = make_run("Ours", "failed", error={"code": "X", "message": "It broke.", "details": {}})
    page = viewer_client.get("/runs/").text
    assert titles(page) == ["Ours"]
    assert f"/runs/{run.id}/retry/" not in page
    assert titles(stranger_client.get("/runs/").text) == []
    elsewhere = make_member(account, "editor", sites=[make_site(account).id])
    assert titles(sign_in(elsewhere).get("/runs/").text) == []
    assert make_account("Elsewhere").id != account.id
