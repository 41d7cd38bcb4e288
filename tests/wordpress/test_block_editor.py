"""What we write as blocks opens in WordPress's own editor without “unexpected or invalid content”."""

import pytest
from playwright.sync_api import Browser, Page

from app.ai.markup import block_html
from app.ai.markup.html_blocks import to_blocks
from tests.wordpress.conftest import NEWER, Site
from tests.wordpress.plugin_client import PluginClient, image, payload, png

HTML = [
    "<h1>One</h1><p class='x'>Two &nbsp; <code>x</code> &copy; é</p>loose <b>bold</b><h3 id='q'>Q</h3><hr>",
    "<ul><li>a<li>b<ul><li>n</li></ul></ul><ol start=3><li>x</li><li><p>p</p></li></ol>",
    "<table border=1><caption>C</caption><thead><tr><th>A</th></tr></thead><tbody><tr><td colspan=2>1</td></tr></tbody>"
    "<tfoot><tr><td>f</td></tr></tfoot></table><table><tr><td>1</td></tr></table>",
    "<blockquote><p>q</p><cite>c</cite></blockquote><pre>code\n  x &lt; y</pre><pre><code>a &amp; b</code></pre>",
    "<figure><img src='https://x.example/a.png' alt='x'><figcaption>c</figcaption></figure><div><p>in div</p></div>",
    "<p>a <span>b</span> <mark>c</mark> <sub>1</sub></p><p></p><img src='https://x.example/b.png'>",
]
CONTENT = [
    block_html.paragraph('A <strong>b</strong> & c <a href="https://x.example/?a=1&amp;b=2">l</a> “q” <br>next'),
    *(block_html.heading('Title & <x> "q"', level) for level in (2, 3, 6)),
    block_html.bullets(["a", "b <em>c</em>"]),
    block_html.bullets(["1"], True),
    block_html.table(["A & b", "B"], [["1 < 2", 'x"y'], ["", "é 🚀"]]),
    block_html.table(["A"], []),
    *map(to_blocks, HTML),
]
INVALID = """html => {
  const found = [];
  const walk = (blocks) => blocks.forEach((block) => {
    if (!block.isValid || ['core/missing', 'core/freeform'].includes(block.name)) found.push(block.originalContent);
    walk(block.innerBlocks);
  });
  walk(wp.blocks.parse(html));
  return found;
}"""


def open_editor(browser: Browser, site: Site) -> Page:
    site.wordpress.run_php("<?php wp_set_password( 'of the editor', 1 );")
    page = browser.new_page()
    page.goto(f"{site.wordpress.url}/wp-login.php")
    page.fill("#user_login", "admin")
    page.fill("#user_pass", "of the editor")
    page.click("#wp-submit")
    page.wait_for_url("**/wp-admin/**")
    page.goto(f"{site.wordpress.url}/wp-admin/post-new.php", wait_until="commit")
    page.wait_for_function("window.wp?.blocks?.getBlockTypes().length > 50")
    return page


@pytest.mark.parametrize("wordpress", [NEWER], ids=["newer"], indirect=True)
def test_wordpress_calls_no_block_of_ours_invalid(site: Site, client: PluginClient, browser: Browser) -> None:
    pictures = [png(seed=number) for number in range(4)]
    images = [image(pictures[0], "featured")]
    images += [image(one, "gallery", alt='al"t & <x>', caption="A & <b>b</b>") for one in pictures[1:]]
    texts = list(CONTENT)
    for overflow in ("inline_grid", "separate_post"):
        client.sync({"gallery_overflow": overflow, "gallery_limit": 1})
        result = client.publish(payload(post={"content": "\n\n".join(CONTENT)}, images=images), *pictures).result
        texts.append(site.post(result["post_id"])["post_content"] or "")
    site.forget_settings()
    page = open_editor(browser, site)
    assert page.evaluate(INVALID, "<!-- wp:heading --><p>x</p><!-- /wp:heading -->") != []
    assert [bad for text in texts for bad in page.evaluate(INVALID, text)] == []
    assert "wp:gallery" in texts[-2]
    assert "igny8-gallery-link" in texts[-1]
    page.close()
