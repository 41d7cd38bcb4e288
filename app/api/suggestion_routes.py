"""Clusters suggested for what came from WordPress, and pairs of rows that serve one intent."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Done, Given, OneSite, Parameters, QueryId, RowId, RowIds, RowPage, Shown, whole_list
from app.core.access import current_account_id, current_actor
from app.core.errors import Conflict
from app.core.languages import gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned_many
from app.suggestions import actions, comparing, overlaps, services
from app.suggestions.models import ClusterSuggestion
from app.suggestions.services import SUGGESTION_LIST

READ, WRITE = Permission.CONTENT_READ, Permission.CONTENT_WRITE
SUGGESTIONS = ApiList(
    SUGGESTION_LIST,
    {"cluster": "The id of a cluster, or `none`.", "least": "The least score, 0 to 100."},
)


class SuggestionShown(Shown):
    """A cluster that a content may belong to: how sure that is, and the keyword that matched."""

    id: RowId = Field(examples=[5])
    content_id: int = Field(examples=[11])
    title: str = Field(examples=["Trail shoes"])
    cluster_id: int = Field(examples=[3])
    cluster: str = Field(examples=["Trail running"])
    score: int = Field(examples=[92])
    because: str = Field(examples=["trail running shoes"])


class SuggestionIds(Given):
    """Suggestions for contents of one site."""

    site_id: RowId = Field(examples=[1])
    suggestion_ids: RowIds = Field(examples=[[5]])


class LeastGiven(OneSite):
    """How sure a suggestion of the site has to be."""

    least: Literal[90, 80, 70, 60, 50] = Field(examples=[90])


class UndoGiven(OneSite):
    """The decision that is undone, within a day: the one that was made last where none is named."""

    decision: UUID | None = Field(None, examples=[None])


class OverlapsParameters(Parameters):
    """Which pairs of a site."""

    site_id: QueryId = Field(description="The site whose pairs are listed.", examples=[1])
    dismissed: Literal["true", "false"] = Field(
        "false", description="`true` for those that somebody said are not the same.", examples=["false"]
    )


class OverlapSideShown(Shown):
    """A cluster, idea, task or content."""

    kind: str = Field(examples=["content"])
    id: int = Field(examples=[11])
    title: str = Field(examples=["Trail shoes"])
    state: str = Field(examples=["live"])
    url: str = Field(examples=["https://blog.example/trail-shoes/"])


class OverlapShown(Shown):
    """Two that serve one intent; `score` is how alike they are, 0 to 100."""

    id: RowId = Field(examples=[4])
    first: OverlapSideShown
    second: OverlapSideShown
    score: int = Field(examples=[88])
    is_dismissed: bool = Field(examples=[False])


@api_endpoint("GET", "/suggestions/", READ, listed=SUGGESTIONS)
def show_suggestions(query: SiteListParameters) -> RowPage[SuggestionShown]:
    """List the clusters that are suggested for contents of a site, the surest first."""
    SUGGESTIONS.read(query)
    page = services.list_open(current_account_id(), query.site_id, query.values)
    return list_page(page, _suggestion)


def _suggestion(row: tuple[ClusterSuggestion, str, str | None, str]) -> SuggestionShown:
    suggestion, title, _address, cluster = row
    own = {name: getattr(suggestion, name) for name in ("id", "content_id", "cluster_id", "score", "because")}
    return SuggestionShown(**own, title=title, cluster=cluster)


@api_endpoint("POST", "/suggestions/find/", WRITE, status=202)
def find_suggestions(body: OneSite) -> RunShown:
    """Look for clusters for contents from WordPress that are in none: a run. 409 when there is nothing to look for."""
    run = services.start_suggesting(current_account_id(), body.site_id, current_actor())
    if run is None:
        raise Conflict(gettext("There is nothing to suggest."), code="NOTHING_TO_DO")
    return RunShown.of(run)


def _chosen(body: SuggestionIds) -> Selection:
    owned_many(ClusterSuggestion, body.suggestion_ids, current_account_id())
    return Selection(list(dict.fromkeys(body.suggestion_ids)))


@api_endpoint("POST", "/suggestions/accept/", WRITE, rehearses=True)
def accept_suggestions(body: SuggestionIds) -> Done:
    """Put contents in the clusters that are suggested for them. Can be undone for a day."""
    return Done.of(actions.accept(current_account_id(), current_actor(), body.site_id, _chosen(body)))


@api_endpoint("POST", "/suggestions/accept_above/", WRITE, rehearses=True)
def accept_sure_suggestions(body: LeastGiven) -> Done:
    """Put contents in the clusters that are suggested for them, where that is as sure as `least` or surer."""
    return Done.of(actions.accept_above(current_account_id(), current_actor(), body.site_id, body.least))


@api_endpoint("POST", "/suggestions/reject/", WRITE, rehearses=True)
def reject_suggestions(body: SuggestionIds) -> Done:
    """Do not suggest these again. Can be undone for a day."""
    return Done.of(actions.reject(current_account_id(), body.site_id, _chosen(body)))


@api_endpoint("POST", "/suggestions/undo/", WRITE)
def undo_suggestions(body: UndoGiven) -> Done:
    """Undo what was accepted or rejected last, as far as contents were not moved since."""
    account_id, decision = current_account_id(), body.decision
    if decision is None:
        last = services.last_decision(account_id, body.site_id)
        if last is None:
            raise Conflict(gettext("There is nothing to undo."), code="NOTHING_TO_DO")
        decision = last[1].id
    return Done.of(actions.undo(account_id, current_actor(), body.site_id, decision))


@api_endpoint("GET", "/overlaps/", READ)
def show_overlaps(query: OverlapsParameters) -> RowPage[OverlapShown]:
    """List pairs of a site that serve one intent, the most alike first: 1,000 at most, on one page."""
    pairs = overlaps.pairs_of(current_account_id(), query.site_id, dismissed=query.dismissed == "true")
    return whole_list([OverlapShown.model_validate(pair) for pair in pairs])


@api_endpoint("POST", "/overlaps/find/", WRITE, status=202)
def find_site_overlaps(body: OneSite) -> RunShown:
    """Look for pairs of a site that serve one intent: a run."""
    return RunShown.of(comparing.start_overlap_search(current_account_id(), body.site_id, current_actor()))


@api_endpoint("POST", "/overlaps/<int:pair_id>/dismiss/", WRITE)
def dismiss_one_overlap(pair_id: int) -> Done:
    """Say that two are not the same."""
    overlaps.decide_pair(current_account_id(), current_actor(), pair_id, is_same=False)
    return Done(says=gettext("Kept: these two are not the same."), count=1)


@api_endpoint("POST", "/overlaps/<int:pair_id>/restore/", WRITE)
def restore_one_overlap(pair_id: int) -> Done:
    """Undo that decision."""
    overlaps.decide_pair(current_account_id(), current_actor(), pair_id, is_same=True)
    return Done(says=gettext("Shown again."), count=1)
