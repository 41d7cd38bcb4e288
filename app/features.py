"""Every feature of the product, in the order of the pipeline: to add one, make its folder and name it here."""

from app.accounts.feature import FEATURE as ACCOUNTS
from app.billing.feature import FEATURE as BILLING
from app.content.feature import FEATURE as CONTENT
from app.export.feature import FEATURE as EXPORT
from app.identity.feature import FEATURE as IDENTITY
from app.mirror.feature import FEATURE as MIRROR
from app.monitoring.feature import FEATURE as MONITORING
from app.planner.feature import FEATURE as PLANNER
from app.publishing.feature import FEATURE as PUBLISHING
from app.sites.feature import FEATURE as SITES
from app.suggestions.feature import FEATURE as SUGGESTIONS
from app.sync.feature import FEATURE as SYNC
from app.taxonomy.feature import FEATURE as TAXONOMY
from app.writer.feature import FEATURE as WRITER

FEATURES = (
    MONITORING,
    PLANNER,
    WRITER,
    CONTENT,
    TAXONOMY,
    MIRROR,
    PUBLISHING,
    SYNC,
    SUGGESTIONS,
    SITES,
    IDENTITY,
    ACCOUNTS,
    EXPORT,
    BILLING,
)
