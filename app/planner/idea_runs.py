"""Finding ideas for clusters, cluster by cluster, as the work of a run."""

from flask import current_app

from app.ai.charging import Charges
from app.ai.gateway import provider_for
from app.ai.metering import metered
from app.ai.provider import IdeasRequest, KeywordInput, Provider
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.runs import Outcome, Run, RunContext
from app.core.tenancy import owned
from app.core.wording import many
from app.planner import ideas, keywords
from app.planner.models import Cluster
from app.sites.models import Site

MOST_KEYWORDS = 100  # of a cluster, that the provider is shown


def generate_ideas(context: RunContext) -> Outcome:
    """Find ideas for each cluster of the run; one that this run has served already is passed over. Commits."""
    run = context.run
    ids: list[int] = run.params["cluster_ids"]
    provider = provider_for(current_app.config)
    charges = Charges(run, "ideas", provider, len(ids))
    db.session.commit()
    found = served = 0
    for number, cluster_id in enumerate(ids):
        context.progress(step="Looking for ideas", done=number, total=len(ids))
        try:
            found += _ideas_for(run, cluster_id, provider, charges)
        except NotFound:
            continue  # deleted or merged since the run was started
        served += 1
    context.progress(done=len(ids), total=len(ids))
    if not served:
        raise DomainError("The clusters no longer exist.", code="CLUSTERS_GONE", cure="Reload and select again.")
    return _outcome(ids, found, served, charges.used)


def _outcome(ids: list[int], found: int, served: int, credits: int) -> Outcome:
    link = f"/planner/clusters/{ids[0]}/" if len(ids) == 1 else "/planner/ideas/?state=open"
    data = {"ideas": found, "credits": credits}
    if not found:
        return Outcome("No new ideas came up: the titles that fit are there already.", link, data)
    of = "" if served == 1 else f" for {served:,} clusters"
    return Outcome(f"Found {many(found, 'idea')}{of}.", link, data)


def _ideas_for(run: Run, cluster_id: int, provider: Provider, charges: Charges) -> int:
    """Ask for one cluster's ideas with no transaction open, and store and charge what came. Commits; NotFound."""
    cluster = owned(Cluster, cluster_id, run.account_id)
    before = ideas.generated_since(cluster.id, run.started_at or run.created_at)
    if before:  # an earlier try of this run got this far
        return before
    request = _request(cluster, run.params.get("count", 8))
    db.session.commit()
    with metered() as tokens:
        result = provider.ideas(request)
    stored = ideas.store_ideas(owned(Cluster, cluster_id, run.account_id), result.ideas)
    if stored:
        charges.charge(
            f"cluster:{cluster_id}",
            units=1,
            object_type="cluster",
            object_id=cluster_id,
            title=request.cluster_name,
            tokens=tokens,
        )
    db.session.commit()
    return stored


def _request(cluster: Cluster, count: int) -> IdeasRequest:
    rows = keywords.texts(keywords.of_cluster(cluster), MOST_KEYWORDS)
    return IdeasRequest(
        cluster_name=cluster.name,
        cluster_description=cluster.description,
        existing_titles=ideas.titles(cluster.id),
        keywords=[KeywordInput(text=row.keyword, volume=row.volume, intent=row.intent) for row in rows],
        count=count,
        site_name=owned(Site, cluster.site_id, cluster.account_id).name,
    )
