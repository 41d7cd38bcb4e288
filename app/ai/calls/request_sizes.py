"""How much an account asks a model at once: the installation's setting until the account chooses otherwise.

`AI_IDEAS_PER_REQUEST`, `AI_CLUSTERS_PER_REQUEST` and `AI_DRAFTS_PER_RUN` in the environment are the installation's.
"""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from app.ai.calls.models import AiSettings
from app.core.extensions import db

MOST = {"ideas_per_request": 30, "clusters_per_request": 50, "drafts_per_run": 500}


@dataclass(frozen=True, slots=True)
class RequestSizes:
    """Ideas per request, clusters that one request names, and drafts that one click may start.

    None: the installation's setting.
    """

    ideas_per_request: int | None = None
    clusters_per_request: int | None = None
    drafts_per_run: int | None = None


def chosen_by(account_id: int) -> RequestSizes:
    """What the account has chosen, read in the transaction at hand."""
    columns = (AiSettings.ideas_per_request, AiSettings.clusters_per_request, AiSettings.drafts_per_run)
    row = db.session.execute(select(*columns).where(AiSettings.account_id == account_id)).first()
    return RequestSizes(*row) if row else RequestSizes()


def usual(name: str) -> int:
    """The installation's size; `name` is one of `MOST`, which bounds it."""
    return min(MOST[name], int(current_app.config[f"AI_{name.upper()}"]))


def size_of(account_id: int, name: str) -> int:
    """The size that holds for the account, read in the transaction at hand; `name` is a field of RequestSizes."""
    return getattr(chosen_by(account_id), name) or usual(name)
