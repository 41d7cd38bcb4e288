"""What readme.txt and the plugin's header say of it, and whether both say the same."""

import re
from pathlib import Path

from app.devstack.wordpress import PLUGINS
from tests.wordpress.conftest import NEWER

PLUGIN = PLUGINS / "igny8"
SECTIONS = ("Description", "Installation", "Frequently Asked Questions", "Changelog")


def fields(path: Path, end: str) -> dict[str, str]:
    """The fields `Name: value` before `end`."""
    found = re.findall(r"^[ *]*([A-Z][\w ]+):\s+(.+)$", path.read_text("utf-8").split(end)[0], re.M)
    return {name.strip(): value.strip() for name, value in found}


def test_the_readme_says_what_the_header_says() -> None:
    readme, header = fields(PLUGIN / "readme.txt", "== Description"), fields(PLUGIN / "igny8.php", "*/")
    assert readme["Stable tag"] == header["Version"]
    for name in ("Requires at least", "Requires PHP"):
        assert readme[name] == header[name]
    assert header["Text Domain"] == PLUGIN.name
    newest = re.search(r"wp_version = '(\d+\.\d+)", (NEWER / "wp-includes" / "version.php").read_text())
    assert newest is not None
    assert readme["Tested up to"] == newest[1]


def test_the_readme_has_its_sections_and_a_short_description() -> None:
    text = (PLUGIN / "readme.txt").read_text("utf-8")
    assert [section for section in SECTIONS if f"== {section} ==" not in text] == []
    (summary,) = re.findall(r"gpl-2\.0\.html\n\n(.+)\n", text)
    assert len(summary) <= 150
    tags = re.findall(r"^Tags: (.+)$", text, re.M)[0].split(", ")
    assert len(tags) <= 5
