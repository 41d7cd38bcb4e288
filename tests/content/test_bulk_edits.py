"""What is done to many contents at once: as a run beyond a part, told exactly, and taken back for 30 days."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from app.accounts.models import Account
from app.content import actions
from app.content.bulk import edits as bulk_edits
from app.content.bulk import upkeep as bulk_upkeep
from app.content.bulk.models import BulkEdit, BulkEditRow
from app.content.models import Content, content_terms
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.planner.models import Cluster
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_content, make_site, make_term
from tests.factories.work import newest_run, put_back, work

RULE = Actor(None, "Rule", permissions=None)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def three_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_edits, "PART", 3)


def make_contents(site: Site, count: int, **fields: object) -> list[int]:
    return [make_content(site, f"Content {number}", **fields).id for number in range(count)]


def clusters_of(ids: list[int]) -> list[int | None]:
    db.session.expire_all()
    return list(db.session.scalars(select(Content.cluster_id).where(Content.id.in_(ids)).order_by(Content.id)))


def assign(site: Site, ids: list[int], cluster: Cluster | None) -> actions.BulkDone:
    done = actions.assign_cluster(site.account_id, RULE, site.id, ids, cluster.id if cluster else None)
    db.session.commit()
    return done


def undo(site: Site) -> actions.BulkDone:
    edit = bulk_edits.last_undoable_edit(site.account_id, site.id)
    assert edit is not None
    done = actions.undo_bulk_edit(site.account_id, RULE, edit.id)
    db.session.commit()
    return done


@pytest.mark.parametrize(("count", "is_run"), [(3, False), (4, True), (8, True)])
def test_beyond_a_part_it_is_a_run_and_taken_back_all_the_same(
    site: Site, three_a_part: None, count: int, is_run: bool
) -> None:
    before, after = make_cluster(site, "Before"), make_cluster(site, "After")
    ids = make_contents(site, count - 1, cluster_id=before.id) + make_contents(site, 1)
    done = assign(site, ids, after)
    assert (done.run is not None) is is_run
    if done.run:
        assert done.message == f"Begun: {count} items assigned to the cluster “After”."
        assert work(done.run).message == f"{count} items assigned to the cluster."
        assert (done.run.done, done.run.total) == (count, count)
    assert clusters_of(ids) == [after.id] * count
    undone = undo(site)
    said = work(undone.run).message if undone.run else undone.message
    assert said == f"Undone: {count} items assigned to the cluster “After”."
    assert clusters_of(ids) == [before.id] * (count - 1) + [None]
    assert assign(site, ids[:1], None).message == "1 item removed from its cluster."
    undo(site)
    assert bulk_edits.last_undoable_edit(site.account_id, site.id) is None


def test_what_is_left_out_is_counted_by_its_reason(account: Account, site: Site, three_a_part: None) -> None:
    there, elsewhere = make_cluster(site), make_site(account)
    ids = make_contents(site, 4) + make_contents(site, 2, cluster_id=there.id)
    done = assign(site, [*ids, *make_contents(elsewhere, 1)], there)
    assert done.run is not None
    said = "4 items assigned to the cluster. Left out: 2 that were there already; 1 item that is not of this site."
    assert work(done.run).message == said
    assert db.session.scalar(select(func.count()).select_from(BulkEditRow)) == 4


@pytest.mark.parametrize("count", [3, 5])
def test_what_somebody_changed_since_stays_and_is_named(site: Site, three_a_part: None, count: int) -> None:
    target, other = make_cluster(site, "Target"), make_cluster(site)
    ids = make_contents(site, count)
    done = assign(site, ids, target)
    if done.run:
        work(done.run)
    db.session.execute(update(Content).where(Content.id == ids[0]).values(cluster_id=other.id))
    db.session.execute(update(Content).where(Content.id == ids[1]).values(title="Edited since", version=9))
    db.session.commit()
    undone = undo(site)
    said = work(undone.run).message if undone.run else undone.message
    stay = f"1 of {count} items stay as they are, because they were changed since: “Content 0”."
    assert said == f"Undone: {count} items assigned to the cluster “Target”. {stay}"
    assert clusters_of(ids) == [other.id] + [None] * (count - 1)


def test_a_cluster_that_is_gone_takes_nothing_back(site: Site) -> None:
    former, target = make_cluster(site), make_cluster(site)
    ids = make_contents(site, 2, cluster_id=former.id)
    assign(site, ids, target)
    db.session.execute(delete(Cluster).where(Cluster.id == former.id))
    db.session.commit()
    assert "2 of 2 items stay as they are" in undo(site).message
    assert clusters_of(ids) == [target.id] * 2


@pytest.mark.parametrize("count", [2, 5])
def test_terms_come_on_and_off_and_back(site: Site, three_a_part: None, count: int) -> None:
    term = make_term(site, "News")
    ids = make_contents(site, count)

    def having() -> int:
        return db.session.scalar(select(func.count()).select_from(content_terms)) or 0

    for change, after, undone in ((attach, count, 0), (attach, count, None), (detach, 0, count)):
        done = change(site, ids, term.id)
        if done.run:
            work(done.run)
        assert having() == after
        if undone is not None:
            taken_back = undo(site)
            if taken_back.run:
                work(taken_back.run)
            assert having() == undone


def attach(site: Site, ids: list[int], term_id: int) -> actions.BulkDone:
    done = actions.attach_term(site.account_id, RULE, site.id, ids, term_id=term_id)
    db.session.commit()
    return done


def detach(site: Site, ids: list[int], term_id: int) -> actions.BulkDone:
    done = actions.detach_term(site.account_id, RULE, site.id, ids, term_id)
    db.session.commit()
    return done


@pytest.mark.parametrize("step", ["do_part", "undo_part"])
def test_a_worker_that_dies_between_two_parts_leaves_no_content_out(
    site: Site, three_a_part: None, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target, ids = make_cluster(site), make_contents(site, 8)
    done = assign(site, ids, target)
    assert done.run is not None
    run = done.run
    if step == "undo_part":
        work(run)
        undone = undo(site)
        assert undone.run is not None
        run = undone.run
    _die_in_second(monkeypatch, step)
    with pytest.raises(SystemExit):
        work(run)
    monkeypatch.undo()
    monkeypatch.setattr(bulk_edits, "PART", 3)
    put_back(run)
    assert work(run).state == "succeeded"
    assert clusters_of(ids) == [target.id if step == "do_part" else None] * 8


def _die_in_second(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    real: Callable[..., int] = getattr(bulk_edits, step)
    calls: list[int] = []

    def dying(edit: BulkEdit, ids: list[int]) -> int:
        calls.append(len(ids))
        if len(calls) == 2:
            raise SystemExit
        return real(edit, ids)

    monkeypatch.setattr(bulk_edits, step, dying)


def test_a_run_stops_where_somebody_takes_it_back(site: Site, three_a_part: None) -> None:
    ids = make_contents(site, 8)
    done = assign(site, ids, make_cluster(site))
    edit = db.session.scalars(select(BulkEdit)).one()
    bulk_edits.do_part(edit, bulk_edits.next_part(edit, 0, done=False))
    edit.words = "3 items assigned"
    db.session.commit()
    undo(site)
    assert done.run is not None
    work(done.run)
    assert clusters_of(ids) == [None] * 8


def test_it_is_taken_back_once_and_for_30_days(account: Account, site: Site) -> None:
    ids = make_contents(site, 1)
    assign(site, ids, make_cluster(site))
    edit = db.session.scalars(select(BulkEdit)).one()
    edit.created_at = utcnow() - timedelta(days=31)
    db.session.commit()
    assert bulk_edits.last_undoable_edit(account.id, site.id) is None
    with pytest.raises(Conflict, match="30 days"):
        actions.undo_bulk_edit(account.id, RULE, edit.id)
    edit.created_at = utcnow() - timedelta(days=29)
    db.session.commit()
    undo(site)
    with pytest.raises(Conflict, match="already"):
        actions.undo_bulk_edit(account.id, RULE, edit.id)
    edit.created_at = utcnow() - timedelta(days=31)
    db.session.commit()
    assert bulk_upkeep.forget_old() == 1
    assert db.session.scalar(select(func.count()).select_from(BulkEditRow)) == 0


def test_all_that_match_are_changed_by_a_run_that_the_list_shows(
    owner_client: FlaskClient, site: Site, three_a_part: None
) -> None:
    cluster = make_cluster(site, "Coffee")
    make_contents(site, 5, content_type="Page")
    make_content(site, "An article")
    batch = {"all_matching": "1", "filter": "type=Page", "cluster_id": cluster.id}
    answer = owner_client.post("/content/assign-cluster/", data=batch, headers=HTMX)
    place = answer.headers["HX-Redirect"]
    assert place.startswith("/content/?type=Page&run=")
    assert "5 items assigned to the cluster “Coffee”" in owner_client.get(place).text
    assert work(newest_run()).message == "5 items assigned to the cluster."
    page = owner_client.get("/content/").text
    assert "5 items assigned to the cluster “Coffee”." in page
    path = page.split('hx-post="/content/changes/', 1)[1].split('"', 1)[0]
    owner_client.post(f"/content/changes/{path}", headers=HTMX)
    work(newest_run())
    assert db.session.scalar(select(func.count(Content.cluster_id))) == 0


def test_of_few_the_undo_says_what_it_did_at_once(owner_client: FlaskClient, site: Site) -> None:
    ids = make_contents(site, 2)
    batch = {"content_ids": ids, "cluster_id": make_cluster(site, "Coffee").id}
    owner_client.post("/content/assign-cluster/", data=batch, headers=HTMX)
    edit = db.session.scalars(select(BulkEdit)).one()
    answer = owner_client.post(f"/content/changes/{edit.id}/undo/", headers=HTMX)
    said = json.loads(answer.headers["HX-Trigger"])["toast"]["message"]
    assert said == "Undone: 2 items assigned to the cluster “Coffee”."


def test_nobody_takes_back_what_another_account_did(owner_client: FlaskClient, site: Site) -> None:
    other = make_site(make_account("Other"))
    assign(other, make_contents(other, 1), make_cluster(other))
    edit = db.session.scalars(select(BulkEdit)).one()
    assert owner_client.post(f"/content/changes/{edit.id}/undo/", headers=HTMX).status_code == 404
