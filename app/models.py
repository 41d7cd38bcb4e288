"""Every model module, so that the metadata is whole for migrations and mappings."""

from app.accounts import models as accounts
from app.billing import models as billing
from app.content import models as content
from app.core import audit, mail, scheduler
from app.core.events import models as events
from app.core.runs import models as runs
from app.identity import models as identity
from app.meaning import models as meaning
from app.mirror import models as mirror
from app.planner import models as planner
from app.publishing import models as publishing
from app.sites import models as sites
from app.sync import models as sync
from app.sync.imports import models as imports
from app.taxonomy import models as taxonomy
from app.writer import models as writer

__all__ = [
    "accounts",
    "audit",
    "billing",
    "content",
    "events",
    "identity",
    "imports",
    "mail",
    "meaning",
    "mirror",
    "planner",
    "publishing",
    "runs",
    "scheduler",
    "sites",
    "sync",
    "taxonomy",
    "writer",
]
