"""A run as the API shows it."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.shapes import Instant, Shown
from app.core.runs import Run


class RunShown(Shown):
    """A piece of work. It ends as `succeeded`, `failed` (with `error`) or `cancelled`; ask for it until then."""

    id: UUID
    kind: str = Field(examples=["cluster_keywords"])
    title: str = Field(examples=["Clustering 120 keywords"])
    state: str = Field(examples=["queued"])
    site_id: int | None = Field(examples=[1])
    step: str | None = Field(examples=[None])
    done: int = Field(examples=[0])
    total: int | None = Field(examples=[120])
    message: str | None = Field(examples=[None])
    error: dict[str, Any] | None = Field(examples=[None])
    due_at: Instant
    started_at: Instant | None
    ended_at: Instant | None

    @classmethod
    def of(cls, run: Run) -> "RunShown":
        """The run as it is answered."""
        return cls.model_validate(run)
