"""The provider that needs no key: ideas by rule, outline drafts. Keywords are clustered by the planner itself."""

from app.ai import builtin_draft, builtin_ideas
from app.ai.provider import DraftRequest, DraftResult, IdeasRequest, IdeasResult


class BuiltinProvider:
    """Deterministic, offline, free."""

    name = "Built-in"
    is_builtin = True

    def ideas(self, request: IdeasRequest) -> IdeasResult:
        """Headlines that suit what the searchers of the cluster's keywords want."""
        return builtin_ideas.ideas(request)

    def draft(self, request: DraftRequest) -> DraftResult:
        """An outline to write from."""
        return builtin_draft.draft(request)
