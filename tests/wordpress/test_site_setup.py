"""Front page, menu and order of pages are written once, and put back as they were; a page comes back byte for byte."""

import html
import json

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import Answer, PluginClient, fresh_id, payload

NAMES = ("show_on_front", "page_on_front", "page_for_posts")


def ask(client: PluginClient, action: str, **body: object) -> Answer:
    return client.post_json("site-setup", {"contract": 1, "key": "7", "action": action, **body})


def page(client: PluginClient, title: str) -> tuple[dict[str, object], int]:
    """A published page: what was sent, and its id."""
    body = payload(post={"type": "page", "title": title, "slug": fresh_id("slug"), "content": "<p>Ünder \\u003c</p>"})
    return body, int(client.publish(body).result["post_id"])


def options(site: Site) -> list[str | None]:
    names = ", ".join(f"'{name}'" for name in NAMES)
    rows = site.sql(f"SELECT option_value FROM wp_options WHERE option_name IN ({names}) ORDER BY option_name")
    return [row["option_value"] for row in rows]


def menus(site: Site) -> list[str | None]:
    rows = site.sql("SELECT slug FROM wp_terms JOIN wp_term_taxonomy USING (term_id) WHERE taxonomy = 'nav_menu'")
    return [row["slug"] for row in rows]


def wanted_of(home: int, blog: int, slug: str = "1") -> dict[str, object]:
    items = [[home, "Home", -1], [blog, "Ours & “news”", 0]]
    return {
        "front": {"show": "page", "page": home, "posts": blog},
        "menu": {"name": "Lindenhof", "slug": slug, "items": items},
        "orders": {str(home): 1, str(blog): 2},
    }


def test_a_setup_is_written_once_and_put_back(site: Site, client: PluginClient) -> None:
    (_, home), (_, blog) = page(client, "Home"), page(client, "Blog")
    before = options(site)
    ids, wanted = [home, blog], wanted_of(home, blog)
    parts = ("front", "menu", "orders", "style", "presets")
    assert ask(client, "look", ids=ids).result["may"] == dict.fromkeys(parts, True)

    first = ask(client, "apply", ids=ids, wanted=wanted, known=None).result
    assert (first["changed"], first["refused"]) == ([], [])
    assert options(site) == [str(blog), str(home), "page"]
    menu = first["after"]["menu"]
    assert menu["items"] == [[home, "", "", -1], [blog, "Ours & “news”", "", 0]]
    assert first["after"]["orders"] == {str(home): 1, str(blog): 2}
    assert "Ours & “news”" in html.unescape(site.fetch(site.wordpress.url + "/").text), "visitors see the menu"

    again = ask(client, "apply", ids=ids, wanted=wanted, known=first["after"]).result
    assert again["before"] == again["after"] == first["after"], "nothing to do"

    other = {"menu": {"name": "Lindenhof", "slug": "2", "items": [[blog, "Blog", -1]]}}
    second = ask(client, "apply", ids=ids, wanted=other, known=first["after"]).result
    assert sorted(map(str, menus(site))) == ["igny8-site-7-1", "igny8-site-7-2"]
    former = {"menu": second["before"]["menu"]}
    back = ask(client, "put_back", ids=ids, before=former, after=second["after"]).result
    assert (back["after"]["menu"], menus(site)) == (menu, ["igny8-site-7-1"])

    back = ask(client, "put_back", ids=ids, before=first["before"], after=first["after"]).result
    assert (back["changed"], back["after"]) == ([], first["before"])
    assert (options(site), menus(site)) == (before, [])
    assert ask(client, "put_back", ids=ids, before=first["before"], after=first["after"]).result["changed"] == []


def test_what_somebody_changed_since_is_left(site: Site, client: PluginClient) -> None:
    (_, home), (_, blog) = page(client, "Home"), page(client, "Blog")
    ids = [home, blog]
    first = ask(client, "apply", ids=ids, wanted=wanted_of(home, blog), known=None).result
    site.wordpress.run_php(f"<?php update_option('page_on_front', {blog}); update_option('page_for_posts', 0);")
    site.sql(f"UPDATE wp_posts SET menu_order = 9 WHERE ID = {blog}")
    back = ask(client, "put_back", ids=ids, before=first["before"], after=first["after"]).result
    assert back["changed"] == ["front", "orders"]
    assert options(site) == ["0", str(blog), "page"]
    assert back["after"]["orders"] == {str(home): 0, str(blog): 9}
    assert menus(site) == []
    site.wordpress.run_php("<?php update_option('show_on_front', 'posts'); update_option('page_on_front', 0);")


