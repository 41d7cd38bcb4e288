"""How images are drawn: the settings of a site, or those of all sites."""

from typing import Literal

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.shapes import Given, Versioned
from app.api.thinker_routes import NoteParameters
from app.core.access import current_account_id, current_actor
from app.thinker import persona_actions
from app.thinker.models import ImageSettings
from app.thinker.permissions import ThinkerPermission
from app.thinker.strategy import QUALITIES, SIZES, STYLE_LENGTH, stored


class ImageSettingsShown(Versioned):
    """How images are drawn for a site, or for all of them; what is empty is left to the model."""

    site_id: int | None = Field(examples=[1])
    model: str = Field(examples=["gpt-image-1"])
    size: str = Field(examples=["1536x1024"])
    quality: str = Field(examples=["medium"])
    style: str = Field(examples=["Soft light, no text."])


class ImageSettingsGiven(Given):
    """The settings; what is left out is empty, and so left to those of all sites, then to the model."""

    model: str = Field("", max_length=200, examples=["gpt-image-1"])
    size: Literal[SIZES] = Field("", examples=["1536x1024"])  # type: ignore[valid-type]
    quality: Literal[QUALITIES] = Field("", examples=["medium"])  # type: ignore[valid-type]
    style: str = Field("", max_length=STYLE_LENGTH, examples=["Soft light, no text."])


def _stored(site_id: int | None) -> ImageSettings | None:
    return stored(ImageSettings, current_account_id(), site_id)


@api_endpoint("GET", "/thinker/images/", ThinkerPermission.READ, module="thinker")
def show_image_settings(query: NoteParameters) -> ImageSettingsShown:
    """How images are drawn for a site, or for all of them."""
    row = _stored(query.site_id)
    if row is None:
        return ImageSettingsShown(site_id=query.site_id, model="", size="", quality="", style="", version=0)
    return ImageSettingsShown.model_validate(row)


@api_endpoint("PUT", "/thinker/images/", ThinkerPermission.WRITE, module="thinker", matches=True)
def change_image_settings(query: NoteParameters, body: ImageSettingsGiven) -> ImageSettingsShown:
    """Change how images are drawn for a site, or for all of them."""
    row = _stored(query.site_id)
    seen = expected_version(row.version if row else 0)
    values = body.model_dump()
    return ImageSettingsShown.model_validate(
        persona_actions.save_images(current_account_id(), current_actor(), query.site_id, values, seen=seen)
    )
