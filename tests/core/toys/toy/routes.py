"""The toy's pages: for people, and for machines."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.core import limits
from app.core.access import public, requires
from app.core.errors import Refused
from app.core.extensions import csrf
from tests.core.toys.toy.permissions import ToyPermission

pages = Blueprint("toy", __name__, url_prefix="/toy", template_folder="templates")
machine = Blueprint("toy_machine", __name__, url_prefix="/toy-machine")
csrf.exempt(machine)
public("toy_machine.take")


@pages.get("/")
@limits.part_of_page
@requires(ToyPermission.WRITE)
def index() -> str:
    """The toy's page."""
    return render_template("toy/index.html")


@pages.post("/broken/")
@limits.never_refused
@requires(ToyPermission.WRITE)
def fail() -> ResponseReturnValue:
    """What cannot be done."""
    raise Refused("The toy is broken.", code="TOY_BROKEN")


@pages.get("/of/<int:site_id>/")
@requires(ToyPermission.WRITE)
def region(site_id: int) -> str:
    """A tab of a site's settings."""
    return f"<div id='toys'>Toys of {site_id}.</div>"


@pages.get("/in/<int:content_id>/")
@requires(ToyPermission.WRITE)
def panel(content_id: int) -> str:
    """A panel of the editor."""
    return f"Toys in {content_id}."


@machine.post("/")
def take() -> ResponseReturnValue:
    """What a machine sends."""
    raise Refused("The toy is broken.", code="TOY_BROKEN")
