"""Which images texts show: those of contents, their versions and what people have not saved, and those of the features
above, which name the columns of theirs.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.content.editing.models import ContentRevision, WorkingCopy
from app.content.models import Content
from app.core.extensions import db
from app.core.hooks import Question

SHOWS = "igny8-image:([0-9a-f]{64})"
TextColumn = tuple[ColumnElement[str] | InstrumentedAttribute[str], InstrumentedAttribute[Any]]
# () Which columns hold texts that may show images of contents? Each with the one that says whose account it is.
further_texts: Question[[], Sequence[TextColumn]] = Question()


def shown_in_texts(account_id: int) -> set[str]:
    """The hashes of the images that texts of the account show, also old ones and those that are only offered."""
    places: list[TextColumn] = [
        (Content.content_html, Content.account_id),
        (ContentRevision.content_html, ContentRevision.account_id),
        (cast(WorkingCopy.fields, Text), WorkingCopy.account_id),
    ]
    for columns in further_texts():
        places += columns
    shown: set[str] = set()
    for text, owner in places:
        hashes = func.regexp_matches(text, SHOWS, "g")
        stmt = select(hashes).where(owner == account_id, text.contains("igny8-image:")).distinct()
        shown.update(match[0] for match in db.session.scalars(stmt))
    return shown
