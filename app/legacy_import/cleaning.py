"""Old values as ours: texts, numbers, instants. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ftfy

from app.core.clock import utcnow
from app.legacy_import.php_values import listed_words, stored_value
from app.legacy_import.refusals import RowRefused, one_line
from app.legacy_import.sources import Raw

# What UTF-8 looks like when it was read as Windows-1252 once too often. Others are left alone, and cost nothing.
DOUBLE = re.compile("[ÂÃÐÑØÙÅÄâãäåæçðŸà][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
MOST_INTEGER, MOST_ID = 2**31 - 1, 2**63 - 1
_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d))?")


def mended(text: str) -> str:
    """The text with double encoding undone, where it is sure that it was."""
    if not DOUBLE.search(text):
        return text
    return ftfy.fix_encoding(text)


@dataclass(frozen=True)
class OldRow:
    """A row of the source, by our names of its columns. `mends` says that double encoding is undone."""

    raw: Raw
    mapping: Mapping[str, str]
    mends: bool = False

    def text(self, name: str) -> str:
        """The text of a column, "" where it is missing or NULL."""
        value = self.raw.get(self.mapping.get(name, "")) or ""
        return mended(value) if self.mends else value

    def line(self, name: str, most: int) -> str:
        """A text in one line. Raises RowRefused when it has more than `most` characters."""
        line = one_line(self.text(name))
        if len(line) > most:
            raise RowRefused("too_long", f"{name} ({len(line)})")
        return line

    def key(self, name: str) -> str:
        """The key of another row that a column names; "" for none, as 0 is."""
        value = (self.raw.get(self.mapping.get(name, "")) or "").strip()
        return "" if not value.strip("0") else value

    def integer(self, name: str, most: int = MOST_INTEGER) -> int | None:
        """A number without sign; None where there is none. Raises RowRefused for what cannot be kept."""
        value = (self.raw.get(self.mapping.get(name, "")) or "").strip()
        if not value:
            return None
        try:
            number = round(float(value)) if "." in value or "e" in value.lower() else int(value)
        except (ValueError, OverflowError):
            raise RowRefused("number", f"{name}: {value}") from None
        if number > most:
            raise RowRefused("number", f"{name}: {value}")
        return max(0, number)

    def instant(self, name: str) -> datetime | None:
        """A time of the source, as UTC; None for zero dates and what is no date."""
        match = _INSTANT.match(self.raw.get(self.mapping.get(name, "")) or "")
        if match is None:
            return None
        try:
            return datetime(*(int(part or 0) for part in match.groups()), tzinfo=UTC)  # type: ignore[misc, arg-type]
        except ValueError:
            return None

    def made_at(self, stamp: datetime) -> datetime:
        """When the row was made; the time of the import where that is not known."""
        made = self.instant("created_at")
        return made if made is not None and made.year > 1990 and made <= utcnow() else stamp

    def words(self, name: str) -> list[str]:
        """The words in a list: of PHP, JSON, or between commas. Raises RowRefused."""
        return [one_line(word) for word in listed_words(stored_value(self.text(name), name)) if one_line(word)]


@dataclass(frozen=True, slots=True)
class TaskText:
    """What a model once answered for a task: HTML, and a title if it named one."""

    title: str
    html: str
    seo_title: str = ""
    seo_description: str = ""


def text_of_task(row: OldRow) -> TaskText | None:
    """The text that a task has: its result, else what the model answered as it came."""
    for name in ("result", "raw_ai_response"):
        text = row.text(name).strip()
        if not text:
            continue
        values = _as_object(text)
        if values is None:
            return TaskText("", text)
        html = str(values.get("content") or values.get("html") or values.get("content_html") or "")
        if html.strip():
            return TaskText(
                one_line(str(values.get("title") or "")),
                html,
                one_line(str(values.get("meta_title") or values.get("seo_title") or "")),
                one_line(str(values.get("meta_description") or values.get("seo_description") or "")),
            )
    return None


def _as_object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
