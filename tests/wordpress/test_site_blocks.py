"""Blocks of built sites open in WordPress's own editor without “unexpected or invalid content”."""

from html import unescape

from playwright.sync_api import Browser

from app.sitebuilder.blocks.gutenberg import BlockDialect, page_markup
from app.sitebuilder.blocks.registry import page_trees
from app.sitebuilder.blocks.rendering import ImageSource, Rendering
from tests.sitebuilder.samples import bare_sections, full_sections
from tests.wordpress.conftest import Site
from tests.wordpress.test_block_editor import INVALID, open_editor

# What the editor would write back, and the messages about blocks that it had to bring up to date.
SAVED = """html => {
  const said = [];
  const before = [console.warn, console.error, console.info, console.groupCollapsed];
  console.warn = console.error = console.info = console.groupCollapsed = (...words) => said.push(String(words[0]));
  const text = wp.blocks.serialize(wp.blocks.parse(html));
  [console.warn, console.error, console.info, console.groupCollapsed] = before;
  return [text, said];
}"""
PRESETS = (
    '{"colors":[["site-accent","Accent","#123456"]],"fonts":[["site-body","Body","serif"]],'
    '"sizes":[["site-h2","Heading","1.7rem"]],"spaces":[["site-3","Normal","1.5rem"]]}'
)
OFFERED = """() => {
  const all = wp.data.select('core/block-editor').getSettings().__experimentalFeatures;
  return [all.color.palette, all.typography.fontFamilies, all.typography.fontSizes, all.spacing.spacingSizes]
    .map((presets) => presets.custom.at(-1).slug);
}"""
RENDERING = Rendering(image=lambda address: ImageSource(address, "7" if "w=1" in address else ""))


def test_every_block_is_as_the_editor_saves_it(site: Site, browser: Browser) -> None:
    dialect = BlockDialect.of_version(site.wordpress.run_php("<?php echo get_bloginfo( 'version' );").strip())
    sections = page_trees([*full_sections(), *bare_sections()])
    markups = [page_markup([section], RENDERING, dialect) for section in sections]
    key = "igny8-site-7-"
    site.wordpress.run_php(f"<?php IGNY8_Site_Presets::write('{key}', json_decode('{PRESETS}', true));")
    page = open_editor(browser, site)
    page.wait_for_function("wp.data.select('core/block-editor')?.getSettings().__experimentalFeatures")
    assert page.evaluate(OFFERED) == ["site-accent", "site-body", "site-h2", "site-3"]
    site.wordpress.run_php(f"<?php IGNY8_Site_Presets::write('{key}', []);")
    assert [bad for bad in page.evaluate(f"texts => texts.map({INVALID})", markups) if bad] == []
    written = page.evaluate(f"texts => texts.map({SAVED})", markups)
    assert [said for _saved, said in written if said] == []
    if dialect == BlockDialect():  # the order of classes is another in older releases
        pairs = zip(markups, (saved for saved, _said in written), strict=True)
        assert [(text, saved) for text, saved in pairs if unescape(saved) != unescape(text)] == []
    page.close()
