"""How a content stands, in one word that pages, filters and figures share (pure). The glossary is docs/words.md.

PostgreSQL keeps it in `contents.state`, a generated column made of `SQL`; `content_state` is the same rule in Python.
"""

from app.core.languages import N_

DRAFT, SCHEDULED, LIVE, LIVE_CHANGED = "draft", "scheduled", "live", "live_changed"
CONFLICT, WP_TRASH, GONE = "conflict", "wp_trash", "gone"
LABELS = {
    DRAFT: N_("Draft"),
    SCHEDULED: N_("Scheduled"),
    LIVE: N_("Live"),
    LIVE_CHANGED: N_("Live with changes"),
    CONFLICT: N_("Conflict"),
    WP_TRASH: N_("In WordPress's trash"),
    GONE: N_("Gone"),
}
SQL = """case
  when remote_status = 'trash' then 'wp_trash'
  when remote_status = 'deleted' or sync_state = 'gone' then 'gone'
  when sync_state = 'both' then 'conflict'
  when (status = 'published' or remote_status = 'publish') and sync_state = 'ours' then 'live_changed'
  when status = 'published' or remote_status = 'publish' then 'live'
  when scheduled_at is not null or remote_status = 'future' then 'scheduled'
  else 'draft' end"""


def content_state(status: str, remote_status: str, sync_state: str, *, is_scheduled: bool) -> str:
    """The state of a content with these columns; `is_scheduled` when it has a `scheduled_at`.

    What visitors see is live even while an update of it is scheduled, and a conflict comes before both.
    """
    if remote_status == "trash":
        return WP_TRASH
    if remote_status == "deleted" or sync_state == "gone":
        return GONE
    if sync_state == "both":
        return CONFLICT
    if status == "published" or remote_status == "publish":
        return LIVE_CHANGED if sync_state == "ours" else LIVE
    return SCHEDULED if is_scheduled or remote_status == "future" else DRAFT
