"""The audit log tells what was done: where nothing was, it gets no line."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select

from app.content import actions as content_actions
from app.core.actor import Actor
from app.core.audit import AuditEvent
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.planner import actions as planner_actions
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer import actions as writer_actions
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_task, make_term

SOMEBODY = Actor(None, "Somebody", permissions=None)
Act = Callable[[], object]


def trash_twice(site: Site, cluster: Cluster) -> Act:
    ids = [make_content(site).id, make_content(site, "Other").id]
    return lambda: content_actions.move_to_trash(site.account_id, SOMEBODY, site.id, ids)


def cluster_twice(site: Site, cluster: Cluster) -> Act:
    ids = [make_content(site).id]
    return lambda: content_actions.assign_cluster(site.account_id, SOMEBODY, site.id, ids, cluster.id)


def attach_twice(site: Site, cluster: Cluster) -> Act:
    ids, term = [make_content(site).id], make_term(site)
    return lambda: content_actions.attach_term(site.account_id, SOMEBODY, site.id, ids, term_id=term.id)


def delete_keywords_twice(site: Site, cluster: Cluster) -> Act:
    chosen = Selection([make_keyword(site, "moka").id])
    return lambda: planner_actions.delete_keywords(site.account_id, SOMEBODY, site.id, chosen)


def move_keywords_twice(site: Site, cluster: Cluster) -> Act:
    chosen = Selection([make_keyword(site, "moka").id])
    return lambda: planner_actions.move_keywords(site.account_id, SOMEBODY, site.id, chosen, str(cluster.id))


def delete_ideas_twice(site: Site, cluster: Cluster) -> Act:
    chosen = Selection([make_idea(cluster).id])
    return lambda: planner_actions.delete_ideas(site.account_id, SOMEBODY, site.id, chosen)


def date_tasks_twice(site: Site, cluster: Cluster) -> Act:
    chosen, day = Selection([make_task(cluster).id]), date(2030, 1, 2)
    return lambda: writer_actions.set_due_date(site.account_id, SOMEBODY, site.id, chosen, day)


def delete_tasks_twice(site: Site, cluster: Cluster) -> Act:
    chosen = Selection([make_task(cluster).id])
    return lambda: writer_actions.delete_tasks(site.account_id, SOMEBODY, site.id, chosen)


TWICE = (
    trash_twice,
    cluster_twice,
    attach_twice,
    delete_keywords_twice,
    move_keywords_twice,
    delete_ideas_twice,
    date_tasks_twice,
    delete_tasks_twice,
)


@pytest.mark.parametrize("make", TWICE)
def test_what_is_done_already_is_told_once(site: Site, make: Callable[[Site, Cluster], Act]) -> None:
    act = make(site, make_cluster(site))
    for _ in range(2):
        act()
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == 1
