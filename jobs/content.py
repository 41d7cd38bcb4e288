"""Changing many contents, and undoing that. Each may be restarted from the beginning."""

from app.content.bulk import runs as bulk_runs
from app.content.images import renditions
from app.content.images import services as images
from app.content.images import upkeep as image_upkeep
from app.content.links import work as link_work
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.queue import enqueue_now, new_job_id
from app.core.row_security import act_for, within
from app.core.runs import Outcome, RunContext
from jobs import the_app

log = get_logger(__name__)


def change_contents(context: RunContext) -> Outcome:
    """Params: those that `app.content.bulk.runs` gives."""
    return bulk_runs.run_bulk_edit(context)


def undo_bulk_edit(context: RunContext) -> Outcome:
    """Params: `edit_id`."""
    return bulk_runs.run_bulk_undo(context)


def check_links(context: RunContext) -> Outcome:
    """Params: `content_ids`."""
    return link_work.check_links(context)


def remove_image_files(account_id: int, hashes: list[str]) -> None:
    """Delete the files of images that went with their contents, where nothing else has them."""
    with the_app().app_context():
        act_for(account_id)
        images.remove_unused_files(account_id, hashes)


def make_image_renditions(account_id: int, source: str, recipe: str = renditions.WEB) -> None:
    """Make the smaller files of an image, by the hash of its bytes, as a recipe says."""
    with the_app().app_context():
        act_for(account_id)
        renditions.make_renditions(account_id, source, recipe)


def tidy_image_files() -> None:
    """Go through the accounts and delete the files of images that nothing needs."""
    with the_app().app_context():
        for account_id in image_upkeep.accounts_with_renditions():
            try:
                with within(account_id):
                    image_upkeep.tidy_image_files(account_id)
            except Exception:  # one account's trouble keeps no other waiting
                db.session.rollback()
                log.exception("images_not_tidied", account_id=account_id)


def hand_out_tidying() -> None:
    """Called by the scheduler: the work is a worker's."""
    enqueue_now("bulk", "jobs.content.tidy_image_files", new_job_id())
