"""A clustering whose worker is killed is finished by the next one, with nothing doubled."""

from sqlalchemy import func, select

from app.core.extensions import db
from app.core.runs import start_run
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from tests.factories.live import LiveApp, let_the_lease_pass, state_of, wait_for
from tests.factories.things import make_keyword
from tests.factories.work import a_kind


def test_a_clustering_is_finished_by_the_next_worker(site: Site, workers: LiveApp) -> None:
    for topic in ("cold brew", "espresso machine", "pour over", "french press"):
        for word in ("recipe", "ratio", "best", "cheap", "guide", "time"):
            make_keyword(site, f"{topic} {word}")
    run = start_run(
        account_id=site.account_id,
        kind=a_kind("cluster_keywords", "jobs.planner.cluster_keywords"),
        site_id=site.id,
        title="Clustering",
        actor_id=None,
    )
    db.session.commit()
    first = workers.start_worker("default")
    wait_for(lambda: state_of(run) == "running", 30, "the run to start")
    workers.kill(first)
    finished_early = state_of(run) == "succeeded"
    let_the_lease_pass()
    workers.start_worker("default")
    wait_for(lambda: state_of(run) not in ("queued", "running"), 60, "the second worker to finish")
    assert state_of(run) == "succeeded"
    assert not finished_early
    assert db.session.scalar(select(func.count()).where(Keyword.cluster_id.is_(None))) == 0
    names = db.session.scalars(select(func.lower(Cluster.name))).all()
    assert len(names) == len(set(names)) > 1
    empty = select(Cluster.id).where(~select(Keyword.id).where(Keyword.cluster_id == Cluster.id).exists())
    assert db.session.scalars(empty).all() == []
