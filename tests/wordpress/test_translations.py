"""The list of texts to translate is that of the code, and every text can be translated."""

import re

import pytest

from scripts.make_pot import CALL, PLUGIN, TARGET, make
from tests.wordpress.conftest import Site
from tests.wordpress.exporting import plugin_code
from tests.wordpress.plugin_client import PluginClient, payload

ANY_CALL = re.compile(r"\b(_n|_x|__|_e|esc_html__|esc_attr__|esc_html_e|esc_attr_e)\(")
DOMAIN = re.compile(r"(, .{1,80}?)?, 'igny8'\s*\)")
PLACEHOLDERS = re.compile(r"%(?:\d\$)?[sd]")


def test_the_list_is_that_of_the_code() -> None:
    assert TARGET.read_text() == make(), "run python scripts/make_pot.py"


def test_every_text_is_a_literal_with_our_domain() -> None:
    for path in PLUGIN.rglob("*.php"):
        source = path.read_text()
        calls = [found.end() for found in CALL.finditer(source) if DOMAIN.match(source, _end_of_text(found))]
        assert len(calls) == len(ANY_CALL.findall(source)), path.name


def test_a_text_with_placeholders_says_what_they_are() -> None:
    blocks = make().split("\n\n")[1:]
    for block in blocks:
        text = next(line for line in block.split("\n") if line.startswith("msgid "))
        if PLACEHOLDERS.search(text):
            assert "#. translators: " in block, text
            numbered = re.findall(r"%(\d)\$", text)
            assert numbered or len(PLACEHOLDERS.findall(text)) == 1, text


def _end_of_text(found: re.Match[str]) -> int:
    """Return where the literals of a call end."""
    return found.end(2) + 1 if found[1] != "_n" else found.end()


@pytest.mark.parametrize("hook", ["muplugins_loaded", "plugins_loaded", "after_setup_theme", "init"])
def test_nothing_is_translated_before_translations_may_be_loaded(site: Site, client: PluginClient, hook: str) -> None:
    """As with a shop, whose scheduler asks for schedules early: newer versions of WordPress complain in the log."""
    with plugin_code(site, f"add_action( '{hook}', 'wp_get_schedules', 0 );"):
        assert site.fetch(site.wordpress.url).status_code == 200
        assert client.publish(payload()).status == 200
        schedules = site.wordpress.run_php("<?php echo wp_get_schedules()['igny8_minute']['display'];")
    assert schedules == "Every minute"
    assert site.log() == []
