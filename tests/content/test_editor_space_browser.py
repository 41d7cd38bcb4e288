"""White space beside inline elements and line breaks: it stays as it was where somebody writes beside it."""

from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import editor, save, stored
from tests.content.test_editor_bytes_browser import type_at_each_word
from tests.content.test_images import png
from tests.factories.things import make_content

INLINE = [
    "<em>a</em> <br>xWORD",
    "<em>aWORD</em> <br>x",
    "<em>a</em>WORD <br>x",
    "<em>a</em> <br> xWORD y",
    "<em>a</em> <br/>\nxWORD",
    "a <strong> b </strong> cWORD",
    "a <strong> bWORD </strong> c",
    "<a href='https://x.example'>a </a> <code> bWORD</code> <br> <em>c</em> ",
    "a  bWORD  c",
    "aWORD <br>",
    "a <br> <br> bWORD",
    "a&nbsp; bWORD &nbsp;<br>c",
    "a&nbsp;<br>&nbsp;bWORD",
    " aWORD ",
    "\n\taWORD\n\t",
    "a\u00a0<em>b</em> \u00a0WORD",
    "a <em></em> bWORD",
    "a<br><br> <em>bWORD</em> <br>\n<em> c</em>",
    "a <!-- note --> bWORD",
    "<em>a</em> <strong>bWORD</strong> <em>c</em>",
]
QUOTE = '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><!-- wp:paragraph -->\n<p>{}</p>\n<!-- /wp:paragraph -->'
QUOTE += "{}</blockquote>\n<!-- /wp:quote -->"
LIST = '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>TEXT</li>\n<!-- /wp:list-item --></ul>\n'
CAPTION = '<figcaption class="wp-element-caption">TEXT</figcaption></figure>\n<!-- /wp:image -->'
BLOCKS = [
    "<!-- wp:paragraph -->\n<p>TEXT</p>\n<!-- /wp:paragraph -->",
    '<!-- wp:heading -->\n<h2 class="wp-block-heading">TEXT</h2>\n<!-- /wp:heading -->',
    QUOTE.format("TEXT", ""),
    QUOTE.format("q", "<cite>TEXT</cite>"),
    LIST + "<!-- /wp:list -->",
    f'<!-- wp:image -->\n<figure class="wp-block-image"><img src="https://x.example/a.png" alt=""/>{CAPTION}',
    '<!-- wp:pullquote -->\n<figure class="wp-block-pullquote"><blockquote><p>TEXT</p><cite>b</cite></blockquote>'
    "</figure>\n<!-- /wp:pullquote -->",
    '<!-- wp:verse -->\n<pre class="wp-block-verse">TEXT</pre>\n<!-- /wp:verse -->',
    '<!-- wp:preformatted -->\n<pre class="wp-block-preformatted">TEXT</pre>\n<!-- /wp:preformatted -->',
    '<!-- wp:table -->\n<figure class="wp-block-table"><table class="has-fixed-layout"><tbody><tr><td>TEXT</td>'
    "<td>z</td></tr></tbody></table></figure>\n<!-- /wp:table -->",
]


def test_space_beside_what_is_written_stays(visit: Visits, owner: User, site: Site) -> None:
    document = [block.replace("TEXT", inline) for block in BLOCKS for inline in INLINE]
    content = make_content(site, content_html="\n\n".join(document))
    page = visit(owner, "/content/")
    page.route("https://x.example/**", lambda route: route.fulfill(body=png(2, 2), content_type="image/png"))
    page.goto(f"{visit.address}/content/{content.id}/edit/")
    editor(page)
    assert type_at_each_word(page) == len(document)
    save(page)
    written = stored(content).replace("\r\n", "\n").split("\n\n")
    assert [one for one in written if one.replace("WORDier", "WORD") not in document] == []
    assert "\n\n".join(written) == "\n\n".join(document).replace("WORD", "WORDier")
