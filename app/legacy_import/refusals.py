"""Why one row cannot be moved."""

from app.legacy_import.reasons import REASONS

MOST_DETAIL = 200


class RowRefused(Exception):
    """A row is quarantined: `reason` is a key of REASONS, `detail` says what it is about."""

    def __init__(self, reason: str, detail: str = "") -> None:
        assert reason in REASONS, reason
        super().__init__(reason)
        self.reason, self.detail = reason, one_line(detail)[:MOST_DETAIL]


def one_line(text: str) -> str:
    """The text in one line, without what cannot be shown or stored."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
