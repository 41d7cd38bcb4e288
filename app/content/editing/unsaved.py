"""Whether somebody has changed a content in the editor and not saved yet: what others do to its text waits for them."""

from sqlalchemy import select

from app.content.editing.models import WorkingCopy
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext


class UnsavedChanges(Conflict):
    """Somebody has changed the content in the editor and not saved yet."""

    def __init__(self) -> None:
        super().__init__(
            gettext("Somebody has unsaved changes to this content in the editor."),
            code="UNSAVED_CHANGES",
            cure=gettext("Save or discard them first, then try again."),
        )


def has_unsaved(content_id: int) -> bool:
    """Whether somebody has changed the content in the editor and not saved yet."""
    return db.session.scalar(select(WorkingCopy.id).where(WorkingCopy.content_id == content_id).limit(1)) is not None


def refuse_unsaved(content_id: int) -> None:
    """Raise UnsavedChanges when somebody edits the content."""
    if has_unsaved(content_id):
        raise UnsavedChanges()
