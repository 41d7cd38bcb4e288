"""The images of a site's contents, to be used in another one. Services flush; callers commit."""

from sqlalchemy import select

from app.content.bulk.services import hold_contents
from app.content.images import services as images
from app.content.models import Content, ContentImage
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.search import holds_words
from app.core.tenancy import owned

MOST = 24
READ = 200  # rows, of which several may be the same image


def find_images(content: Content, words: str) -> list[ContentImage]:
    """Images of the contents of the same site, each once, the newest first; at most MOST.

    Each of the `words` stands in file name, alternative text, title or caption, or in the title of the content.
    """
    stmt = (
        select(ContentImage)
        .join(Content, Content.id == ContentImage.content_id)
        .where(ContentImage.account_id == content.account_id, Content.site_id == content.site_id)
        .where(Content.trashed_at.is_(None))
        .order_by(ContentImage.id.desc())
        .limit(READ)
    )
    columns = (ContentImage.filename, ContentImage.alt, ContentImage.title, ContentImage.caption, Content.title)
    text = columns[0].concat(" ")
    for column in columns[1:]:
        text = text.concat(column).concat(" ")
    stmt = stmt.where(*holds_words(text, words))
    by_hash: dict[str, ContentImage] = {}
    for image in db.session.scalars(stmt):
        by_hash.setdefault(image.sha256, image)
    return list(by_hash.values())[:MOST]


def take_image(account_id: int, content_id: int, image_id: int) -> tuple[Content, ContentImage]:
    """Use an image of another content of the site in the text of this one, with its words; once for many calls.

    Raises NotFound, DomainError when there are too many images already.
    """
    source = owned(ContentImage, image_id, account_id)
    hold_contents([content_id, source.content_id])  # neither is deleted for good, and the file with it, meanwhile
    content = images.lock_content(content_id, account_id)
    source = owned(ContentImage, image_id, account_id)
    present = next((image for image in content.images if image.sha256 == source.sha256), None)
    if present is not None:
        return content, present
    if owned(Content, source.content_id, account_id).site_id != content.site_id:
        raise DomainError(
            gettext("That image is of another site."), code="IMAGE_ELSEWHERE", cure=gettext("Upload it here.")
        )
    return content, images.copy_image(content, source)
