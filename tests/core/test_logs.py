"""Where lines of the log go."""

import io
import logging
import sys

import pytest

from app.core import logs


def test_lines_go_to_standard_error_as_it_is_when_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", before)
    logs.configure("WARNING")
    before.close()
    monkeypatch.setattr(sys, "stderr", now)
    logs.get_logger("ours").warning("seen")
    logging.getLogger("library").warning("seen too")
    assert "seen" in now.getvalue()
    assert "seen too" in now.getvalue()
