"""The images of a content: uploading, describing, ordering and taking them off."""

from typing import Literal

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.shapes import Count, FileShown, Given, Parameters, RowId, RowPage, whole_list
from app.content.images import actions
from app.content.images import services as images
from app.content.images.intake import MAX_BYTES
from app.content.images.library import find_images, take_image
from app.content.models import Content, ContentImage
from app.core.access import current_account_id
from app.core.permissions import Permission
from app.core.tenancy import owned

READ, WRITE = Permission.CONTENT_READ, Permission.CONTENT_WRITE
ROLES = Literal["featured", "gallery", "inline"]
ONE = "/content/<int:content_id>/images/<int:image_id>/"
LIBRARY = "/content/<int:content_id>/images/library/"


class ImageShown(FileShown):
    """An image of a content. A text shows one as `igny8-image:` with its `sha256`."""

    id: RowId = Field(examples=[15])
    content_id: int = Field(examples=[11])
    role: str = Field(examples=["featured"])
    position: int = Field(examples=[0])
    filename: str = Field(examples=["shoes.jpg"])
    alt: str = Field(examples=["A runner on a trail"])
    title: str = Field(examples=[""])
    caption: str = Field(examples=[""])


class UploadParameters(Parameters):
    """What the file is called, and where it goes."""

    filename: str = Field(
        "image",
        description="Its name: the image gets a readable one made of it.",
        max_length=200,
        examples=["shoes.jpg"],
    )
    role: ROLES = Field("gallery", description="Where it goes.", examples=["gallery"])


class ImageChanges(Given):
    """What is to be changed; what is left out stays."""

    alt: str | None = Field(None, max_length=500, examples=["A runner on a trail"])
    title: str | None = Field(None, max_length=300, examples=[None])
    caption: str | None = Field(None, max_length=2000, examples=[None])
    role: ROLES | None = Field(None, examples=[None])


class StepGiven(Given):
    """One place up (-1) or down (1) among the images of its role."""

    step: Literal[-1, 1] = Field(examples=[1])


@api_endpoint("GET", "/content/<int:content_id>/images/", READ)
def show_images(content_id: int) -> RowPage[ImageShown]:
    """List the images of a content in their order. All of them are on one page."""
    content = owned(Content, content_id, current_account_id())
    return whole_list([ImageShown.model_validate(image) for image in content.images])


@api_endpoint("POST", "/content/<int:content_id>/images/", WRITE, status=201, upload=MAX_BYTES)
def add_image_file(content_id: int, query: UploadParameters, data: bytes) -> ImageShown:
    """Upload an image: the body is the file. A second featured image sends the first to the gallery."""
    done = actions.add_images(current_account_id(), content_id, [(data, query.filename)], query.role)
    if done.refused:
        raise done.refused[0]
    return ImageShown.model_validate(done.added[0])


@api_endpoint("PATCH", ONE, WRITE)
def change_image(content_id: int, image_id: int, body: ImageChanges) -> ImageShown:
    """Change what is said of an image, or where it goes."""
    account_id, sent = current_account_id(), body.model_dump(exclude_none=True, exclude={"role"})
    texts = {f"image-{image_id}-{name}": value for name, value in sent.items()}
    if body.role is not None:
        actions.set_image_role(account_id, content_id, image_id, body.role, texts)
    else:
        images.image_of(content_id, image_id, account_id)
        actions.describe_images(account_id, content_id, texts)
    return ImageShown.model_validate(images.image_of(content_id, image_id, account_id))


@api_endpoint("POST", f"{ONE}move/", WRITE)
def move_image(content_id: int, image_id: int, body: StepGiven) -> ImageShown:
    """Move an image one place among those of its role."""
    actions.move_image(current_account_id(), content_id, image_id, body.step)
    return ImageShown.model_validate(owned(ContentImage, image_id, current_account_id()))


@api_endpoint("DELETE", ONE, WRITE)
def remove_image(content_id: int, image_id: int) -> Count:
    """Take an image off a content."""
    actions.remove_image(current_account_id(), content_id, image_id)
    return Count(count=1)


class LibraryParameters(Parameters):
    """Which images of other contents."""

    q: str = Field(
        "", description="Words of the image, or of its content's title.", max_length=200, examples=["runner"]
    )


class LibraryImageGiven(Given):
    """An image of another content of the same site."""

    image_id: RowId = Field(examples=[15])


@api_endpoint("GET", LIBRARY, WRITE)
def show_library_images(content_id: int, query: LibraryParameters) -> RowPage[ImageShown]:
    """List images of the contents of the same site, the newest first: 24 at most, on one page."""
    content = owned(Content, content_id, current_account_id())
    return whole_list([ImageShown.model_validate(image) for image in find_images(content, query.q)])


@api_endpoint("POST", LIBRARY, WRITE, status=201)
def use_library_image(content_id: int, body: LibraryImageGiven) -> ImageShown:
    """Use an image of another content in the text of this one. One that it has already is given back."""
    _content, image = take_image(current_account_id(), content_id, body.image_id)
    return ImageShown.model_validate(image)
