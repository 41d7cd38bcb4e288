"""What each side changed since both last agreed, field by field (pure).

Values are compared by digest. Theirs are first brought into the form in which we would store them, so that the same
edit on both sides is no difference.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from app.content import changes

IN_STEP, OURS, THEIRS, BOTH, GONE = "in_step", "ours", "theirs", "both", "gone"
FIELDS = (
    "title",
    "content",
    "excerpt",
    "slug",
    "seo_title",
    "seo_description",
    "seo_canonical",
    "focus_keywords",
    "author_email",
    "parent",
    "template",
    "cluster",
    "sector",
    "featured_image",
)
# Fields whose column of a content has another name.
COLUMNS = {field: column for column, field in changes.FIELDS.items()}
# Ours alone: WordPress's side of them is reported in other ways, or not at all.
OURS_ONLY = ("images", "terms")
# The page of a term has no other.
TERM_FIELDS = frozenset(("title", "content", "slug", "seo_title", "seo_description", "seo_canonical", "focus_keywords"))
_COMPARED = frozenset((*FIELDS, *OURS_ONLY))
# An attachment of theirs is not an image of ours: it is reported, never copied here.
NOT_TAKEN = frozenset({"featured_image"})
EDITED_SINCE = "?"  # a base that no value has: theirs differ until the next publish

Base = Mapping[str, list[str | None]]
Digests = Mapping[str, str]


def fields_of(kind: str) -> frozenset[str]:
    """What a publish of a ``post`` or a ``term`` writes, and is compared."""
    return TERM_FIELDS if kind == "term" else _COMPARED


def field_digest(field: str, value: Any) -> str:
    """A short hash of a field's value. White space at the end of a text is not counted as an edit."""
    if not value:
        return _NOTHING[field == "content"]
    text = value.rstrip() if field == "content" else _to_json(value)
    return _hashed(text)


def _hashed(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


_to_json = json.JSONEncoder(ensure_ascii=False).encode
_NOTHING = (_hashed('""'), _hashed(""))  # most fields of most posts


def plain_template(name: object) -> str:
    """The template's name, empty for the default one, as in WordPress (pure)."""
    return "" if name in (None, "default") else str(name)


def digests(values: Mapping[str, Any]) -> dict[str, str]:
    """The digests of these values, of those that are compared."""
    return {name: field_digest(name, value) for name, value in values.items() if name in _COMPARED}


def drift(base: Base, ours: Digests, theirs: Digests) -> dict[str, str]:
    """``in_step``, ``ours`` (changed here), ``theirs`` (changed in WordPress) or ``both`` for each field of `theirs`.

    `base` holds `[ours, theirs]` as both sides last agreed; a missing field was never agreed on; if theirs is null, it
    was not known when we published, and counts as unchanged.
    """
    return {name: _verdict(name, base.get(name), ours.get(name, ""), value) for name, value in theirs.items()}


def changed_here(base: Base, ahead: Collection[str], last_seen: Mapping[str, Any], ours: Digests) -> dict[str, str]:
    """The verdict on each field of `ours` without asking WordPress, those that are equal included.

    `ahead` are the fields in which WordPress has something of its own, `last_seen` its values as last seen.
    """
    return {
        name: _verdict_on_our_side(name, base.get(name), name in ahead, last_seen, value)
        for name, value in ours.items()
    }


def _verdict_on_our_side(
    name: str, base: list[str | None] | None, is_ahead: bool, last_seen: Mapping[str, Any], ours: str
) -> str:
    if name in last_seen and name not in NOT_TAKEN and field_digest(name, last_seen[name]) == ours:
        return IN_STEP
    if is_ahead:
        return THEIRS if base is not None and ours == base[0] else BOTH
    if base is None:
        return OURS if name in last_seen and ours != field_digest(name, "") else IN_STEP
    return IN_STEP if ours == base[0] else OURS


def overall(verdicts: Iterable[str], *, is_gone: bool = False) -> str:
    """The state of a content as a whole: ``in_step``, ``ours``, ``theirs``, ``both`` or ``gone`` (pure)."""
    distinct = set(verdicts) - {IN_STEP}
    if is_gone:
        return GONE
    if BOTH in distinct or {OURS, THEIRS} <= distinct:
        return BOTH
    return distinct.pop() if distinct else IN_STEP


def _verdict(name: str, base: list[str | None] | None, ours: str, theirs: str) -> str:
    if ours == theirs:
        return IN_STEP
    if base is None:
        return THEIRS if ours == field_digest(name, "") else BOTH
    ours_changed = ours != base[0]
    theirs_changed = base[1] is not None and theirs != base[1]
    if ours_changed and theirs_changed:
        return BOTH
    return OURS if ours_changed else THEIRS if theirs_changed else IN_STEP


def agreed(base: Base, ours: Digests, theirs: Digests, verdicts: Mapping[str, str]) -> dict[str, list[str | None]]:
    """The base after these `verdicts`, once what was ``theirs`` is stored here. What still differs keeps its base."""
    after = dict(base)
    for name, verdict in verdicts.items():
        before = base.get(name)
        if verdict == THEIRS and name not in NOT_TAKEN:
            after[name] = [theirs[name], theirs[name]]
        elif verdict == IN_STEP:
            after[name] = [ours.get(name, ""), theirs[name]]
        elif verdict == OURS and before is not None:
            after[name] = [before[0], theirs[name]]
        elif before is not None:
            after[name] = [before[0], before[1] or EDITED_SINCE]
    return after
