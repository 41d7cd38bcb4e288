"""What is installed is pinned with hashes, and its licences are listed."""

import re

import pytest

from app.config import ROOT
from scripts import licences

NAMED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", re.M)
LOCKS = {"requirements.txt": "requirements.lock", "requirements-models.txt": "requirements-models.lock"}


@pytest.mark.parametrize("wanted", LOCKS)
def test_what_is_wanted_is_locked_with_hashes(wanted: str) -> None:
    lock = (ROOT / LOCKS[wanted]).read_text()
    pinned = {name.lower(): version for name, version in licences.PINNED.findall(lock)}
    for name, version in NAMED.findall((ROOT / wanted).read_text()):
        assert pinned.get(name.lower()) == version, f"{name}: run make lock"
    entries = re.split(r"\n(?=[\w.-]+(?:\[[\w,-]+\])?==)", lock)
    assert all("--hash=sha256:" in entry for entry in entries)


def test_licences_are_listed_as_they_are() -> None:
    assert (ROOT / "docs" / "licences.md").read_text() == licences.as_markdown(), "run make licences"


def test_every_licence_lets_us_run_it() -> None:
    for name, _version, licence in licences.rows():
        assert licence != "not stated", name
        assert not re.search(r"AGPL|Affero|proprietary|SSPL", licence, re.I), (name, licence)
