"""What the site's rules changed in a publish, in words: no faults, but worth mentioning (pure)."""

import re
from typing import Any

from app.taxonomy.slugs import readable_slug

REMARKED = frozenset(("TERM_FALLBACK", "TERM_UNRESOLVED", "GALLERY_OVER_LIMIT"))


def remarks_on(result: dict[str, Any]) -> list[str]:
    """A sentence for each thing that went live otherwise than it was sent."""
    sentences = _slug(str(result.get("requested_slug") or ""), readable_slug(str(result.get("slug") or "")))
    for taxonomy, entry in (result.get("terms") or {}).items():
        if names := entry.get("fallback"):
            sentences.append(f"{_list(names)} ({taxonomy}) is not there: the fallback category was used.")
        if names := entry.get("unresolved"):
            sentences.append(f"{_list(names)} ({taxonomy}) is not there and was left out.")
    if skipped := result.get("gallery_images_skipped"):
        sentences.append(f"{_images(skipped)} left out: the gallery's limit is lower.")
    if url := result.get("gallery_overflow_url"):
        sentences.append(f"The images over the gallery's limit are at {url}.")
    if inline := result.get("gallery_images_inline"):
        sentences.append(f"{_images(inline)} shown in a grid at the end.")
    return sentences


def _slug(requested: str, actual: str) -> list[str]:
    """The address ends in another way than was asked for."""
    if not requested or not actual or requested == actual:
        return []
    if re.fullmatch(rf"{re.escape(requested)}-\d+", actual):
        return [f"The address ends in “{actual}”: “{requested}” is taken in WordPress, or kept for its own use."]
    if requested.startswith(re.sub(r"-\d+$", "", actual)):
        return [f"The address ends in “{actual}”: WordPress shortened the slug."]
    return [f"The address ends in “{actual}”: WordPress made that of “{requested}”."]


def unremarked_warnings(result: dict[str, Any], warnings: list[Any]) -> list[dict[str, Any]]:
    """The plugin's warnings without those that `remarks_on` already covers, each once."""
    remarked_codes = REMARKED if remarks_on(result) else frozenset()
    unique_warnings = {str(warning.get("message")): warning for warning in warnings if isinstance(warning, dict)}
    return [warning for warning in unique_warnings.values() if warning.get("code") not in remarked_codes]


def _list(names: list[Any]) -> str:
    return ", ".join(str(name) for name in names)


def _images(count: int) -> str:
    return "1 image was" if count == 1 else f"{count} images were"