def test_a_page_comes_back_byte_for_byte(site: Site, client: PluginClient) -> None:
    body, post_id = page(client, "Before")
    site.sql(f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES ({post_id}, 'theirs', 'a\\\\b')")
    rows, meta = site.post(post_id), site.meta(post_id)
    kept = ask(client, "look", ids=[post_id], keep=True).result["kept"][str(post_id)]
    changed = {**body, "run_id": fresh_id("run"), "post": {**body["post"], "title": "After", "content": "<p>New</p>"}}
    client.publish(changed)
    assert site.post(post_id)["post_title"] == "After"
    left = ask(client, "look", ids=[post_id]).result["posts"][str(post_id)]

    assert ask(client, "put_back_post", **kept, left={**left, "content_hash": "0"}).code == "CONFLICT"
    forged = {**kept, "snapshot": kept["snapshot"].replace("Before", "Forged")}
    assert ask(client, "put_back_post", **forged, left=left).code == "SNAPSHOT_UNKNOWN"
    assert site.post(post_id)["post_title"] == "After"

    back = ask(client, "put_back_post", **kept, left=left).result
    assert (back["changed"], back["post"]["title"]) == (True, "Before")
    assert (site.post(post_id), site.meta(post_id)) == (rows, meta)
    assert ask(client, "put_back_post", **kept, left=left).result["changed"] is False


@pytest.mark.parametrize("body", [{"key": "../x"}, {"ids": "5"}, {"ids": ["5"]}, {"wanted": "x"}, {}])
def test_a_body_that_is_not_right_is_refused(client: PluginClient, body: dict[str, object]) -> None:
    sent = {"contract": 1, "key": "7", "action": "apply" if body else "burn", **body}
    assert client.post_json("site-setup", sent).code == "BAD_REQUEST"


def test_a_style_is_shown_on_pages_with_its_blocks_alone(site: Site, client: PluginClient) -> None:
    body = payload(
        post={"type": "page", "title": "Styled", "slug": "styled", "content": '<p class="site-section">x</p>'}
    )
    client.publish(body)
    page(client, "Bare")
    css = ".has-site-accent-color { color: #123456; }\n"
    first = ask(client, "apply", ids=[], wanted={"style": css}, known=None).result
    assert first["after"]["style"] == css
    styled = site.fetch(f"{site.wordpress.url}/?pagename=styled").text
    assert css in styled
    assert css not in site.fetch(site.wordpress.url + "/").text
    for bad in ("</style><script>", "@import 'x';", "a { background: url(https://x.example/) }"):
        assert ask(client, "apply", ids=[], wanted={"style": bad}, known=None).status == 400
    back = ask(client, "put_back", ids=[], before=first["before"], after=first["after"]).result
    assert back["after"]["style"] == ""
    assert site.sql("SELECT 1 FROM wp_options WHERE option_name = 'igny8_site_styles'") == []


PRESETS = {
    "colors": [["site-accent", "Accent", "#123456"]],
    "fonts": [["site-body", "Running text", 'Charter, "Noto Serif", serif']],
    "sizes": [["site-h2", "Heading", "1.777rem"]],
    "spaces": [["site-3", "Normal", "1.5rem"]],
}
IN_SETTINGS = """<?php
$settings = get_block_editor_settings([], new WP_Block_Editor_Context())['__experimentalFeatures'];
$all = [['color', 'palette'], ['typography', 'fontFamilies'], ['typography', 'fontSizes'], ['spacing', 'spacingSizes']];
echo json_encode(array_map(fn($p) => wp_list_pluck($settings[$p[0]][$p[1]]['custom'] ?? [], 'slug'), $all));
"""


def test_presets_are_offered_in_the_editor_and_put_back(site: Site, client: PluginClient) -> None:
    own = site.wordpress.run_php(IN_SETTINGS)
    first = ask(client, "apply", ids=[], wanted={"presets": PRESETS}, known=None).result
    assert (first["before"]["presets"], first["after"]["presets"]) == ([], PRESETS)
    assert json.loads(site.wordpress.run_php(IN_SETTINGS)) == [["site-accent"], ["site-body"], ["site-h2"], ["site-3"]]
    again = ask(client, "apply", ids=[], wanted={"presets": PRESETS}, known=first["after"]).result
    assert again["changed"] == []
    for bad in (
        {"colors": [["site-a", "A", "red; x"]]},
        {"fonts": [["site-a", "A", "a;b{}"]]},
        {"sizes": [["a", "A", "1rem"]]},
        {"colors": [["site-a", "<b>", "#123456"]]},
        {"others": []},
        {"colors": [{"0": "site-a"}]},
    ):
        assert ask(client, "apply", ids=[], wanted={"presets": bad}, known=None).status == 400, bad
    back = ask(client, "put_back", ids=[], before=first["before"], after=first["after"]).result
    assert back["after"]["presets"] == []
    assert site.wordpress.run_php(IN_SETTINGS) == own
    assert site.sql("SELECT 1 FROM wp_options WHERE option_name = 'igny8_site_presets'") == []
