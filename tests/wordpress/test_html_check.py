"""What kses takes away, part by part, and what it rewrites without a visitor seeing it: one row for each rule."""

import json

from tests.wordpress.conftest import Site, on_one_core

pytestmark = on_one_core
LOST = [
    ('<p class="a" style="color: red;">T &amp; t</p>', []),
    ('<p class=\'a\'>x</p><IMG SRC="a.png" ALT="x  y\n z">', []),
    ('<a href="?a=1&b=2" title="x &quot;y&quot;">x</a>', []),
    ('<!-- wp:paragraph {"a": "b",  "n":1} --><p>x</p><!-- /wp:paragraph -->', []),
    ('<!-- wp:embed {"a":"b \\u0026 c"} /-->', ["wp:embed attributes"]),  # kses makes it `&amp;`
    ('<iframe src="x"></iframe>', ["iframe", "iframe src"]),
    ('<b></b><b onclick="x()"></b>', ["b onclick"]),
    ('<div style="display:grid;color:red">x</div>', ["div style display"]),
    ('<p style="color:red">x</p><p style="color:expression(1);color:red">x</p>', ["p style color"]),
    ('<a href="javascript:alert(1)">x</a>', ["a href"]),
    ('<!-- wp:html {"a":"<script>x</script>"} /-->', ["wp:html attributes"]),
]
CHECK = """<?php
wp_set_current_user( 1 );
$lost = array();
foreach ( json_decode( $args[0], true ) as $html ) {
	$lost[] = IGNY8_Html_Check::stripped_parts( $html, true );
}
echo json_encode( $lost );
"""


def test_each_part_that_would_go_is_named_and_what_reads_the_same_is_not(site: Site) -> None:
    lost = json.loads(site.wordpress.run_php(CHECK, json.dumps([html for html, _lost in LOST])))
    assert list(zip((html for html, _lost in LOST), lost, strict=True)) == LOST
