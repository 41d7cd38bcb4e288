"""Pictures for contents that models draw: planning them, changing the plan, drawing."""

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.image_routes import ROLES
from app.api.runs import RunShown
from app.api.shapes import Count, Given, RowId, RowPage, Versioned, whole_list
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.writer.drawing import start_drawing
from app.writer.pictures import runs, services
from app.writer.pictures.models import PlannedImage

READ, WRITE = Permission.CONTENT_READ, Permission.CONTENT_WRITE
MODULE = "writer"
OF_CONTENT = "/content/<int:content_id>/pictures/"
ONE = "/writer/pictures/<int:planned_id>/"


class PictureShown(Versioned):
    """A picture that is planned for a content. `image_id` is the image that was drawn of it."""

    id: RowId = Field(examples=[14])
    content_id: int = Field(examples=[11])
    heading: str = Field(examples=["Fit"])
    prompt: str = Field(examples=["A runner ties a shoe on a trail."])
    alt: str = Field(examples=["A runner ties a shoe"])
    is_edited: bool = Field(examples=[False])
    image_id: int | None = Field(examples=[None])

    @classmethod
    def of(cls, planned: PlannedImage) -> "PictureShown":
        """The planned picture as it is answered."""
        own = {name: getattr(planned, name) for name in cls.model_fields if name != "prompt"}
        return cls(**own, prompt=planned.shows)


class PictureGiven(Given):
    """What a planned picture shows, where it goes and how it is described."""

    prompt: str = Field(min_length=1, max_length=4000, examples=["A runner ties a shoe on a trail."])
    heading: str = Field("", max_length=services.LENGTHS["heading"], examples=["Fit"])
    alt: str = Field("", max_length=services.LENGTHS["alt"], examples=["A runner ties a shoe"])


class DrawingGiven(Given):
    """What is drawn, and where it goes. Without a `prompt` all planned pictures that were not drawn yet."""

    prompt: str = Field("", max_length=4000, examples=[""])
    role: ROLES = Field("gallery", examples=["gallery"])


def _planned(planned_id: int) -> PlannedImage:
    return owned(PlannedImage, planned_id, current_account_id())


@api_endpoint("GET", OF_CONTENT, READ, module=MODULE)
def show_planned_pictures(content_id: int) -> RowPage[PictureShown]:
    """List the pictures that are planned for a content, on one page."""
    content = owned(Content, content_id, current_account_id())
    return whole_list([PictureShown.of(row) for row in services.planned_images(content)])


@api_endpoint("POST", f"{OF_CONTENT}plan/", WRITE, module=MODULE, status=202)
def plan_content_pictures(content_id: int) -> RunShown:
    """Have pictures planned for the saved text of a content: a run. Those that somebody changed stay."""
    return RunShown.of(runs.start_plan(current_account_id(), current_actor(), content_id))


@api_endpoint("POST", f"{OF_CONTENT}draw/", WRITE, module=MODULE, status=202)
def draw_content_pictures(content_id: int, body: DrawingGiven) -> RunShown:
    """Have a picture drawn for a content, or all that are planned: a run."""
    account_id, actor = current_account_id(), current_actor()
    if body.prompt:
        return RunShown.of(start_drawing(account_id, actor, content_id, body.prompt, body.role))
    return RunShown.of(runs.start_drawings(account_id, actor, content_id, body.role))


@api_endpoint("GET", ONE, READ, module=MODULE)
def show_planned_picture(planned_id: int) -> PictureShown:
    """One planned picture."""
    return PictureShown.of(_planned(planned_id))


@api_endpoint("PUT", ONE, WRITE, module=MODULE, matches=True)
def change_planned_picture(planned_id: int, body: PictureGiven) -> PictureShown:
    """Change a planned picture. Fields that are left out are emptied."""
    planned = _planned(planned_id)
    seen = expected_version(planned.version)
    saved = services.save_planned_image(planned.account_id, planned.id, body.model_dump(), expected_version=seen)
    return PictureShown.of(saved)


@api_endpoint("DELETE", ONE, WRITE, module=MODULE, matches=True)
def remove_planned_picture(planned_id: int) -> Count:
    """Take a picture off the plan; an image that was drawn stays with the content."""
    planned = _planned(planned_id)
    seen = expected_version(planned.version)
    services.remove_planned_image(planned.account_id, planned.id, expected_version=seen)
    return Count(count=1)
