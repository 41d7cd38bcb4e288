"""Finding ideas for clusters, cluster by cluster, as the work of a run."""

from datetime import timedelta

from app.ai import gateway
from app.ai.call_context import CallContext
from app.ai.calls.request_sizes import size_of
from app.ai.charging import Charges
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.ai.values import KeywordInput
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.runs.turns import Turn
from app.core.tenancy import owned
from app.core.wording import many
from app.planner.ideas import services as ideas
from app.planner.keywords import services as keywords
from app.planner.models import Cluster
from app.sites.models import Site
from app.thinker.strategy import note_for

MOST_KEYWORDS = 100  # of a cluster, that a model is shown


def generate_ideas(context: RunContext) -> Outcome:
    """Find ideas for each cluster of the run; a cluster that got ideas from another run meanwhile is skipped. Commits.

    Raises TryAgain between two clusters when others wait for a turn.
    """
    run = context.run
    ids: list[int] = run.params["cluster_ids"]
    charges = Charges(run, "ideas", len(ids))
    begins, idea_count, served = (int(context.so_far.get(name, 0)) for name in ("done", "found", "served"))
    charges.used = int(context.so_far.get("credits", 0))
    db.session.commit()
    turn = Turn(context)
    for number, cluster_id in enumerate(ids[begins:], start=begins):
        context.progress(step="Looking for ideas", done=number, total=len(ids))
        if number > begins and turn.is_over():
            so_far = {"done": number, "found": idea_count, "served": served, "credits": charges.used}
            raise TryAgain(timedelta(0), turn.why, counts=False, so_far=so_far)
        try:
            idea_count += _ideas_for(context, cluster_id, charges)
        except NotFound:
            continue  # deleted or merged since the run was started
        served += 1
    context.progress(done=len(ids), total=len(ids))
    if not served:
        raise DomainError(
            gettext("The clusters no longer exist."), code="CLUSTERS_GONE", cure=gettext("Reload and select again.")
        )
    return _ideas_outcome(ids, idea_count, served, charges.used)


def _ideas_outcome(ids: list[int], idea_count: int, served: int, credits: int) -> Outcome:
    link = f"/planner/clusters/{ids[0]}/" if len(ids) == 1 else "/planner/ideas/?state=open"
    data = {"ideas": idea_count, "credits": credits}
    if not idea_count:
        return Outcome("No new ideas came up: the titles that fit are there already.", link, data)
    of = "" if served == 1 else f" for {served:,} clusters"
    return Outcome(f"Found {many(idea_count, 'idea')}{of}.", link, data)


def _ideas_for(context: RunContext, cluster_id: int, charges: Charges) -> int:
    """Ask for one cluster's ideas with no transaction open, and store and charge what came. Commits; NotFound.

    Nothing is asked for a cluster that got ideas from another run after this one was started: runs of an account take
    turns, and where their clusters overlap, the first one to run serves both.
    """
    run = context.run
    cluster = owned(Cluster, cluster_id, run.account_id)
    before = ideas.generated_since(cluster.id, run.started_at or run.created_at)
    if before:  # an earlier try of this run got this far
        return before
    if ideas.generated_since(cluster.id, run.created_at):
        return 0
    request = ideas_request(cluster, run.params.get("count") or size_of(run.account_id, "ideas_per_request"))
    db.session.commit()
    call = CallContext(run.id, subject=request.cluster_name, cancelled=context.should_stop)
    answered = gateway.run(run.account_id, IDEAS, request, call=call)
    stored = ideas.store_ideas(owned(Cluster, cluster_id, run.account_id), answered.result.ideas)
    if stored:
        charges.charge(
            f"cluster:{cluster_id}",
            units=1,
            object_type="cluster",
            object_id=cluster_id,
            title=request.cluster_name,
            answered=answered,
        )
    db.session.commit()
    return stored


def ideas_request(cluster: Cluster, count: int = 8) -> IdeasRequest:
    """What is asked about a cluster."""
    rows = keywords.texts(keywords.cluster_conditions(cluster), MOST_KEYWORDS)
    return IdeasRequest(
        cluster_name=cluster.name,
        cluster_description=cluster.description,
        existing_titles=ideas.idea_titles(cluster.id),
        keywords=[KeywordInput(text=row.keyword, volume=row.volume, intent=row.intent) for row in rows],
        count=count,
        site_name=owned(Site, cluster.site_id, cluster.account_id).name,
        strategy=note_for(cluster.account_id, cluster.site_id),
    )
