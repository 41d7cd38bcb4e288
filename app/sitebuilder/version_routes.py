"""The versions of a planned site: their list, what differs from now, and bringing one back."""

from typing import Any

from flask import render_template, request

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.request_ids import parse_id
from app.sitebuilder.blueprint import bp
from app.sitebuilder.canvas_forms import canvas_url, seen_version
from app.sitebuilder.comparison import differing_pages
from app.sitebuilder.models import SiteBlueprint
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

MOST = 2**31 - 1
AT_ONCE = 50  # versions of a page


@bp.get("/<int:blueprint_id>/versions/")
@requires(SiteBuilderPermission.READ)
def list_site_versions(blueprint_id: int) -> str:
    """The newest versions, or with `?before=` those before that number."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    work_on(blueprint.site_id, "site_builder.index")
    before = parse_id(request.args.get("before"))
    versions = list_blueprint_versions(blueprint, AT_ONCE + 1, before=min(before, MOST) if before else None)
    return render_template(
        "sitebuilder/versions.html",
        blueprint=blueprint,
        versions=versions[:AT_ONCE],
        older_than=versions[AT_ONCE - 1].number if len(versions) > AT_ONCE else None,
        causes=CAUSES,
    )


@bp.get("/<int:blueprint_id>/versions/<int:number>/")
@requires(SiteBuilderPermission.READ)
def show_site_version(blueprint_id: int, number: int) -> str:
    """A version, side by side with what is there now, or with the later version `?with=`."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    work_on(blueprint.site_id, "site_builder.index")
    version = version_of(blueprint.account_id, blueprint_id, min(number, MOST))
    other = parse_id(request.args.get("with"))
    later = version_of(blueprint.account_id, blueprint_id, min(other, MOST)) if other else None
    if later is not None and later.number < version.number:
        version, later = later, version
    before = pages_of_snapshot(version.snapshot)
    now = [page_of_row(row) for row in pages_of(blueprint)] if later is None else pages_of_snapshot(later.snapshot)
    state = blueprint.structure if later is None else later.snapshot
    styles = [version.snapshot.get(name) == state.get(name) for name in ("theme", "layout")]
    return render_template(
        "sitebuilder/version.html",
        blueprint=blueprint,
        version=version,
        later=later,
        others=_choices(blueprint, version.number),
        pages=before,
        causes=CAUSES,
        differences=differing_pages(before, now),
        is_other_style=not all(styles),
    )


def _choices(blueprint: SiteBlueprint, but: int) -> list[tuple[str, str]]:
    """What a version can be compared with: now, and the newest other versions."""
    numbers = [one.number for one in list_blueprint_versions(blueprint) if one.number not in (but, blueprint.version)]
    return [("", gettext("Now")), *((str(one), gettext("Version %(number)s", number=one)) for one in numbers)]


@bp.post("/<int:blueprint_id>/versions/<int:number>/restore/")
@requires(SiteBuilderPermission.WRITE)
def restore_site_version(blueprint_id: int, number: int) -> Any:
    """Bring a version back."""
    try:
        restore_blueprint_version(
            current_account_id(), current_actor(), blueprint_id, min(number, MOST), seen=seen_version()
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
