"""The versions of a planned site: their list, what differs from now, and bringing one back."""

from typing import Any

from flask import render_template

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.sitebuilder.blueprint import bp
from app.sitebuilder.canvas_forms import canvas_url, seen_version
from app.sitebuilder.comparison import differing_pages
from app.sitebuilder.pages import page_of_row, pages_of_snapshot
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.versions import (
    CAUSES,
    blueprint_of,
    list_blueprint_versions,
    pages_of,
    restore_blueprint_version,
    version_of,
)
from app.sites.current import work_on


@bp.get("/<int:blueprint_id>/versions/")
@requires(SiteBuilderPermission.READ)
def list_site_versions(blueprint_id: int) -> str:
    """The newest versions."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    work_on(blueprint.site_id, "site_builder.index")
    return render_template(
        "sitebuilder/versions.html", blueprint=blueprint, versions=list_blueprint_versions(blueprint), causes=CAUSES
    )


@bp.get("/<int:blueprint_id>/versions/<int:number>/")
@requires(SiteBuilderPermission.READ)
def show_site_version(blueprint_id: int, number: int) -> str:
    """A version, side by side with what is there now."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    work_on(blueprint.site_id, "site_builder.index")
    version = version_of(blueprint.account_id, blueprint_id, min(number, 2**31 - 1))
    before, now = pages_of_snapshot(version.snapshot), [page_of_row(row) for row in pages_of(blueprint)]
    styles = [version.snapshot.get(name) == blueprint.structure.get(name) for name in ("theme", "layout")]
    return render_template(
        "sitebuilder/version.html",
        blueprint=blueprint,
        version=version,
        pages=before,
        causes=CAUSES,
        differences=differing_pages(before, now),
        is_other_style=not all(styles),
    )


@bp.post("/<int:blueprint_id>/versions/<int:number>/restore/")
@requires(SiteBuilderPermission.WRITE)
def restore_site_version(blueprint_id: int, number: int) -> Any:
    """Bring a version back."""
    try:
        restore_blueprint_version(
            current_account_id(), current_actor(), blueprint_id, min(number, 2**31 - 1), seen=seen_version()
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (409, 422):
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
    else:
        toast(gettext("Version %(number)s is restored.", number=number))
    return redirect_to(canvas_url(blueprint_id))
