"""Keywords of a task that a person picks one by one."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core.errors import DomainError
from app.core.extensions import db
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer import task_edits
from app.writer.briefs.making import keywords_for
from app.writer.briefs.models import Brief
from app.writer.briefs.services import brief_of
from app.writer.keyword_picks import MOST_PICKED, find_keywords, picked_ids
from app.writer.models import Task
from tests.factories.things import make_cluster, make_keyword, make_site, make_task

PLAN = {
    "title": "Brew better",
    "primary_keyword": "cold brew",
    "content_type": "Article",
    "content_structure": "Guide",
}


def ids_in(site: Site, cluster: Cluster | None, *texts: str) -> dict[str, int]:
    """Keywords, each less searched than the one before: id by text."""
    fields = {"cluster_id": cluster.id if cluster else None}
    return {text: make_keyword(site, text, volume=1000 - place, **fields).id for place, text in enumerate(texts)}


def texts_of(task: Task) -> list[str]:
    return [keyword.keyword for keyword in task.keywords]


def update(task: Task, cluster: Cluster, keywords: str | None = None) -> Task:
    values = PLAN | {"cluster": str(cluster.id)} | ({} if keywords is None else {"keywords": keywords})
    return task_edits.update_task(task.account_id, task.id, values)


def test_what_is_picked_stands_in_its_order_whatever_the_cluster(site: Site, cluster: Cluster) -> None:
    ids = ids_in(site, cluster, "cold brew", "cold brew ratio") | ids_in(site, None, "brew jug")
    values = PLAN | {"cluster": str(cluster.id)}
    task = task_edits.create_task(site.account_id, site.id, values)
    assert texts_of(task) == ["cold brew", "cold brew ratio"]
    update(task, cluster, f"{ids['brew jug']} {ids['cold brew']} {ids['brew jug']}")
    assert (texts_of(task), task.picks_keywords) == (["brew jug", "cold brew"], True)
    other = make_cluster(site, "Other")
    ids_in(site, other, "cold brew tower")
    update(task, other, f"{ids['brew jug']} {ids['cold brew']}")
    assert texts_of(task) == ["brew jug", "cold brew"]
    assert keywords_for(task) == ["brew jug", "cold brew"]
    update(task, other, "")
    assert (texts_of(task), task.picks_keywords) == (["cold brew tower"], False)
    made = task_edits.create_task(site.account_id, site.id, values | {"keywords": str(ids["brew jug"])})
    assert texts_of(made) == ["brew jug"]


def test_the_brief_follows_and_keeps_what_a_person_wrote(site: Site, cluster: Cluster) -> None:
    ids = ids_in(site, cluster, "cold brew", "cold brew ratio", "cold brew jar", "brew time")
    task = make_task(cluster, **PLAN)
    update(task, cluster, f"{ids['cold brew']} {ids['cold brew ratio']} {ids['cold brew jar']}")
    brief = brief_of(task)
    db.session.flush()
    assert brief.secondary_keywords == ["cold brew ratio", "cold brew jar"]
    update(task, cluster, f"{ids['cold brew jar']} {ids['cold brew ratio']} {ids['cold brew']}")
    assert db.session.scalars(select(Brief.secondary_keywords)).one() == ["cold brew jar", "cold brew ratio"]
    brief.secondary_keywords = ["by hand", "cold brew jar", "cold brew ratio"]
    db.session.flush()
    update(task, cluster, f"{ids['cold brew jar']} {ids['brew time']}")
    assert db.session.scalars(select(Brief.secondary_keywords)).one() == ["by hand", "cold brew jar", "brew time"]


def test_the_cluster_comes_first_and_other_sites_never(account: Account, site: Site, cluster: Cluster) -> None:
    ids_in(site, None, "brew kettle", "tea")
    ids_in(site, cluster, "filter brew", "filter")
    ids_in(make_site(account), None, "brew elsewhere")
    found = find_keywords(site.account_id, site.id, cluster.id, "brew")
    assert [keyword.keyword for keyword in found] == ["filter brew", "brew kettle"]
    found = find_keywords(site.account_id, site.id, cluster.id, " ")
    assert [keyword.keyword for keyword in found] == ["filter brew", "filter"]
    assert find_keywords(site.account_id, site.id, None, "") == []


def test_too_many_and_those_of_others_are_refused(
    owner_client: FlaskClient, account: Account, site: Site, cluster: Cluster
) -> None:
    theirs = ids_in(make_site(account), None, "brew")["brew"]
    with pytest.raises(DomainError, match="deleted meanwhile"):
        picked_ids(site.account_id, site.id, {"keywords": str(theirs)})
    with pytest.raises(DomainError, match="at most"):
        picked_ids(site.account_id, site.id, {"keywords": " ".join(map(str, range(1, MOST_PICKED + 2)))})
    task = make_task(cluster)
    sent = PLAN | {"cluster": str(cluster.id), "keywords": str(theirs)}
    answer = owner_client.post(f"/writer/tasks/{task.id}/edit/", data=sent)
    assert answer.status_code == 422
    assert "deleted meanwhile" in answer.text
