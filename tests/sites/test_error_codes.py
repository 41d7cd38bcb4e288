"""The table of codes holds every code that the app and the plugin can answer with, and the docs page is its copy."""

import re

from app.config import ROOT
from app.sites import error_codes

PLUGIN = sorted((ROOT / "wordpress-plugin" / "igny8").rglob("*.php"))
ROOMS = ("sites", "mirror", "publishing", "suggestions", "sync")
APP = [path for room in ROOMS for path in sorted((ROOT / "app" / room).rglob("*.py"))]
QUOTED = re.compile(r"'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'")
NO_CODE = re.compile(r"(IGNY8|WP|REQUEST|HTTP|DISABLE|DB|DAY|MINUTE)_|QUERY_STRING|\w*_VER(SION)?$|SERVER_|REMOTE_ADDR")
TOLD = re.compile(r"""(?:code=|wordpress_error\(|_issue\(|error_for\()\s*"([A-Z][A-Z0-9_]+[A-Z0-9])\"""")


def test_every_code_of_the_plugin_is_in_the_table() -> None:
    quoted = {code for path in PLUGIN for code in QUOTED.findall(path.read_text("utf-8"))}
    thrown = {code for code in quoted if not NO_CODE.match(code)}
    assert len(thrown) > 30, "the pattern no longer finds how the plugin says its codes"
    assert thrown - error_codes.all_error_codes().keys() == set()


def test_every_code_of_the_app_is_in_the_table() -> None:
    told = {code for path in APP for code in TOLD.findall(path.read_text("utf-8"))}
    assert len(told) > 20, "the pattern no longer finds how the app says its codes"
    assert told - error_codes.all_error_codes().keys() == set()


def test_no_code_of_the_table_is_unused() -> None:
    text = "".join(path.read_text("utf-8") for path in [*PLUGIN, *sorted((ROOT / "app").rglob("*.py"))])
    unused = {code for code in error_codes.all_error_codes() if code not in text and not code.startswith("READBACK_")}
    assert unused == set()


def test_every_entry_has_words_and_a_group() -> None:
    for entry in error_codes.all_error_codes().values():
        assert entry.group in error_codes.GROUPS, entry
        assert entry.message.endswith("."), entry
        assert entry.cure.endswith("."), entry


def test_the_docs_page_is_made_from_the_table() -> None:
    page = (ROOT / "docs" / "error-codes.md").read_text("utf-8")
    assert page == error_codes.as_markdown(), "run: python -m app.cli error-codes"
