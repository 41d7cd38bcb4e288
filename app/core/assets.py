"""Static files under addresses that change with their content, so that browsers may keep them for long."""

from pathlib import Path
from typing import Any

from flask import Flask, request

YEAR_SECONDS = 365 * 24 * 3600


class _Versions:
    """The version of each static file: its modification time, read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, str] = {}

    def of(self, filename: str) -> str | None:
        """A short text, or None when there is no such file."""
        if filename not in self._known:
            path = self._folder / filename
            if not path.is_file():
                return None
            self._known[filename] = f"{path.stat().st_mtime_ns // 1_000_000:x}"
        return self._known[filename]


def init_app(app: Flask) -> None:
    """Add `?v=` to the addresses of static files, and let those be kept for a year."""
    versions = _Versions(Path(str(app.static_folder)))

    @app.url_defaults
    def _add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values and "filename" in values:
            version = versions.of(str(values["filename"]))
            if version:
                values["v"] = version

    def max_age(_filename: str | None) -> int | None:
        return YEAR_SECONDS if request.args.get("v") else None

    app.get_send_file_max_age = max_age  # type: ignore[method-assign, assignment]
