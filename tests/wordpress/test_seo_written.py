"""What is written to each SEO plugin for a text that a person typed: one row for each sign that it reads otherwise.

`test_seo_texts.py` shows what visitors get of it; here each rule has a row that fails without it.
"""

import json

from tests.wordpress.conftest import Site, on_one_core

pytestmark = on_one_core
# Plugin, text, and what is written; None for a template of another plugin, which this one would show as it is.
WRITTEN = [
    ("yoast", "a <b", "a &lt;b"),
    ("yoast", "C:\\x", "C:&#92;x"),
    ("yoast", "100%% wool", "100&#37;% wool"),
    ("yoast", "Save 20%ab", "Save 20&#37;ab"),
    ("yoast", "20% off", "20% off"),
    ("yoast", "AT&amp;T &#9731; & Co", "AT&#38;amp;T &#38;#9731; & Co"),
    ("yoast", "0", "&#48;"),
    ("yoast", "10", "10"),
    ("yoast", "%%title%% at 5%", "%%title%% at 5&#37;"),
    ("yoast", "%title% of it", None),
    ("rankmath", "a <b", "a &lt;b"),
    ("rankmath", "C:\\x", "C:&#92;x"),
    ("rankmath", "50%abc% more", "50&#37;abc% more"),
    ("rankmath", "a %foo(b c)% d", "a &#37;foo(b c)% d"),
    ("rankmath", "50% of 100%", "50% of 100%"),
    ("rankmath", "AT&amp;T", "AT&#38;amp;T"),
    ("rankmath", "0", "&#48;"),
    ("rankmath", "Fun :)", "Fun &#58;)"),
    ("rankmath", "Fun: 8 ways", "Fun: 8 ways"),
    ("rankmath", "%title% at 5%", "%title% at 5&#37;"),
    ("rankmath", "%%post_title%%", None),
    ("aioseo", "Save 20%ab", "Save 20&#37;ab"),
    ("aioseo", "50%| more", "50&#37;| more"),
    ("aioseo", "a <b & 20% off", "a <b & 20% off"),
    ("aioseo", "Our #categories", "Our &#35;categories"),
    ("aioseo", "Our #nothing", "Our #nothing"),
    ("aioseo", "#categories", "#categories"),
    ("aioseo", "#post_title at 5%ab", "#post_title at 5&#37;ab"),
    ("aioseo", "#post_title #Summer", "#post_title #Summer"),
    ("aioseo", "0", "&#48;"),
    ("aioseo", "{{ post.title }}", None),
    ("seopress", "100%% wool", "100&#37;% wool"),
    ("seopress", "AT&amp;T", "AT&#38;amp;T"),
    ("seopress", "a <b 20%ab \\x", "a <b 20%ab \\x"),
    ("seopress", "0", "&#48;"),
    ("seopress", "%%post_title%% at 5%", "%%post_title%% at 5&#37;"),
    ("none", "a <b 100%% AT&amp;T 0 \\x", "a <b 100%% AT&amp;T 0 \\x"),
    ("none", "%%title%%", None),
    ("yoast", "Save 20%AB", "Save 20&#37;AB"),
    ("yoast", "#categories", "#categories"),
    ("yoast", "%%wc_sku%%", None),
    ("yoast", "#custom_field-price", None),
    ("yoast", "#tax_name-brand", None),
    ("rankmath", "100%%title%", "100&#37;&#37;title%"),
    ("rankmath", "%date(Y-m-d)%", "%date(Y-m-d)%"),
    ("aioseo", "#permalinks are", "#permalinks are"),
    ("aioseo", "#post_title at 5% off", "#post_title at 5% off"),
    ("seopress", "%%focuskw%%", None),
    ("none", "[current_year] tents", None),
    ("none", "%post_title% tents", None),
]
ENCODE = """<?php
$written = array();
foreach ( json_decode( $args[0], true ) as list( $plugin, $text ) ) {
	$written[] = IGNY8_Seo_Text::encode( $plugin, $text );
}
echo json_encode( $written );
"""


def test_signs_that_a_plugin_reads_otherwise_are_written_as_references(site: Site) -> None:
    asked = [(plugin, text) for plugin, text, _written in WRITTEN]
    written = json.loads(site.wordpress.run_php(ENCODE, json.dumps(asked)))
    found = [(plugin, text, got) for (plugin, text), got in zip(asked, written, strict=True)]
    assert found == WRITTEN
