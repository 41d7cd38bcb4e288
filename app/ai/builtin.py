"""The provider that needs no key: real clustering, ideas by rule, outline drafts."""

from app.ai import builtin_clustering, builtin_draft, builtin_ideas
from app.ai.provider import (
    ClusterRequest,
    ClusterResult,
    DraftRequest,
    DraftResult,
    IdeasRequest,
    IdeasResult,
    Progress,
)


class BuiltinProvider:
    """Deterministic, offline, free."""

    name = "Built-in"
    is_builtin = True
    cluster_at_once: int | None = None

    def cluster(self, request: ClusterRequest, progress: Progress | None = None) -> ClusterResult:
        """Group keywords by how they are written."""
        return builtin_clustering.cluster(request, progress)

    def ideas(self, request: IdeasRequest) -> IdeasResult:
        """Headlines that suit what the searchers of the cluster's keywords want."""
        return builtin_ideas.ideas(request)

    def draft(self, request: DraftRequest) -> DraftResult:
        """An outline to write from."""
        return builtin_draft.draft(request)
