"""Contents: what is written and what is live. Changes name the version that they are of."""

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.shapes import Count, Given, Instant, RowId, RowPage, Versioned
from app.content import actions
from app.content.create import create_by_hand, duplicate
from app.content.editing.revisions import VersionCause
from app.content.listing import CONTENT_LIST, list_content
from app.content.models import Content
from app.content.services import MAX_HTML, MAX_TITLE
from app.content.trash.listing import TRASH_LIST, list_trash
from app.core.access import current_account_id, current_actor
from app.core.errors import Conflict
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned

READ, WRITE = Permission.CONTENT_READ, Permission.CONTENT_WRITE
CONTENTS = ApiList(
    CONTENT_LIST,
    {
        "type": "Article, Page, Product or Taxonomy.",
        "state": "How it stands: `draft`, `scheduled`, `live`, `changed`, `conflict` and others of the page's list.",
        "status": "`draft` or `published`.",
        "cluster": "The id of a cluster, or `none`.",
        "taxonomy": "A kind of terms, such as `category`.",
        "term": "The id of a term.",
        "source": "`igny8` or `wordpress`.",
        "sync": "How it differs from WordPress.",
    },
)
TRASH = ApiList(TRASH_LIST, {})


class ContentRowShown(Versioned):
    """A content without its text. `state` is what people are shown; `etag` is its version, for If-Match."""

    id: RowId = Field(examples=[11])
    site_id: int = Field(examples=[1])
    cluster_id: int | None = Field(examples=[3])
    task_id: int | None = Field(examples=[9])
    title: str = Field(examples=["How to choose trail running shoes"])
    content_type: str = Field(examples=["Article"])
    content_structure: str = Field(examples=["Guide"])
    slug: str = Field(examples=["choose-trail-running-shoes"])
    status: str = Field(examples=["draft"])
    state: str = Field(examples=["draft"])
    source: str = Field(examples=["igny8"])
    external_id: int | None = Field(examples=[None])
    external_url: str | None = Field(examples=[None])
    scheduled_at: Instant | None
    published_at: Instant | None
    trashed_at: Instant | None
    created_at: Instant
    updated_at: Instant


class ContentShown(ContentRowShown):
    """A content with its text and what search engines are told."""

    content_html: str = Field(examples=["<p>Trails are rough.</p>"])
    excerpt: str = Field(examples=[""])
    seo_title: str = Field(examples=[""])
    seo_description: str = Field(examples=[""])
    focus_keywords: list[str] = Field(examples=[["trail running shoes"]])


class NewContent(Given):
    """A draft of a site."""

    site_id: RowId = Field(examples=[1])
    title: str = Field(min_length=1, max_length=MAX_TITLE, examples=["How to choose trail running shoes"])
    content_type: str = Field("Article", max_length=12, examples=["Article"])
    taxonomy: str = Field("", max_length=32, examples=[""])
    content_html: str = Field("", max_length=MAX_HTML, examples=["<p>Trails are rough.</p>"])


class ContentChanges(Given):
    """The fields to change; those that are left out stay."""

    title: str = Field("", max_length=MAX_TITLE, examples=["How to choose trail running shoes"])
    content_html: str = Field("", max_length=MAX_HTML, examples=["<p>Trails are rough.</p>"])
    excerpt: str = Field("", max_length=5000, examples=["What to look at."])
    slug: str = Field("", max_length=200, examples=["choose-trail-running-shoes"])
    seo_title: str = Field("", max_length=1000, examples=["Trail running shoes: how to choose"])
    seo_description: str = Field("", max_length=2000, examples=["What to look at before you buy."])
    focus_keywords: list[str] = Field(default_factory=list, max_length=10, examples=[["trail running shoes"]])
    cluster_id: RowId | None = Field(None, examples=[3])
    content_structure: str = Field("", max_length=40, examples=["Guide"])


@api_endpoint("GET", "/content/", READ, listed=CONTENTS)
def show_contents(query: SiteListParameters) -> RowPage[ContentRowShown]:
    """List the contents of a site, without their texts and without those in the trash."""
    page = list_content(current_account_id(), query.site_id, CONTENTS.read(query), whole=True)
    return list_page(page, ContentRowShown.model_validate)


@api_endpoint("GET", "/content/trash/", READ, listed=TRASH)
def show_trash(query: SiteListParameters) -> RowPage[ContentRowShown]:
    """List the contents of a site that are in the trash."""
    TRASH.read(query)
    return list_page(list_trash(current_account_id(), query.site_id, query.values), ContentRowShown.model_validate)


@api_endpoint("GET", "/content/<int:content_id>/", READ)
def show_content(content_id: int) -> ContentShown:
    """One content with its text, and its version as ETag."""
    return ContentShown.model_validate(owned(Content, content_id, current_account_id()))


@api_endpoint("POST", "/content/", WRITE, status=201)
def add_content(body: NewContent) -> ContentShown:
    """Add a draft, empty or with a text."""
    content = create_by_hand(
        current_account_id(),
        current_actor(),
        body.site_id,
        title=body.title,
        content_type=body.content_type,
        taxonomy=body.taxonomy,
        content_html=body.content_html,
    )
    return ContentShown.model_validate(content)


@api_endpoint("POST", "/content/<int:content_id>/duplicate/", WRITE, status=201)
def duplicate_content(content_id: int) -> ContentShown:
    """Make a draft with the texts, images, terms and search fields of a content. 409 for one in the trash."""
    return ContentShown.model_validate(duplicate(current_account_id(), current_actor(), content_id))


@api_endpoint("PATCH", "/content/<int:content_id>/", WRITE, matches=True)
def change_content(content_id: int, body: ContentChanges) -> ContentShown:
    """Change fields of a content: a new version. What was published changes on the next publish."""
    account_id, actor = current_account_id(), current_actor()
    seen = expected_version(owned(Content, content_id, account_id).version)
    changes = body.model_dump(include=body.model_fields_set)
    cause = VersionCause("person", actor.id, actor.short_name)
    saved = actions.save_content(account_id, content_id, changes, expected_version=seen, version_cause=cause)
    return ContentShown.model_validate(saved)


@api_endpoint("POST", "/content/<int:content_id>/trash/", WRITE, rehearses=True)
def trash_content(content_id: int) -> Count:
    """Move a content to the trash and cancel what is planned for it. What is live stays live."""
    content = owned(Content, content_id, current_account_id())
    done = actions.move_to_trash(content.account_id, current_actor(), content.site_id, [content_id])
    return Count(count=done.count)


@api_endpoint("POST", "/content/<int:content_id>/restore/", WRITE)
def take_out_of_trash(content_id: int) -> Count:
    """Take a content out of the trash."""
    content = owned(Content, content_id, current_account_id())
    done = actions.restore_from_trash(content.account_id, current_actor(), content.site_id, [content_id])
    return Count(count=done.count)


@api_endpoint("DELETE", "/content/<int:content_id>/", WRITE, rehearses=True)
def delete_content(content_id: int) -> Count:
    """Delete a content for good that is in the trash, with its versions and images. 409 for one that is not."""
    content = owned(Content, content_id, current_account_id())
    if content.trashed_at is None:
        raise Conflict(gettext("This is not in the trash."), code="NOT_IN_TRASH", cure=gettext("Move it there first."))
    done = actions.delete_for_good(content.account_id, current_actor(), content.site_id, [content_id])
    return Count(count=done.count)
