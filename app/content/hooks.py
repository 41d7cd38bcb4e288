"""What the Content Manager asks and tells the domains above. In the transaction at hand (`app.core.hooks`)."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from app.core.hooks import Hook, Question

if TYPE_CHECKING:
    from sqlalchemy import Select

# (content_ids, field names or None for any) once rows of content were written.
content_changed: Hook[[Collection[int], frozenset[str] | None]] = Hook()
# (content_ids) once contents were moved to the trash: end what is planned for them.
content_trashed: Hook[[Collection[int]]] = Hook()
# (account_id, content_ids or a SELECT of them) How many of these contents have something planned, such as a publish?
contents_planned: "Question[[int, Collection[int] | Select[int]], int]" = Question()
# (content_ids) before contents are locked to be deleted for good: lock the rows that come before a content.
contents_deleting: Hook[[Collection[int]]] = Hook()
