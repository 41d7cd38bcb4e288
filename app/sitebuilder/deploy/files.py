"""Documents, sound and film of a planned site go to the media library before the pages that lead to them."""

from sqlalchemy import select

from app.core.extensions import db
from app.core.languages import N_
from app.core.stored_texts import StoredText
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.assets.wordpress import refusal_of
from app.sitebuilder.contents import site_assets
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.deploy.models import SiteDeploy
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.versions import pages_of
from app.sites.facts import SiteFacts, fetch_facts, stored_facts
from app.sites.wordpress_errors import WordPressError

REFUSED = ("FILE_TYPE_REFUSED", "FILE_TOO_LARGE", "USER_NOT_ALLOWED", "ROUTE_UNKNOWN")
OLD_PLUGIN = N_("The plugin in WordPress is from before files could be sent. Update it.")
BYTES_LOST = N_("Its bytes are lost. Upload it again.")


def bring_files(calls: SetupCalls, deploy: SiteDeploy, blueprint: SiteBlueprint) -> None:
    """Have the files that pages lead to in the media library, each once, and note their addresses.

    Which of them it lacks is noted before any is sent, so that a roll-back knows them. A file that WordPress does not
    take is left out, with the reason. Safe to run again. Commits. Raises WordPressError.
    """
    named = site_assets(blueprint, pages_of(blueprint)).values()
    ids = {asset.sha256: asset.id for asset in named if not asset.is_picture}
    if not ids:
        return
    deploy_id, account_id, site_id = deploy.id, blueprint.account_id, blueprint.site_id
    addresses = calls.file_addresses(sorted(ids))
    if deploy.new_files is None:
        deploy.new_files = [sha256 for sha256 in ids if sha256 not in addresses]
        db.session.commit()
    lacking = [sha256 for sha256 in ids if sha256 not in addresses]
    if lacking:
        calls.bring_images_back(lacking)
        addresses |= calls.file_addresses(lacking)
    facts = _facts_of(blueprint, is_needed=len(addresses) < len(ids))
    for sha256, asset_id in ids.items():
        _note_or_send(calls, _asset(asset_id, account_id), addresses.get(sha256, ""), facts)
    _keep_sent(deploy_id, account_id, site_id)


def _facts_of(blueprint: SiteBlueprint, *, is_needed: bool) -> SiteFacts:
    facts = stored_facts(blueprint.site)
    return fetch_facts(blueprint.account_id, blueprint.site_id) if is_needed and not facts.is_fresh else facts


def _asset(asset_id: int, account_id: int) -> SiteAsset | None:
    """The file as it is now; None when it was deleted meanwhile."""
    return db.session.scalar(select(SiteAsset).where(SiteAsset.id == asset_id, SiteAsset.account_id == account_id))


def _note_or_send(calls: SetupCalls, asset: SiteAsset | None, address: str, facts: SiteFacts) -> None:
    """Note where the file is served, after sending it where that is not known. Commits."""
    if asset is None:
        return
    asset_id, account_id = asset.id, asset.account_id
    refusal = None
    if not address:
        asset.refusal = {}  # what it was refused for may have been mended
        refusal = refusal_of(asset, facts)
        address, refusal = ("", refusal) if refusal else _send(calls, asset)
    kept = _asset(asset_id, account_id)
    if kept is not None:
        kept.library_url, kept.refusal = address, refusal.as_json() if refusal else {}
    db.session.commit()


def _send(calls: SetupCalls, asset: SiteAsset) -> tuple[str, StoredText | None]:
    """The address of the file in the media library, or why it is not taken. Raises WordPressError."""
    sha256, name = asset.sha256, asset.name
    try:
        data = ASSETS.load(asset.account_id, sha256)
    except FileNotFoundError:
        return "", StoredText(BYTES_LOST)
    try:
        return calls.send_file(sha256, name, data), None
    except WordPressError as error:
        if error.code not in REFUSED:
            raise
        return "", StoredText(OLD_PLUGIN if error.code == "ROUTE_UNKNOWN" else error.message)


def _keep_sent(deploy_id: int, account_id: int, site_id: int) -> None:
    """Forget those new files that WordPress did not take. Commits."""
    deploy = db.session.scalar(
        select(SiteDeploy).where(SiteDeploy.id == deploy_id, SiteDeploy.account_id == account_id)
    )
    if deploy is None or not deploy.new_files:
        return
    stmt = select(SiteAsset.sha256).where(
        SiteAsset.account_id == account_id,
        SiteAsset.site_id == site_id,
        SiteAsset.sha256.in_(deploy.new_files),
        SiteAsset.library_url != "",
    )
    sent = set(db.session.scalars(stmt))
    deploy.new_files = [sha256 for sha256 in deploy.new_files if sha256 in sent]
    db.session.commit()
