"""`make bench` runs every benchmark to its end, and says at the end which failed."""

from pathlib import Path

import pytest

from benchmarks.runner import run

TOYS = {
    "good": "print('good figures')",
    "polite": "raise SystemExit(0)",
    "slow": "raise SystemExit('Slower than 60 s.')",
    "broken": "1 / 0",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "last": "print('last figures')",
}


@pytest.fixture(autouse=True)
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "toys"
    package.mkdir()
    for name, code in TOYS.items():
        (package / f"{name}.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_one_that_ends_early_or_fails_does_not_stop_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(list(TOYS), "toys") == 1
    told = capfd.readouterr()
    for name in TOYS:
        assert f"== {name}\n" in told.out
    assert "good figures" in told.out
    assert "last figures" in told.out
    assert "3 of 6 benchmarks ended well." in told.out
    assert "Slower than 60 s." in told.err
    assert told.err.endswith("Failed: slow (code 1), broken (code 1), killed (code -9).\n")


def test_when_all_end_well_so_does_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["good", "polite"], "toys") == 0
    assert "2 of 2 benchmarks ended well." in capfd.readouterr().out
    assert run(["good", "unknown"], "toys") == 1
