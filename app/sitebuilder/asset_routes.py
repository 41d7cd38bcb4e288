"""The files of a site: their list, upload, what is said of one, where it is used, and deleting it."""

from typing import Any

from flask import Response, jsonify, render_template, request, url_for

from app.core import limits
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import gettext, ngettext
from app.core.media_sending import send_media
from app.core.one_at_a_time import one_at_a_time
from app.core.tenancy import owned
from app.core.wording import sentences
from app.sitebuilder.assets import actions, listing, upkeep
from app.sitebuilder.assets.actions import AssetInUse
from app.sitebuilder.assets.listing import ASSET_LIST, FOLDER_LABELS
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.quota import asset_room
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.assets.uses import uses_of
from app.sitebuilder.blueprint import bp
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sites.current import current_site, needed_site, work_on

READ, WRITE = SiteBuilderPermission.READ, SiteBuilderPermission.WRITE
MOST_PROBLEMS = 3


@bp.get("/assets/")
@requires(READ)
def assets() -> str:
    """The files of the present site, as pictures or with `?shape=list` as a table."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    account_id, query = current_account_id(), ASSET_LIST.read(request.args)
    page = listing.list_assets(account_id, site.id, query)
    return page_or_partial(
        "sitebuilder/assets.html",
        "sitebuilder/_assets.html",
        site=site,
        page=page,
        query=query,
        list_spec=ASSET_LIST,
        shape="list" if request.args.get("shape") == "list" else "grid",
        uses=uses_of(account_id, site.id, [asset.address for asset in page.items]),
        room=asset_room(account_id, site.id),
        labels=FOLDER_LABELS,
        folders=[(key, gettext(label)) for key, label in FOLDER_LABELS.items()],
    )


@bp.post("/assets/")
@requires(WRITE)
def upload_assets() -> Any:
    """Store the form's `files`; those that are refused are named, the others stay. JSON if asked for."""
    site_id, added, problems = needed_site().id, 0, []
    for file in request.files.getlist("files"):
        if file.filename:
            problem = _upload(site_id, file.read(), file.filename)
            problems += [problem] if problem else []
            added += not problem
    if request.accept_mimetypes.best == "application/json":
        return jsonify(added=added, problems=problems), 201 if added else 422
    if problems:
        toast(sentences(*problems[:MOST_PROBLEMS]), "error")
    elif not added:
        toast(gettext("No file was chosen. Choose one, then upload it."), "error")
    else:
        toast(ngettext("%(num)s file uploaded.", "%(num)s files uploaded.", added))
    return redirect_to(url_for("site_builder.assets"))


def _upload(site_id: int, data: bytes, filename: str) -> str:
    """Store one file; what is wrong with it, in words."""
    account_id = current_account_id()
    busy = gettext("Another file of this account is being examined just now.")
    try:
        with one_at_a_time(f"assets:{account_id}", busy, len(data)):
            actions.upload_asset(account_id, current_actor(), site_id, data, filename)
            db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status == 404:
            raise
        return f"{error.message} {error.cure}".strip()
    return ""


@bp.get("/assets/<int:asset_id>/")
@requires(READ)
def show_asset(asset_id: int) -> str:
    """One file: how it looks, what is said of it, and where it is used."""
    return _asset_page(owned(SiteAsset, asset_id, current_account_id()))


def _asset_page(asset: SiteAsset, error: AssetInUse | None = None) -> str:
    work_on(asset.site_id, "site_builder.assets")
    uses = uses_of(asset.account_id, asset.site_id, [asset.address])[asset.address]
    return render_template("sitebuilder/asset.html", asset=asset, uses=uses, error=error, labels=FOLDER_LABELS)


@bp.post("/assets/<int:asset_id>/")
@requires(WRITE)
def describe_asset(asset_id: int) -> Any:
    """Save the form's `alt`."""
    actions.describe_asset(current_account_id(), current_actor(), asset_id, request.form.get("alt", ""))
    db.session.commit()
    toast(gettext("Saved."))
    return redirect_to(url_for("site_builder.show_asset", asset_id=asset_id))


@bp.post("/assets/<int:asset_id>/delete/")
@requires(WRITE)
def delete_asset(asset_id: int) -> Any:
    """Delete a file; where pages use it, only with `anyhow=1`, and else the page that says where."""
    account_id, is_sure = current_account_id(), request.form.get("anyhow") == "1"
    try:
        asset = actions.delete_asset(account_id, current_actor(), asset_id, despite_uses=is_sure)
    except AssetInUse as error:
        db.session.rollback()
        return _asset_page(owned(SiteAsset, asset_id, account_id), error), error.status
    name, hashes = asset.name, [name for name in (asset.sha256, asset.thumbnail) if name]
    db.session.commit()
    upkeep.forget_bytes(account_id, hashes)
    db.session.commit()
    toast(gettext("“%(name)s” is deleted.", name=name))
    return redirect_to(url_for("site_builder.assets"))


@bp.get("/assets/<int:asset_id>/file/")
@requires(READ)
@limits.part_of_page
def asset_file(asset_id: int) -> Response:
    """The bytes of a file; with `?small=1` a small picture of it. They never change under one address."""
    asset = owned(SiteAsset, asset_id, current_account_id())
    is_small = bool(request.args.get("small") and asset.thumbnail)
    sha256 = asset.thumbnail if is_small and asset.thumbnail else asset.sha256
    mime = "image/webp" if is_small else asset.mime
    return send_media(ASSETS, asset.account_id, sha256, mime, name=asset.name, is_attached=not asset.is_picture)
