"""Publishing one piece of content, checking its page again, and changing its status."""

from app.core.runs import Outcome, RunContext
from app.publishing.pipeline import Publish
from app.publishing.post_status import work as post_status_work
from app.publishing.verification.services import verify_again


def publish_content(context: RunContext) -> Outcome:
    """Params: `content_id`."""
    return Publish(context).work()


def verify_content(context: RunContext) -> Outcome:
    """Params: `content_id`."""
    return verify_again(context)


def change_status(context: RunContext) -> Outcome:
    """Params: `content_id` and `action`."""
    return post_status_work.change_status(context)
