"""The versions of a content: which there are, what they say, and bringing one back."""

from pydantic import Field

from app.api.content_routes import ContentShown
from app.api.endpoints import api_endpoint, expected_version
from app.api.shapes import Instant, RowId, RowPage, Shown, whole_list
from app.content import actions
from app.content.editing import revisions
from app.content.editing.models import ContentRevision
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.tenancy import owned

READ, WRITE = Permission.CONTENT_READ, Permission.CONTENT_WRITE
VERSIONS = "/content/<int:content_id>/versions/"


class VersionRowShown(Shown):
    """A version without its text. `cause` is what made it: `person`, `rewrite`, `restore`, `links` and others."""

    id: RowId = Field(examples=[31])
    content_id: int = Field(examples=[11])
    version: int = Field(examples=[2])
    title: str = Field(examples=["How to choose trail running shoes"])
    cause: str = Field(examples=["person"])
    actor_name: str = Field(examples=["Ada Lovelace"])
    created_at: Instant


class VersionShown(VersionRowShown):
    """A version with its text and its other fields. Some of them may be missing in old ones."""

    content_html: str = Field(examples=["<p>Trails are rough.</p>"])
    excerpt: str = Field("", examples=[""])
    slug: str = Field("", examples=["choose-trail-running-shoes"])
    seo_title: str = Field("", examples=[""])
    seo_description: str = Field("", examples=[""])
    focus_keywords: list[str] = Field(default_factory=list, examples=[["trail running shoes"]])

    @classmethod
    def of(cls, row: ContentRevision) -> "VersionShown":
        """The version as it is answered."""
        own = {name: getattr(row, name) for name in VersionRowShown.model_fields}
        kept = {name: value for name, value in row.fields.items() if name in cls.model_fields and value is not None}
        return cls.model_validate({**kept, **own, "content_html": row.content_html})


@api_endpoint("GET", VERSIONS, READ)
def show_versions(content_id: int) -> RowPage[VersionRowShown]:
    """List the versions of a content that are kept, the newest first: 200 at most, on one page."""
    content = owned(Content, content_id, current_account_id())
    rows = revisions.list_revisions(content.account_id, content.id)
    return whole_list([VersionRowShown.model_validate(row) for row in rows])


@api_endpoint("GET", f"{VERSIONS}<int:version>/", READ)
def show_version(content_id: int, version: int) -> VersionShown:
    """One version of a content, with its text."""
    content = owned(Content, content_id, current_account_id())
    row = revisions.find_revision(content.account_id, content.id, version)
    if row is None:
        raise NotFound()
    return VersionShown.of(row)


@api_endpoint("POST", f"{VERSIONS}<int:version>/restore/", WRITE, matches=True)
def restore_version(content_id: int, version: int) -> ContentShown:
    """Bring back the texts of a version as a new one; slug, cluster and terms stay. If-Match names the present one."""
    account_id = current_account_id()
    seen = expected_version(owned(Content, content_id, account_id).version)
    return ContentShown.model_validate(
        actions.restore_version(account_id, current_actor(), content_id, version, expected_version=seen)
    )
