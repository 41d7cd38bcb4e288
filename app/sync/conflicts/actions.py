"""Deciding what holds where a content differs from WordPress: for a click, a call of the API or a rule."""

from collections.abc import Mapping, Sequence

from app.content.models import Content
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.tenancy import owned
from app.publishing.services import publish_over
from app.sites.connection import login_of
from app.sites.error_codes import error_for
from app.sync.conflicts.comparison import Look
from app.sync.conflicts.differences import LABELS
from app.sync.conflicts.resolve import OURS, THEIRS, Settled, fetch_picture, settle

ACTS = {
    "apply": "field by field",
    "apply_publish": "field by field, then published",
    "take_all": "WordPress's version taken over",
    "publish_ours": "the version here published over WordPress's",
    "link": "linked to the post of that number, and published",
    "create": "published as a new post",
}
PUBLISHES = ("apply_publish", "publish_ours", "link", "create")
ADOPT = {"link": "link", "create": "new"}
ALL = {"take_all": THEIRS, "publish_ours": OURS}


class Undecided(DomainError):
    """A field that both sides changed has no side chosen."""


def decide(
    actor: Actor, content: Content, seen: Look, act: str, choices: Mapping[str, str], *, shown: str, version: int
) -> Settled:
    """Do what ACTS says of `act`, for single fields with `choices` (``theirs`` or ``ours``). Flushes.

    `seen` is what WordPress has now; `shown` and `version` are what the choices were made for. Commits before it
    fetches an image from WordPress. Raises Conflict when either side moved on since, Undecided before a publish.
    """
    if shown != seen.seen:
        raise error_for(
            "EDITED_IN_WORDPRESS",
            Conflict,
            cure="Look at both versions again, then choose.",
            message="WordPress changed it after this page was opened. Here is what it has now.",
        )
    before = content.sync_state
    settled = Settled()
    if seen.item is not None and act not in ADOPT:
        fields = dict.fromkeys(LABELS, ALL[act]) if act in ALL else choices
        settled = _settle(actor, content, seen, fields, version)
    if act == "apply_publish" and settled.undecided:
        raise Undecided(
            f"Not published: {in_words(settled.undecided)} is not decided yet.",
            code="UNDECIDED",
            cure="Choose a side for each field that was changed in WordPress; nothing was changed so far.",
        )
    if act in PUBLISHES:
        current = owned(Content, content.id, content.account_id)
        publish_over(current, actor.id, seen.as_params(ADOPT.get(act)))
    _tell(actor, content, act, before, settled)
    return settled


def _settle(actor: Actor, content: Content, seen: Look, choices: Mapping[str, str], version: int) -> Settled:
    picture = None
    if choices.get("featured_image") == THEIRS:
        login = login_of(content.site)
        db.session.commit()
        picture = fetch_picture(seen, login)
    return settle(
        content.account_id, content.id, seen, choices, expected_version=version, by=actor.name, picture=picture
    )


def _tell(actor: Actor, content: Content, act: str, before: str, settled: Settled) -> None:
    if act not in PUBLISHES and not (settled.taken or settled.kept):
        return  # nothing was settled
    done = {"choice": ACTS[act], "taken": settled.taken, "kept": settled.kept, "undecided": settled.undecided}
    was = {"differed": before}
    audit.record(content.account_id, "publish.settled", subject=content.title, before=was, after=done, by=actor)


def in_words(names: Sequence[str]) -> str:
    """Labels of fields, as a sentence has them."""
    return ", ".join(f"“{LABELS[name]}”" for name in names)
