"""The Optimizer: how good a text is, and changes that make it better."""

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.rates import Rate
from app.api.runs import RunShown
from app.api.shapes import Done, DryRunParameters, Given, RowId, RowIds, Shown
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.errors import Conflict
from app.core.languages import gettext
from app.core.tenancy import owned_many
from app.optimizer import actions
from app.optimizer.permissions import OptimizerPermission


class OneContent(Given):
    """A content."""

    content_id: RowId = Field(examples=[11])


class OptimizeGiven(OneContent):
    """A content; with `dry_run` only what it would cost is answered."""

    dry_run: bool = Field(False, examples=[False])


class BatchOptimizeGiven(Given):
    """Contents of one site; with `dry_run` only what they would cost is answered."""

    content_ids: RowIds = Field(examples=[[11]])
    dry_run: bool = Field(False, examples=[False])


class AssessmentShown(Shown):
    """What one assessment found; `score` is null where it does not apply."""

    key: str = Field(examples=["keyphrase_in_title"])
    group: str = Field(examples=["seo"])
    rating: str = Field(examples=["good"])
    score: int | None = Field(examples=[100])
    says: str = Field(examples=["The keyphrase is in the title."])
    cure: str = Field(examples=[""])


class ReportShown(Shown):
    """How good a text is: scores of 0 to 100 by group, and what each assessment found."""

    scores: dict[str, int | None] = Field(examples=[{"overall": 71}])
    language: str = Field(examples=["en"])
    words: int = Field(examples=[820])
    assessments: list[AssessmentShown]


class OptimizingShown(Shown):
    """The run and the tasks whose changes it proposes; or with `dry_run` none, and what it would cost at most.

    `left_out` are without text, too long or under way already.
    """

    run: RunShown | None
    task_ids: list[int] = Field(examples=[[2]])
    left_out: int = Field(examples=[0])
    credits: int | None = Field(examples=[None])


READ, WRITE = OptimizerPermission.READ, OptimizerPermission.WRITE


@api_endpoint("POST", "/optimizer/analyze/", READ, module="optimizer", rate=Rate.OPTIMIZER)
def analyze_content(body: OneContent) -> ReportShown:
    """Analyse a content as it is stored. Changes nothing."""
    report = actions.analyse_content(current_account_id(), current_actor(), body.content_id)
    return ReportShown(
        scores={name: getattr(report.scores, name) for name in report.scores.__dataclass_fields__},
        language=report.language,
        words=report.words,
        assessments=[AssessmentShown.model_validate(assessment) for assessment in report.assessments],
    )


@api_endpoint("POST", "/optimizer/optimize/", WRITE, module="optimizer", status=202, rate=Rate.OPTIMIZER)
def optimize_one(query: DryRunParameters, body: OptimizeGiven) -> OptimizingShown:
    """Propose changes for a content: a run. Nothing is changed until somebody accepts it."""
    return _start([body.content_id], dry_run=body.dry_run or query.is_dry)


@api_endpoint("POST", "/optimizer/batch_optimize/", WRITE, module="optimizer", status=202, rate=Rate.OPTIMIZER)
def optimize_contents(query: DryRunParameters, body: BatchOptimizeGiven) -> OptimizingShown:
    """Propose changes for contents of one site: a run."""
    return _start(body.content_ids, dry_run=body.dry_run or query.is_dry)


class ReasonGiven(Given):
    """Why an assessment does not matter for this text."""

    reason: str = Field(min_length=1, max_length=actions.MOST_REASON, examples=["It is a poem."])


class SiteToScore(Given):
    """A site."""

    site_id: RowId = Field(examples=[1])


ASSESSMENT = "/optimizer/contents/<int:content_id>/assessments/<assessment>/"


@api_endpoint("POST", "/optimizer/score/", WRITE, module="optimizer", status=202, rate=Rate.OPTIMIZER)
def score_site_contents(body: SiteToScore) -> RunShown:
    """Score the contents of a site that have no scores, or old ones: a run. 409 when all have."""
    run = actions.start_scoring(current_account_id(), current_actor(), body.site_id)
    if run is None:
        raise Conflict(gettext("All contents have their scores."), code="NOTHING_TO_DO")
    return RunShown.of(run)


@api_endpoint("POST", f"{ASSESSMENT}dismiss/", WRITE, module="optimizer", rate=Rate.OPTIMIZER)
def dismiss_one_assessment(content_id: int, assessment: str, body: ReasonGiven) -> Done:
    """Leave an assessment out of the scores of a content, and say why."""
    account_id, actor = current_account_id(), current_actor()
    return Done(says=actions.dismiss_assessment(account_id, actor, content_id, assessment, body.reason), count=1)


@api_endpoint("POST", f"{ASSESSMENT}restore/", WRITE, module="optimizer", rate=Rate.OPTIMIZER)
def restore_one_assessment(content_id: int, assessment: str) -> Done:
    """Let a dismissed assessment count again."""
    account_id, actor = current_account_id(), current_actor()
    return Done(says=actions.restore_assessment(account_id, actor, content_id, assessment), count=1)


def _start(ids: list[int], *, dry_run: bool) -> OptimizingShown:
    account_id = current_account_id()
    site_id = owned_many(Content, ids, account_id)[0].site_id
    if dry_run:
        price = actions.optimizing_price(account_id, ids)
        return OptimizingShown(run=None, task_ids=[], left_out=0, credits=price.credits)
    start = actions.start_optimizing(account_id, current_actor(), site_id, ids)
    return OptimizingShown(
        run=RunShown.of(start.run), task_ids=list(start.task_ids), left_out=start.left_out, credits=None
    )
