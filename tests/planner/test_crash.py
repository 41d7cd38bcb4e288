"""A clustering whose worker is killed is finished by the next one, with nothing doubled."""

from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from tests.factories.live import LiveApp, has_ended, let_the_lease_pass, state_of, wait_for
from tests.factories.things import make_keyword, make_site
from tests.factories.work import a_kind


def clustering_of(site: Site) -> Run:
    """Start a clustering of 24 keywords on four topics. Returns its run."""
    for topic in ("cold brew", "espresso machine", "pour over", "french press"):
        for word in ("recipe", "ratio", "best", "cheap", "guide", "time"):
            make_keyword(site, f"{topic} {word}", volume=100)
    run = start_run(
        account_id=site.account_id,
        kind=a_kind("cluster_keywords", "jobs.planner.cluster_keywords"),
        site_id=site.id,
        title="Clustering",
        actor=THE_APP,
    )
    db.session.commit()
    return run


def clusters_of(site_id: int) -> set[frozenset[str]]:
    """The keywords of each cluster, and those of none as one set."""
    together: dict[int | None, set[str]] = {}
    for cluster_id, keyword in db.session.execute(
        select(Keyword.cluster_id, Keyword.keyword).where(Keyword.site_id == site_id)
    ):
        together.setdefault(cluster_id, set()).add(keyword)
    return {frozenset(words) for words in together.values()}


def test_a_clustering_is_finished_by_the_next_worker(site: Site, account: Account, workers: LiveApp) -> None:
    site_id, undisturbed_id = site.id, make_site(account).id
    run = clustering_of(site)
    first = workers.start_worker("default")
    wait_for(lambda: state_of(run) == "running", what="the run to start")
    workers.kill(first)
    finished_early = state_of(run) == "succeeded"
    let_the_lease_pass()
    workers.start_worker("default")
    wait_for(lambda: has_ended(run), what="the second worker to finish")
    assert state_of(run) == "succeeded"
    assert not finished_early
    names = db.session.scalars(select(func.lower(Cluster.name))).all()
    assert len(names) == len(set(names)) > 1
    empty = select(Cluster.id).where(~select(Keyword.id).where(Keyword.cluster_id == Cluster.id).exists())
    assert db.session.scalars(empty).all() == []
    other = clustering_of(db.session.get_one(Site, undisturbed_id))
    wait_for(lambda: has_ended(other), what="a clustering that nobody disturbs")
    assert clusters_of(site_id) == clusters_of(undisturbed_id)
