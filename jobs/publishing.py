"""Publishing one piece of content."""

from app.core.runs import Outcome, RunContext
from app.publishing.pipeline import Publish


def publish_content(context: RunContext) -> Outcome:
    """Params: `content_id`."""
    return Publish(context).work()
