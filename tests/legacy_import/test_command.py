"""The command moves in as the page does: by the same use cases, followed to their end."""

import argparse

import pytest
from sqlalchemy import func, select

from app.core.extensions import db
from app.legacy_import import command
from app.planner.models import Keyword
from tests.factories.old_plugin import Size, as_dump, inserts
from tests.factories.work import newest_run, work
from tests.legacy_import.conftest import Moving


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever the command waits, the work is done."""
    monkeypatch.setattr(command, "_wait", lambda: work(newest_run()))


def run(moving: Moving, *options: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    place = ["--account", str(moving.account_id), "--site", str(moving.site_id)]
    return command.legacy_import(parser.parse_args([*place, *options]))


def keywords() -> int:
    return db.session.scalar(select(func.count()).select_from(Keyword)) or 0


def test_a_dry_run_says_what_would_be_moved(moving: Moving, capsys: pytest.CaptureFixture[str]) -> None:
    path = moving.folder / "old.sql"
    path.write_bytes(as_dump(Size(keywords=1234)))
    assert run(moving, "--dump", str(path), "--dry-run") == 0
    assert "Keywords: 1,234 rows (wp_igny8_keywords), 1,234 would move" in capsys.readouterr().out
    assert keywords() == 0


def test_it_moves_in_and_says_when_something_could_not_be(moving: Moving, capsys: pytest.CaptureFixture[str]) -> None:
    path = moving.folder / "old.sql"
    path.write_bytes(as_dump())
    assert run(moving, "--dump", str(path)) == 0
    assert "Keywords: 40 rows = 40 moved + 0 here already + 0 in quarantine" in capsys.readouterr().out
    path.write_bytes(as_dump(more="".join(inserts("wp_igny8_keywords", [(900, "", *[None] * 9)]))))
    assert run(moving, "--dump", str(path)) == 1
    assert "Keywords: 41 rows = 0 moved + 40 here already + 1 in quarantine" in capsys.readouterr().out


def test_what_is_wrong_is_said_in_words(moving: Moving, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(moving, "--dump", str(moving.folder / "none.sql")) == 1
    assert "There is no file" in capsys.readouterr().err
    path = moving.folder / "old.sql"
    path.write_bytes(as_dump()[:3000])
    assert run(moving, "--dump", str(path), "--by", "nobody@example.com") == 1
    assert run(moving, "--dump", str(path)) == 1
    assert "at byte" in capsys.readouterr().out
