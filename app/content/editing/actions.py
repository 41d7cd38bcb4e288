"""Saving an edit on top of what others saved meanwhile: for the editor, a call of the API or a rule.

It flushes; callers commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.content.actions import TermChoice, save_content
from app.content.editing import working_copies
from app.content.editing.merging import PutTogether, put_together
from app.content.editing.revisions import VersionCause
from app.content.images import services as images
from app.content.models import Content
from app.content.services import ContentEditConflict
from app.core.actor import Actor
from app.core.extensions import db
from app.core.tenancy import owned

TRIES = 2


@dataclass(frozen=True)
class SentEdit:
    """What a person changed of the version `seen_version` of a content.

    `overwrites` is the version that they have seen since and mean to replace, or 0. `values` has what they wrote of
    images (`images.describe_images`), and their choices by `MergeQuestion.key`. `tabs` are the windows whose unsaved
    copies this replaces.
    """

    changes: dict[str, Any]
    seen_version: int
    overwrites: int = 0
    terms: TermChoice | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    tabs: Sequence[str] = ()


@dataclass(frozen=True)
class EditSaved:
    """The content as it is now.

    Where it `is_saved`, `is_merged` says that it was put together with what others saved, `is_retyped` that its type,
    and so its fields, have changed; `replaced` are sentences on what was overwritten. Otherwise `edit` has what has to
    be decided.
    """

    content: Content
    edit: PutTogether
    is_saved: bool = False
    is_merged: bool = False
    is_retyped: bool = False
    replaced: Sequence[str] = ()


def save_edit(account_id: int, actor: Actor, content_id: int, sent: SentEdit) -> EditSaved:
    """Save the edit, put together with what others saved since, unless a person has to decide first.

    Raises NotFound, and DomainError with the field that is wrong.
    """
    content, overwrites, edit = owned(Content, content_id, account_id), sent.overwrites, PutTogether({})
    type_before = content.content_type
    for _ in range(TRIES):  # somebody may save between the two
        is_older = not overwrites and sent.seen_version != content.version
        edit = PutTogether(sent.changes)
        if is_older:
            edit = put_together(content, sent.seen_version, sent.changes, sent.values)
        if edit.is_open:
            break
        replaced = images.overwritten(content, sent.values)
        try:
            with db.session.begin_nested():
                content = _store_edit(actor, content, sent, edit.changes, overwrites or content.version)
        except ContentEditConflict:
            db.session.expire_all()
            content, overwrites = owned(Content, content_id, account_id), 0
            continue
        return EditSaved(content, edit, True, is_older, content.content_type != type_before, replaced)
    return EditSaved(content, edit)


def _store_edit(
    actor: Actor, content: Content, sent: SentEdit, changes: dict[str, Any], expected_version: int
) -> Content:
    saved = save_content(
        content.account_id,
        content.id,
        changes,
        expected_version=expected_version,
        terms=sent.terms,
        image_texts=sent.values,
        version_cause=VersionCause("person", actor.id, actor.short_name),
    )
    if actor.id is not None:
        working_copies.discard(content.account_id, content.id, actor.id, sent.tabs)
    return saved
