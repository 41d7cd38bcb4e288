"""Files of a site in WordPress: pictures go with the contents that pages are made of, all else before them.

The plugin puts address and number of the attachment in the place of what `library_source` gives. A picture that a page
no longer shows stays with its content as long as there is room: WordPress would delete it, and a roll-back needs it.
A document, sound or film has an address in the media library before the page that leads to it is written.
"""

from collections.abc import Mapping

from app.content.images import services as images
from app.content.models import Content
from app.core.languages import N_
from app.core.stored_texts import StoredText, text_of_json
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.blocks.fields import ASSET
from app.sitebuilder.blocks.rendering import ImageSource, plain_image
from app.sites.facts import SiteFacts

FILE_GONE = StoredText(N_("It was deleted here."))
MEGABYTE = 1_000_000
TYPE_REFUSED = N_("This WordPress takes no files of the type %(type)s.")
TOO_LARGE = N_("It is larger than the %(most)s MB that this WordPress takes.")


def library_source(address: str, assets: Mapping[str, SiteAsset]) -> ImageSource | None:
    """Where a block of WordPress finds a picture. None for what is no picture, or gone."""
    asset = assets.get(address)
    if asset is None:
        return plain_image(address)
    if not asset.is_picture:
        return None
    return ImageSource(f"igny8-image:{asset.sha256}", library_id=f"igny8-image-id:{asset.sha256}", alt=asset.alt)


def library_link(address: str, assets: Mapping[str, SiteAsset]) -> str:
    """Where a link of WordPress leads: "" for a file that is gone, or is not in its media library."""
    if not address.startswith(ASSET):
        return address
    asset = assets.get(address)
    if asset is None:
        return ""
    return f"igny8-image:{asset.sha256}" if asset.is_picture else asset.library_url


def refusal_of(asset: SiteAsset, site: SiteFacts) -> StoredText | None:
    """Why the WordPress of its site does not take a document, sound or film, as far as it has told."""
    extension = asset.name.rpartition(".")[2]
    if site.extensions is not None and extension not in site.extensions:
        return StoredText(TYPE_REFUSED, {"type": extension.upper()})
    if site.max_bytes is not None and asset.size > site.max_bytes:
        return StoredText(TOO_LARGE, {"most": f"{site.max_bytes / MEGABYTE:.1f}"})
    return text_of_json(asset.refusal)


def keep_pictures(content: Content, assets: Mapping[str, SiteAsset]) -> None:
    """Have the pictures that the content's text shows among its images. Flushes.

    Raises DomainError when there are too many, NotFound when the bytes of one are lost.
    """
    by_hash = {asset.sha256: asset for asset in assets.values() if asset.is_picture}
    shown = [sha256 for sha256 in dict.fromkeys(images.REFERENCE.findall(content.content_html)) if sha256 in by_hash]
    missing = [sha256 for sha256 in shown if sha256 not in {image.sha256 for image in content.images}]
    _make_room(content, len(missing))
    for sha256 in missing:
        asset = by_hash[sha256]
        facts = {name: getattr(asset, name) for name in ("mime", "size", "width", "height", "alt")}
        images.adopt_image(content, ASSETS.path_of(asset.account_id, sha256), {**facts, "filename": asset.name})


def _make_room(content: Content, wanted: int) -> None:
    """Take off the oldest pictures that the text no longer shows."""
    too_many = wanted - images.room_for(content)
    shown = set(images.REFERENCE.findall(content.content_html))
    unused = [image for image in content.images if image.role == "inline" and image.sha256 not in shown]
    for image in sorted(unused, key=lambda image: image.id)[: max(0, too_many)]:
        images.remove_image(content, image)
