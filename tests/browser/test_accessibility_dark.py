"""axe finds nothing serious on any page in the dark and on a phone, where nothing scrolls sideways."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from app.identity.models import User
from tests.browser.test_accessibility import PARTS, browser_context_args, look_at_part, parameters, places
from tests.factories.live import LiveApp

__all__ = ["browser_context_args", "parameters"]


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_in_the_dark(
    page: Page, web: LiveApp, app: Flask, owner: User, owner_client: FlaskClient, parameters: dict[str, Any], part: int
) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 375, "height": 900})
    look_at_part(part, page, web, owner, owner_client, places(app, parameters))
