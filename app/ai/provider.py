"""What an AI provider does for us, and the types that go in and out.

Providers are synchronous and hold no database session: callers commit first, call, then write.
`progress(done, total)` may raise to stop the work; providers let such errors pass.
"""

from collections.abc import Callable
from typing import Annotated, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ContentType = Literal["Article", "Page", "Product", "Taxonomy"]
ContentStructure = Literal[
    "Guide",
    "Tutorial",
    "Listicle",
    "Comparison",
    "Review",
    "Case Study",
    "News",
    "Landing Page",
    "Service Page",
    "About Page",
    "Product Page",
    "Archive Page",
]
Progress = Callable[[int, int], None]

NAME_LENGTH = 120
TITLE_LENGTH = 200
SEO_TITLE_LENGTH = 60
SEO_DESCRIPTION_LENGTH = 155

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class KeywordInput(_Frozen):
    """A keyword as the planner knows it; `volume` is searches a month."""

    text: str
    volume: int | None = None
    intent: str | None = None


class ClusterRequest(_Frozen):
    """Keywords to group. Clusters of `existing_names` may be named again to add to them."""

    keywords: list[KeywordInput]
    existing_names: list[str] = Field(default_factory=list)
    site_name: str = ""


class ProposedCluster(_Frozen):
    """A topic and its keywords, spelled as in the request."""

    name: str
    description: str = ""
    keywords: list[str]


class ClusterResult(_Frozen):
    """Every keyword of the request is in one cluster or in `unassigned`, never in both or twice."""

    clusters: list[ProposedCluster]
    unassigned: list[str] = Field(default_factory=list)


class IdeasRequest(_Frozen):
    """A cluster to find ideas for; titles like those in `existing_titles` are not proposed again."""

    cluster_name: str
    cluster_description: str = ""
    keywords: list[KeywordInput] = Field(default_factory=list)
    existing_titles: list[str] = Field(default_factory=list)
    count: int = Field(default=8, ge=1, le=30)
    site_name: str = ""


class ProposedIdea(_Frozen):
    """Something to write. `primary_keyword` is one of the request's, or the cluster's name."""

    title: Line
    description: str
    content_type: ContentType
    content_structure: ContentStructure
    primary_keyword: str


class IdeasResult(_Frozen):
    """Distinct ideas, best first; empty when nothing new comes to mind."""

    ideas: list[ProposedIdea]


class DraftRequest(_Frozen):
    """A task to write. `keywords` are secondary to `primary_keyword`."""

    title: str
    description: str = ""
    content_type: ContentType = "Article"
    content_structure: str = "Guide"
    primary_keyword: str = ""
    keywords: list[str] = Field(default_factory=list)
    cluster_name: str = ""
    tone: str = ""
    country: str | None = None
    site_name: str = ""


class DraftResult(_Frozen):
    """A draft as Gutenberg blocks. `is_outline` marks a plan for a writer instead of finished text.

    `raw_response` is what the model answered, kept to read it again without a new call.
    """

    title: str
    content_html: str
    excerpt: str
    seo_title: str = Field(max_length=SEO_TITLE_LENGTH)
    seo_description: str = Field(max_length=SEO_DESCRIPTION_LENGTH)
    focus_keywords: list[str]
    is_outline: bool = False
    raw_response: str | None = None


class Provider(Protocol):
    """One way to get clusters, ideas and drafts. Methods raise DomainError with what to do."""

    name: str
    is_builtin: bool

    def ideas(self, request: IdeasRequest) -> IdeasResult:
        """Propose things to write about a cluster."""
        ...

    def draft(self, request: DraftRequest) -> DraftResult:
        """Write a draft."""
        ...


@runtime_checkable
class ClusteringProvider(Protocol):
    """A provider that groups keywords, too. Without one the planner does it by what the keywords mean."""

    cluster_at_once: int  # how many keywords one question holds

    def cluster(self, request: ClusterRequest, progress: Progress | None = None) -> ClusterResult:
        """Group keywords by topic."""
        ...
