"""What the site's rules made of a publish, in words: not faults, but nothing to be silent about (pure)."""

import re
from typing import Any

from app.taxonomy.slugs import readable_slug

TOLD = frozenset(("TERM_FALLBACK", "TERM_UNRESOLVED", "GALLERY_OVER_LIMIT"))


def remarks(result: dict[str, Any]) -> list[str]:
    """A sentence for each thing that went another way than sent."""
    said = _slug(str(result.get("requested_slug") or ""), readable_slug(str(result.get("slug") or "")))
    for taxonomy, entry in (result.get("terms") or {}).items():
        if names := entry.get("fallback"):
            said.append(f"{_list(names)} ({taxonomy}) is not there: the fallback category was used.")
        if names := entry.get("unresolved"):
            said.append(f"{_list(names)} ({taxonomy}) is not there and was left out.")
    if skipped := result.get("gallery_images_skipped"):
        said.append(f"{_images(skipped)} left out: the gallery's limit is lower.")
    if url := result.get("gallery_overflow_url"):
        said.append(f"The images over the gallery's limit are at {url}.")
    if inline := result.get("gallery_images_inline"):
        said.append(f"{_images(inline)} shown in a grid at the end.")
    return said


def _slug(requested: str, given: str) -> list[str]:
    """The address ends in another way than was asked for."""
    if not requested or not given or requested == given:
        return []
    if re.fullmatch(rf"{re.escape(requested)}-\d+", given):
        return [f"The address ends in “{given}”: “{requested}” is taken in WordPress, or kept for its own use."]
    if requested.startswith(re.sub(r"-\d+$", "", given)):
        return [f"The address ends in “{given}”: WordPress shortened the slug."]
    return [f"The address ends in “{given}”: WordPress made that of “{requested}”."]


def left_to_say(result: dict[str, Any], warnings: list[Any]) -> list[dict[str, Any]]:
    """The plugin's warnings without those whose outcome `remarks` tells, each once."""
    told = TOLD if remarks(result) else frozenset()
    kept = {str(warning.get("message")): warning for warning in warnings if isinstance(warning, dict)}
    return [warning for warning in kept.values() if warning.get("code") not in told]


def _list(names: list[Any]) -> str:
    return ", ".join(str(name) for name in names)


def _images(count: int) -> str:
    return "1 image was" if count == 1 else f"{count} images were"
