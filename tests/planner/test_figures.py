"""The figures of clusters are kept by the database: right after each commit, whoever wrote, and whatever ran beside."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, delete, func, select, text, update

from app.accounts.models import Account
from app.content.models import Content
from app.core.extensions import db
from app.planner.clusters import figures
from app.planner.models import Cluster, ClusterFigures, Idea, Keyword
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site, make_task

COUNTED = """
select c.id, count(k.id), coalesce(sum(k.volume), 0) from
  (select 0 as id union select id from clusters where site_id = :site) c
  left join keywords k on k.site_id = :site and coalesce(k.cluster_id, 0) = c.id group by 1 order by 1
"""


def kept(site: Site, *names: str) -> list[tuple[int, ...]]:
    columns = (getattr(ClusterFigures, name) for name in ("cluster_id", *names))
    stmt = select(*columns).where(ClusterFigures.site_id == site.id).order_by(ClusterFigures.cluster_id)
    return [tuple(row) for row in db.session.execute(stmt)]


def of_cluster(cluster: Cluster) -> ClusterFigures:
    stmt = select(ClusterFigures).where(ClusterFigures.cluster_id == cluster.id)
    return db.session.scalars(stmt.execution_options(populate_existing=True)).one()


def all_but_one(_: Site) -> object:
    return update(Keyword).where(Keyword.volume != 20).values(cluster_id=select(func.max(Cluster.id)).scalar_subquery())


def no_volume(_: Site) -> object:
    return update(Keyword).values(volume=None)


def out_of_clusters(_: Site) -> object:
    return update(Keyword).values(cluster_id=None)


def half_gone(_: Site) -> object:
    return delete(Keyword).where(Keyword.id % 2 == 0)


def a_cluster_gone(_: Site) -> object:
    return delete(Cluster).where(Cluster.id == select(func.min(Cluster.id)).scalar_subquery())


def nothing(_: Site) -> object:
    return update(Keyword).values(intent="local")


@pytest.mark.parametrize(
    "change",
    [all_but_one, no_volume, out_of_clusters, half_gone, a_cluster_gone, nothing],
    ids=lambda one: one.__name__,
)
def test_keywords_are_counted_whatever_is_done_to_them(site: Site, change: Callable[[Site], object]) -> None:
    clusters = [make_cluster(site), make_cluster(site)]
    for number in range(7):
        make_keyword(site, volume=number * 10 or None, cluster_id=[None, *(row.id for row in clusters)][number % 3])
    db.session.execute(change(site))  # type: ignore[call-overload]
    db.session.commit()
    assert kept(site, "keywords", "volume") == [
        tuple(row) for row in db.session.execute(text(COUNTED), {"site": site.id})
    ]
    db.session.execute(delete(Keyword))
    db.session.commit()
    assert {row[1:] for row in kept(site, "keywords", "volume")} == {(0, 0)}


def test_what_is_taken_back_within_a_transaction_is_not_counted(site: Site) -> None:
    cluster = make_cluster(site)
    keyword = make_keyword(site, volume=100, cluster_id=cluster.id)
    with db.session.begin_nested() as part:
        db.session.execute(update(Keyword).values(cluster_id=None))
        part.rollback()
    db.session.execute(update(Keyword).where(Keyword.id == keyword.id).values(volume=70))
    db.session.commit()
    assert (of_cluster(cluster).keywords, of_cluster(cluster).volume) == (1, 70)


def test_ideas_tasks_and_contents_are_counted_by_where_they_stand(site: Site) -> None:
    cluster = make_cluster(site)
    idea = make_idea(cluster)
    make_idea(cluster)
    task = make_task(cluster)
    pieces = [make_content(site, cluster_id=cluster.id, content_type=kind) for kind in ("Article", "Page", "Product")]
    pieces.append(make_content(site, cluster_id=cluster.id, remote_status="publish"))
    row = of_cluster(cluster)
    assert (row.ideas, row.open_ideas, row.queued_tasks, row.drafts, row.live_articles) == (2, 2, 1, 3, 1)
    idea.task_id, task.status = task.id, "completed"
    for piece in pieces:
        piece.status = "published"
    db.session.commit()
    row = of_cluster(cluster)
    assert (row.ideas, row.open_ideas, row.queued_tasks, row.drafts, row.contents) == (2, 1, 0, 0, 4)
    assert figures.live_by_type(site.account_id, site.id) == {"Article": 2, "Page": 1, "Product": 1}
    whole = figures.of_site(site.account_id, site.id)
    assert (whole.clusters, whole.uncovered, whole.live_clusters, whole.live) == (1, 0, 1, 4)
    db.session.execute(delete(Task))
    db.session.execute(delete(Idea))
    db.session.execute(update(Content).values(cluster_id=None))
    db.session.commit()
    whole = figures.of_site(site.account_id, site.id)
    assert (whole.open_ideas, whole.uncovered, whole.live_clusters, whole.live) == (0, 1, 0, 4)


def test_contents_are_counted_by_their_state(site: Site) -> None:
    stands = (("", "", "draft"), ("future", "in_step", "draft"), ("publish", "ours", "published"))
    differing = (("publish", "both", "draft"), ("draft", "both", "draft"), ("trash", "gone", "draft"))
    for remote, sync, status in (*stands, *differing, ("deleted", "gone", "draft")):
        make_content(site, remote_status=remote, sync_state=sync, status=status)
    whole = figures.of_site(site.account_id, site.id)
    assert (whole.contents, whole.drafts, whole.scheduled, whole.live, whole.live_changed) == (7, 1, 1, 2, 1)
    assert (whole.conflicts, whole.in_wp_trash, whole.gone) == (2, 1, 1)
    db.session.execute(update(Content).values(remote_status="", sync_state="", status="draft"))
    db.session.commit()
    assert figures.of_site(site.account_id, site.id) == figures.SiteFigures(contents=7, drafts=7)


def test_figures_are_of_one_site_and_go_with_it(account: Account, site: Site) -> None:
    other = make_site(account)
    make_keyword(other, volume=5)
    assert figures.unclustered(account.id, site.id) == 0
    assert figures.unclustered(account.id, other.id) == 1
    assert figures.unclustered(account.id + 1, other.id) == 0
    db.session.delete(other)
    db.session.commit()
    assert kept(other) == []


def test_two_who_change_the_same_clusters_in_opposite_order_both_succeed(owner_engine: Engine, site: Site) -> None:
    ids = [make_keyword(site, cluster_id=make_cluster(site).id, volume=1).id for _ in range(4)]
    grow = text("update keywords set volume = volume + 10 where id = :id")
    db.session.commit()
    second = owner_engine.raw_connection().driver_connection
    try:
        db.session.execute(grow, {"id": ids[0]})
        second.execute("update keywords set volume = volume + 10 where id = %s", [ids[3]])
        second.execute("update keywords set volume = volume + 10 where id = %s", [ids[2]])
        db.session.execute(grow, {"id": ids[1]})
        db.session.execute(grow, {"id": ids[0]})
        second.commit()
        db.session.commit()
    finally:
        second.rollback()
    assert [row[1] for row in kept(site, "volume")] == [0, 21, 11, 11, 11]


def test_nothing_of_a_change_stays_behind(owner_engine: Engine, site: Site) -> None:
    make_keyword(site, cluster_id=make_cluster(site).id, volume=10)
    with owner_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from cluster_figure_changes")) == 0
