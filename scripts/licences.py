"""Writes docs/licences.md: every package that an installation has, with its version and licence.

Python packages are those of the two lock files, and say themselves what their licence is; front-end assets are those of
package-lock.json without the tools of development.
"""

import json
import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-models.lock", "requirements-observe.lock")
TARGET = ROOT / "docs" / "licences.md"
# What their repositories say where the package does not.
SAID_ELSEWHERE = {"pyrage": "MIT"}
PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s\\;]+)", re.M)
ROW = re.compile(r"^\| (\S+) \| (\S+) \| (.+) \|$", re.M)
HEAD = """# Licences

Every package that an installation has, as its authors state it. Made by `make licences`; `make sbom` writes the same as
CycloneDX to `build/sbom.json`.

| package | version | licence |
|---|---|---|
"""


def locked() -> dict[str, str]:
    """Names and versions of the lock files."""
    return {name: version for lock in LOCKS for name, version in PINNED.findall((ROOT / lock).read_text())}


def listed() -> dict[tuple[str, str], str]:
    """The licence of each name and version that the page names so far."""
    return {(name, version): licence for name, version, licence in ROW.findall(TARGET.read_text("utf-8"))}


def is_installed(name: str) -> bool:
    """Whether this environment has the package."""
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def licence_of(name: str) -> str:
    """What a package says its licence is: an SPDX expression, else its classifiers, else the field's first line."""
    facts = metadata.metadata(name)
    if expression := facts.get("License-Expression"):
        return str(expression)
    classifiers = facts.get_all("Classifier") or []
    named = sorted({line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")})
    named = [words for words in named if words != "OSI Approved"]
    field = (facts.get("License") or "").strip().splitlines()
    return ", ".join(named) or (field[0][:60] if field else SAID_ELSEWHERE.get(name, "not stated"))


def assets() -> list[tuple[str, str, str]]:
    """Name, version and licence of what browsers are given."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return [
        (path.rpartition("node_modules/")[2], package["version"], str(package.get("license", "not stated")))
        for path, package in sorted(packages.items())
        if path and not package.get("dev")
    ]


def rows() -> list[tuple[str, str, str]]:
    """All of the table. What other versions of Python install, and this one not, stays as it is listed."""
    known = listed()
    python = [
        (name, version, licence_of(name) if is_installed(name) else known[name, version])
        for name, version in sorted(locked().items())
        if is_installed(name) or (name, version) in known
    ]
    return python + assets()


def as_markdown() -> str:
    """The page."""
    return HEAD + "".join(f"| {name} | {version} | {licence} |\n" for name, version, licence in rows())


if __name__ == "__main__":
    TARGET.write_text(as_markdown(), "utf-8")
