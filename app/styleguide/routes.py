"""The style guide: what pages are made of, drawn by the macros and partials that pages use."""

from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, render_template, request

from app.core.access import requires
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.publishing.schedule import zones
from app.styleguide import samples
from app.styleguide.forms import SampleForm

bp = Blueprint("styleguide", __name__, url_prefix="/styleguide")
SCHEMES = ("", "light", "dark")


@bp.get("/")
@requires(Permission.ACCOUNT_READ)
def show() -> str:
    """Components and their states, in the reader's scheme or in `?scheme=` light or dark. 404 in production."""
    if not current_app.config["STYLEGUIDE"]:
        raise NotFound()
    scheme = request.args.get("scheme", "")
    typed = {"title": "", "words": 12, "kind": "page", "notes": "What is typed stays."}
    form = SampleForm(formdata=None, meta={"csrf": False}, **typed)
    form.validate()
    return render_template(
        "styleguide/index.html",
        scheme=scheme if scheme in SCHEMES else "",
        form=form,
        runs=samples.runs(),
        published_with_issues=samples.published_with_issues(),
        connections=samples.connections(),
        rows=samples.sample_rows(),
        page=samples.page_of_rows(),
        sample_list=samples.LIST,
        chart=samples.chart(),
        nothing=samples.empty_chart(),
        grid=samples.week(),
        diff=samples.difference(),
        zone=ZoneInfo("UTC"),
        format_instant=zones.format_instant,
    )
