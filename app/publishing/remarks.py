"""What the site's rules made of a publish, in words: not faults, but nothing to be silent about (pure)."""

from typing import Any

TOLD = frozenset(("TERM_FALLBACK", "TERM_UNRESOLVED", "GALLERY_OVER_LIMIT"))


def remarks(result: dict[str, Any]) -> list[str]:
    """A sentence for each thing that went another way than sent."""
    said = []
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


def left_to_say(result: dict[str, Any], warnings: list[Any]) -> list[dict[str, Any]]:
    """The plugin's warnings without those whose outcome `remarks` tells, each once."""
    told = TOLD if remarks(result) else frozenset()
    kept = {str(warning.get("message")): warning for warning in warnings if isinstance(warning, dict)}
    return [warning for warning in kept.values() if warning.get("code") not in told]


def _list(names: list[Any]) -> str:
    return ", ".join(str(name) for name in names)


def _images(count: int) -> str:
    return "1 image was" if count == 1 else f"{count} images were"
