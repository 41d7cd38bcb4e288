"""Bringing all media from one storage to another, with each file's hash compared in the new place.

May be cut off and begun again: what is there with the same bytes is passed over. Run it, change MEDIA_URL, run it once
more for what came meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.media import ACCOUNTS
from app.core.media_stores import MediaStore, hash_of_stream


@dataclass
class MediaMoved:
    """How many files were brought over or were there; bytes; and the keys of those whose bytes differ."""

    copied: int = 0
    present: int = 0
    size: int = 0
    removed: int = 0
    damaged: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        """All that were looked at."""
        return self.copied + self.present + len(self.damaged)


def move_media(
    source: MediaStore, target: MediaStore, *, remove: bool = False, progress: Callable[[MediaMoved], None]
) -> MediaMoved:
    """Bring every file over; with `remove` each goes from the source once it is whole in the target.

    Raises DomainError when a storage is away, OSError when a folder cannot be written: what was brought until then
    stays.
    """
    moved = MediaMoved()
    for stored in source.files(ACCOUNTS):
        if stored.name.startswith("."):  # a leftover of a crash
            continue
        try:
            is_whole = _bring(source, target, stored.key, moved)
        except FileNotFoundError:
            if source.find(stored.key) is not None:  # it is the target that cannot be
                raise
            continue  # deleted meanwhile
        if not is_whole:
            moved.damaged.append(stored.key)
        elif remove:
            source.delete(stored.key)
            moved.removed += 1
        moved.size += stored.size
        progress(moved)
    return moved


def _bring(source: MediaStore, target: MediaStore, key: str, moved: MediaMoved) -> bool:
    """Whether the target has the bytes of the source now."""
    sha256 = source.hash_of(key)
    if sha256 is None:
        raise FileNotFoundError(key)
    if target.hash_of(key) == sha256:
        moved.present += 1
        return True
    target.save_file(key, source.path(key))
    with target.open(key) as read_back:
        if hash_of_stream(read_back) != sha256:
            return False
    moved.copied += 1
    return True
