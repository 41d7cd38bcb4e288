"""Where lines of the log go."""

import io
import logging
import sys

import pytest

from app.core import logs


def test_lines_go_on_to_standard_error_when_what_stood_in_its_place_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", before)
    logs.configure("WARNING")
    before.close()
    monkeypatch.setattr(sys, "stderr", now)
    logs.get_logger("ours").warning("seen")
    logging.getLogger("library").warning("seen too")
    assert "seen" in now.getvalue()
    assert "seen too" in now.getvalue()
