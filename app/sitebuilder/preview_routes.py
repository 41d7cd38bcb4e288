"""The preview: a page as visitors would get it, for a sandboxed frame. It runs no script and loads nothing of ours."""

from typing import Any

from flask import Response, make_response, request, url_for

from app.core.access import current_account_id, requires
from app.core.errors import NotFound
from app.core.request_ids import parse_id
from app.sitebuilder.answers import read_answers
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.uses import assets_of
from app.sitebuilder.blocks.rendering import ImageSource, Rendering, plain_image, plain_link
from app.sitebuilder.blueprint import bp
from app.sitebuilder.documents import SiteFrame, page_document
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.pages import PlannedPage, page_of_row, pages_of_snapshot
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.style.sheets import site_css
from app.sitebuilder.versions import blueprint_of, pages_of, version_of

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: http: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin"
)


@bp.get("/<int:blueprint_id>/preview/<int:page_id>/")
@requires(SiteBuilderPermission.READ)
def preview(blueprint_id: int, page_id: int) -> Response:
    """A page; with `?version=` as it was in that version."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    pages, structure, number = _state(blueprint)
    page = next((one for one in pages if one.id == page_id), None)
    if page is None:
        raise NotFound()
    answers = read_answers(blueprint.config)
    frame = SiteFrame(
        name=blueprint.name,
        layout=str(structure.get("layout") or "default"),
        language=answers.language,
        contact=[line for line in (answers.email, answers.phone) if line],
    )

    def address_of(shown: PlannedPage) -> str:
        return url_for("site_builder.preview", blueprint_id=blueprint_id, page_id=shown.id, version=number)

    html = page_document(
        frame,
        pages,
        page,
        address_of=address_of,
        rendering=_rendering(blueprint, page),
        stylesheet=url_for(
            "site_builder.stylesheet", blueprint_id=blueprint_id, version=number or None, v=blueprint.version
        ),
    )
    answer = make_response(html)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


@bp.get("/<int:blueprint_id>/style.css")
@requires(SiteBuilderPermission.READ)
def stylesheet(blueprint_id: int) -> Response:
    """The style sheet of a planned site; with `?version=` that of a version."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    _pages, structure, _number = _state(blueprint)
    return Response(site_css(structure.get("theme") or {}), mimetype="text/css")


def _rendering(blueprint: SiteBlueprint, page: PlannedPage) -> Rendering:
    """Pictures and files of the site as this app sends them."""
    used = assets_of(blueprint.account_id, blueprint.site_id, [page.blocks])

    def address_of(asset: SiteAsset) -> str:
        return url_for("site_builder.asset_file", asset_id=asset.id)

    def image(address: str) -> ImageSource | None:
        asset = used.get(address)
        if asset is None:
            return plain_image(address)
        return ImageSource(address_of(asset), width=asset.width or 0, height=asset.height or 0, alt=asset.alt)

    def link(address: str) -> str:
        return address_of(used[address]) if address in used else plain_link(address)

    return Rendering(image, link, is_preview=True)


def _state(blueprint: SiteBlueprint) -> tuple[list[PlannedPage], dict[str, Any], int | None]:
    """The pages and the structure that the address asks for, and the number of the version if it names one."""
    number = parse_id(request.args.get("version"))
    if number is None:
        return [page_of_row(row) for row in pages_of(blueprint)], blueprint.structure, None
    snapshot = version_of(blueprint.account_id, blueprint.id, min(number, 2**31 - 1)).snapshot
    return pages_of_snapshot(snapshot), snapshot, number
