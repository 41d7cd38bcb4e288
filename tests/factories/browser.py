"""Debian's Chromium for every browser test: one a test process, through pytest-playwright."""

from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How the session's browser is started; a machine without Chromium fails."""
    assert CHROMIUM.exists(), "install the packages of debian-packages.txt: chromium is missing"
    return {"executable_path": str(CHROMIUM), "args": ARGUMENTS}
