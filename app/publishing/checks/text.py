"""What must not go live in a text as it is: notes of an outline, addresses that nobody can open, scripts. Pure."""

import hashlib
from collections.abc import Iterator
from typing import Any

from app.ai.builtin.outline_notes import notes_left_in, placeholders_in
from app.content.images.services import REFERENCE
from app.core.html_scan import Scan, scan
from app.core.languages import NN_, gettext, local_number
from app.core.wording import counted
from app.mirror.payload import ContentSnapshot
from app.publishing import inner_addresses
from app.sites.error_codes import ErrorCode, all_error_codes

FIELDS = ("title", "content", "excerpt")
IMAGE_TEXTS = ("alt", "title", "caption")
SHOWN = 5


class TextScan:
    """The texts of a snapshot, read once."""

    def __init__(self, snapshot: ContentSnapshot) -> None:
        self.snapshot = snapshot
        self.found: dict[str, Scan] = {name: scan(snapshot.payload["post"].get(name) or "") for name in FIELDS}
        texts = [image[name] for image in snapshot.images for name in IMAGE_TEXTS if image.get(name)]
        self.found["content"].described += dict.fromkeys(texts)

    @property
    def active(self) -> list[str]:
        """What would run in a visitor's browser, each once."""
        return list(dict.fromkeys(element for field_scan in self.found.values() for element in field_scan.active))

    @property
    def styles(self) -> list[str]:
        """What styles in the texts change outside of them, each once."""
        return list(dict.fromkeys(entry for field_scan in self.found.values() for entry in field_scan.wide_styles()))

    def problems(self) -> Iterator[dict[str, Any]]:
        """What stands in the way, as `{code, message, field, cure, details}`."""
        for name, field_scan in self.found.items():
            if notes := notes_left_in(field_scan, *(self._outline if name == "content" else ([],))):
                yield _text_problem("OUTLINE_LEFT", name, notes, _note_count(notes))
            if addresses := field_scan.local_addresses() + inner_addresses.private_addresses_in(
                field_scan, self.snapshot.site_urls
            ):
                yield _text_problem("ADDRESS_NOT_PUBLIC", name, addresses)
            if programs := field_scan.script_addresses():
                yield _text_problem("SCRIPT_ADDRESS", name, programs)
        for name, field_scan in self._seo():
            if notes := notes_left_in(field_scan, []):
                yield _text_problem("OUTLINE_LEFT", name, notes, _note_count(notes))
        if unknown := self._unknown_images():
            message = gettext(
                "The text shows an image that is not among the images of the content: %(listed)s.",
                listed=_listed(unknown),
            )
            yield _text_problem("IMAGE_MISSING", "content", unknown, message)
        if self.active and not self._is_allowed:
            yield _text_problem("SCRIPT_IN_TEXT", "content", self.active)
        if self.styles and not self._is_allowed:
            yield _text_problem("STYLE_IN_TEXT", "content", self.styles)

    def warnings(self) -> Iterator[dict[str, Any]]:
        """What is worth knowing, as `{code, message, field}`."""
        for name, field_scan in [*self.found.items(), *self._seo()]:
            if gaps := placeholders_in(field_scan):
                yield _warning("PLACEHOLDER_LEFT", name, gaps)
        if self.active and self._is_allowed:
            yield _warning("SCRIPT_ALLOWED", "content", self.active)
        if self.styles and self._is_allowed:
            yield _warning("STYLE_ALLOWED", "content", self.styles)

    def _seo(self) -> list[tuple[str, Scan]]:
        seo = self.snapshot.payload["seo"]
        return [("seo_title", scan(seo["title"])), ("seo_description", scan(seo["description"]))]

    @property
    def _is_allowed(self) -> bool:
        return self.snapshot.scripts_allowed == scripts_key(self.snapshot.payload["post"])

    @property
    def _outline(self) -> tuple[list[str], bool]:
        return self.snapshot.outline_notes, self.snapshot.is_outline

    def _unknown_images(self) -> list[str]:
        known_hashes = {image["sha256"] for image in self.snapshot.images}
        return [
            f"igny8-image:{sha[:12]}…"
            for sha in dict.fromkeys(REFERENCE.findall(self._content()))
            if sha not in known_hashes
        ]

    def _content(self) -> str:
        return str(self.snapshot.payload["post"].get("content") or "")


def scripts_key(post: dict[str, Any]) -> str:
    """The key of a person's permission for the scripts in a text: for these very texts, not for later ones."""
    return hashlib.sha256("\0".join(str(post.get(name) or "") for name in FIELDS).encode()).hexdigest()


def _note_count(notes: list[str]) -> str:
    words = NN_(
        "This is still an outline. One line is still a note on what to write.",
        "This is still an outline. %(num)s lines are still notes on what to write.",
    )
    return counted(len(notes), words)


def _listed(entries: list[str]) -> str:
    more = len(entries) - SHOWN
    names = ", ".join(f"“{entry}”" for entry in entries[:SHOWN])
    return gettext("%(names)s and %(more)s more", names=names, more=local_number(more)) if more > 0 else names


def _text_problem(code: str, field: str, lines: list[str], message: str = "") -> dict[str, Any]:
    entry = all_error_codes()[code]
    text = message or _with_lines(entry, lines)
    return {"code": code, "message": text, "field": field, "cure": gettext(entry.cure), "details": {"lines": lines}}


def _with_lines(entry: ErrorCode, lines: list[str]) -> str:
    """The message from the table of codes, with the lines of the text that it is about."""
    return gettext("%(message)s: %(lines)s.", message=gettext(entry.message).rstrip(".۔"), lines=_listed(lines))


def _warning(code: str, field: str, lines: list[str]) -> dict[str, Any]:
    return {"code": code, "message": _with_lines(all_error_codes()[code], lines), "field": field}
