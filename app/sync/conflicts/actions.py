"""Deciding which side holds where a content differs from WordPress: for a click, a call of the API or a rule."""

from collections.abc import Mapping, Sequence

from app.content.models import Content
from app.content.state import LABELS as LABELS_OF_STATES
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.publishing.services import publish_over
from app.sites.connection import login_of
from app.sites.error_codes import error_for
from app.sync.conflicts.comparison import RemoteVersion
from app.sync.conflicts.differences import LABELS
from app.sync.conflicts.resolve import OURS, THEIRS, Resolution, apply_choices, fetch_featured_image

ACTS = {
    "apply": "field by field",
    "apply_publish": "field by field, then published",
    "take_all": "WordPress's version used",
    "publish_ours": "the version here published over WordPress's",
    "link": "linked to the post of that number, and published",
    "create": "published as a new post",
}
PUBLISHES = ("apply_publish", "publish_ours", "link", "create")
ADOPT = {"link": "link", "create": "new"}
ALL = {"take_all": THEIRS, "publish_ours": OURS}


class Undecided(DomainError):
    """No side was chosen for a field that both sides changed."""


def resolve_conflict(
    actor: Actor,
    content: Content,
    remote: RemoteVersion,
    act: str,
    choices: Mapping[str, str],
    *,
    shown_state: str,
    version: int,
) -> Resolution:
    """Do what ACTS says of `act`, for single fields with `choices` (``theirs`` or ``ours``). Flushes.

    `remote` is what WordPress has now; `shown_state` and `version` are what the choices were made for. Commits before
    it fetches an image from WordPress. Raises Conflict when either side has changed since, Undecided before a publish,
    Forbidden when the choice publishes and the actor may not publish.
    """
    if act in PUBLISHES:
        actor.require(Permission.CONTENT_PUBLISH)
    if shown_state != remote.state:
        raise error_for(
            "EDITED_IN_WORDPRESS",
            Conflict,
            cure=gettext("Look at both versions again, then choose."),
            message=gettext("WordPress changed it after this page was opened. Here is what it has now."),
        )
    before = LABELS_OF_STATES[content.state]
    resolution = Resolution()
    if remote.item is not None and act not in ADOPT:
        fields = dict.fromkeys(LABELS, ALL[act]) if act in ALL else choices
        resolution = _apply_choices(actor, content, remote, fields, version)
    if act == "apply_publish" and resolution.undecided:
        raise Undecided(
            gettext(
                "Not published: %(field_labels)s is not decided yet.", field_labels=field_labels(resolution.undecided)
            ),
            code="UNDECIDED",
            cure=gettext("Choose a side for each field that was changed in WordPress; nothing was changed so far."),
        )
    if act in PUBLISHES:
        current = owned(Content, content.id, content.account_id)
        publish_over(current, actor, remote.as_params(ADOPT.get(act)))
    _audit(actor, content, act, before, resolution)
    return resolution


def _apply_choices(
    actor: Actor, content: Content, remote: RemoteVersion, choices: Mapping[str, str], version: int
) -> Resolution:
    picture = None
    if choices.get("featured_image") == THEIRS:
        login = login_of(content.site)
        db.session.commit()
        picture = fetch_featured_image(remote, login)
    return apply_choices(
        content.account_id, content.id, remote, choices, expected_version=version, by=actor.name, picture=picture
    )


def _audit(actor: Actor, content: Content, act: str, before: str, resolution: Resolution) -> None:
    if act not in PUBLISHES and not (resolution.taken or resolution.kept):
        return  # nothing was decided
    fields = {"from WordPress": resolution.taken, "kept": resolution.kept, "undecided": resolution.undecided}
    after = {"choice": ACTS[act], **fields}
    was = {"state": before}
    audit.record(content.account_id, "publish.settled", subject=content.title, before=was, after=after, by=actor)


def field_labels(names: Sequence[str]) -> str:
    """Labels of fields, as used within a sentence."""
    return ", ".join(f"“{gettext(LABELS[name])}”" for name in names)
