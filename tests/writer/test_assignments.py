"""Who works on a task and until when: chosen, listed, set for many, and left to nobody when a member goes."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import members
from app.accounts.models import Account, SiteAccess
from app.core.audit import AuditEvent
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.row_security import within
from app.core.site_scope import every_site, limit_to
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer import assignments, services
from app.writer.models import Task
from tests.factories.people import SignIn, actor_of, make_account, make_member
from tests.factories.things import make_cluster, make_site, make_task

HTMX = {"HX-Request": "true"}


def rows(client: FlaskClient, query: str) -> list[str]:
    """The titles that the list shows under these filters."""
    page = client.get(f"/writer/tasks/{query}", headers=HTMX).text
    return re.findall(r'class="cell-title" href="[^"]+">([^<]+)<', page)


def test_tasks_are_listed_by_assignee_and_by_what_is_due(
    owner_client: FlaskClient, owner: User, cluster: Cluster, site: Site
) -> None:
    today = assignments.today_of(site)
    make_task(cluster, "Late", due_on=today - timedelta(days=1), assignee_id=owner.id)
    make_task(cluster, "Written", due_on=today - timedelta(days=9), status="completed")
    make_task(cluster, "Today", due_on=today)
    make_task(cluster, "Sunday", due_on=today + timedelta(days=6))
    make_task(cluster, "Later", due_on=today + timedelta(days=7))
    make_task(cluster, "Some day")
    assert rows(owner_client, f"?assignee={owner.id}") == ["Late"]
    assert sorted(rows(owner_client, "?assignee=none&status=queued")) == ["Later", "Some day", "Sunday", "Today"]
    assert rows(owner_client, "?due=overdue") == ["Late"]
    assert rows(owner_client, "?due=week&sort=due") == ["Today", "Sunday"]
    assert rows(owner_client, "?due=none") == ["Some day"]
    assert rows(owner_client, "?sort=due") == ["Written", "Late", "Today", "Sunday", "Later", "Some day"]
    assert rows(owner_client, "?sort=-due") == ["Later", "Sunday", "Today", "Late", "Written", "Some day"]
    page = owner_client.get("/writer/tasks/").text
    assert page.count("Overdue</span>") == 1
    assert f'<option value="{owner.id}">Me</option>' in page


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_a_day_is_over_when_it_is_over_where_the_site_is(site: Site, cluster: Cluster, zone: str) -> None:
    site.time_zone = zone
    db.session.commit()
    local = datetime.now(ZoneInfo(zone)).date()
    for days in range(-3, 10):
        make_task(cluster, f"{days}", due_on=local + timedelta(days=days))

    def due(value: str) -> list[int]:
        page = services.list_tasks(site.account_id, site.id, {"due": value, "sort": "due"})
        return [int(task.title) for task in page.items]

    assert due("overdue") == [-3, -2, -1]
    assert due("week") == list(range(7))


def test_many_are_assigned_and_get_a_due_date(
    owner_client: FlaskClient, owner: User, cluster: Cluster, account: Account
) -> None:
    editor = make_member(account, "editor", sites=[cluster.site_id], name="Anna")
    tasks = [make_task(cluster, assignee_id=editor.id), make_task(cluster), make_task(cluster)]
    ids = [task.id for task in tasks]
    sent = {"ids": [*ids[:2], 10**9], "assignee": str(editor.id), "filter": "due=none"}
    answer = owner_client.post("/writer/tasks/assign/", data=sent)
    assert answer.location == "/writer/tasks/?due=none"
    told = owner_client.get("/writer/tasks/").text
    assert "Assigned 1 task. Left out: 1 so already; 1 not there any more." in told
    owner_client.post("/writer/tasks/due/", data={"ids": ids, "due_on": "2030-12-24"})
    assert "3 tasks now due on 24 December 2030." in owner_client.get("/writer/tasks/").text
    stored = db.session.execute(select(Task.assignee_id, Task.due_on).order_by(Task.id)).all()
    assert [tuple(row) for row in stored] == [(who, date(2030, 12, 24)) for who in (editor.id, editor.id, None)]
    everything = {"all_matching": "1", "filter": f"assignee={editor.id}", "assignee": "none"}
    owner_client.post("/writer/tasks/assign/", data=everything)
    assert db.session.scalars(select(Task.assignee_id)).all() == [None, None, None]
    owner_client.post("/writer/tasks/due/", data={"ids": ids, "due_on": ""})
    assert db.session.scalars(select(Task.due_on)).all() == [None, None, None]
    subjects = db.session.scalars(select(AuditEvent.subject).where(AuditEvent.action.like("bulk.tasks%"))).all()
    assert sorted(subjects)[0] == "1 task to Anna"


def test_only_who_may_write_on_the_site_is_given_a_task(
    owner_client: FlaskClient, account: Account, cluster: Cluster
) -> None:
    task = make_task(cluster)
    foreign = make_account("Other")
    with within(foreign.id):
        stranger = make_member(foreign, "owner")
    viewer, outsider = make_member(account, "viewer", sites=[cluster.site_id]), make_member(account, "editor", sites=[])
    for wrong in (str(stranger.id), str(viewer.id), str(outsider.id), "x", "9" * 30):
        answer = owner_client.post("/writer/tasks/assign/", data={"ids": [task.id], "assignee": wrong})
        assert answer.status_code == 422, wrong
        assert "may write on this site" in answer.text
    for wrong in ("soon", "2030-13-01", "0001-01-01", "9999-12-31"):
        assert owner_client.post("/writer/tasks/due/", data={"ids": [task.id], "due_on": wrong}).status_code == 422
    assert owner_client.post("/writer/tasks/assign/", data={"assignee": "none"}).status_code == 422
    assert db.session.execute(select(Task.assignee_id, Task.due_on)).one() == (None, None)


@pytest.mark.parametrize("way", ["removed", "left"])
def test_tasks_of_a_member_who_goes_are_nobodys_and_it_is_told(
    account: Account, owner: User, cluster: Cluster, way: str
) -> None:
    editor = make_member(account, "editor", sites=[cluster.site_id])
    elsewhere = make_cluster(make_site(account))  # a site that they could see once
    theirs = [make_task(cluster, assignee_id=editor.id), make_task(elsewhere, assignee_id=editor.id)]
    mine = make_task(cluster, assignee_id=owner.id)
    foreign = make_account("Other")
    with within(foreign.id):
        other_account = make_task(make_cluster(make_site(foreign)), assignee_id=editor.id)
    if way == "removed":
        row = members.membership_of(account.id, editor.id)
        members.remove_member(account.id, actor_of(owner), row.id)
    else:
        limit_to(frozenset({cluster.site_id}), editor.id)
        members.leave_account(account.id, actor_of(editor))
    db.session.commit()
    with every_site():
        gone = [db.session.get_one(Task, task.id).assignee_id for task in (*theirs, mine)]
    assert gone == [None, None, owner.id]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "bulk.tasks_unassigned")).one()
    assert (event.subject, (event.after or {})["tasks"]) == (editor.email, "2 tasks")
    with within(foreign.id), every_site():
        assert db.session.scalar(select(Task.assignee_id).where(Task.id == other_account.id)) == editor.id


def test_who_lost_the_site_keeps_the_task_until_somebody_else_gets_it(
    owner_client: FlaskClient, account: Account, cluster: Cluster
) -> None:
    editor = make_member(account, "editor", sites=[cluster.site_id], name="Anna")
    task = make_task(cluster, assignee_id=editor.id)
    db.session.query(SiteAccess).delete()
    db.session.commit()
    assert "Anna (no access any more)" in owner_client.get(f"/writer/tasks/{task.id}/edit/").text
    assert ">Anna</a>" in owner_client.get("/writer/tasks/").text


def test_filters_of_due_dates_are_safe_in_a_selection(site: Site, cluster: Cluster) -> None:
    make_task(cluster, due_on=utcnow().date() - timedelta(days=5))
    make_task(cluster)
    chosen = Selection(all_matching=True, filters={"due": "overdue"})
    assert services.count_tasks(site.account_id, site.id, chosen) == 1
    assert assignments.set_due(services.selected_tasks(site.account_id, site.id, chosen), None) == 1


def test_a_viewer_sees_who_works_on_what_and_changes_nothing(
    account: Account, sign_in: SignIn, cluster: Cluster
) -> None:
    task = make_task(cluster)
    viewer = sign_in(make_member(account, "viewer"))
    assert "Assign tasks" not in viewer.get("/writer/tasks/").text
    assert viewer.post("/writer/tasks/assign/", data={"ids": [task.id], "assignee": "none"}).status_code == 403
