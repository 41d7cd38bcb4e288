"""SEO fields of terms in Yoast's one option: ours are as sent, and no byte of another one changes."""

import pytest

from tests.wordpress.conftest import Site, on_one_core
from tests.wordpress.plugin_client import PluginClient
from tests.wordpress.test_seo_plugins import served, use
from tests.wordpress.test_term_pages import body_for, existing

pytestmark = on_one_core
OPTION = "wp_options WHERE option_name = 'wpseo_taxonomy_meta'"
TEXT = 'Bob\'s "best" C:\\tea <5 min 20%ab'
FOREIGN = {"wpseo_bctitle": "Bob's \\ <i>20%ab</i>", "wpseo_focuskeywords": '[{"keyword":"Bob\'s","score":""}]'}


def php(value: object) -> str:
    """Return a value as PHP serialises it."""
    if isinstance(value, dict):
        return f"a:{len(value)}:{{{''.join(php(key) + php(one) for key, one in value.items())}}}"
    return f"i:{value};" if isinstance(value, int) else f's:{len(str(value).encode())}:"{value}";'


def test_five_publishes_leave_all_other_fields_of_yoast_byte_for_byte(site: Site, client: PluginClient) -> None:
    name, term_id = existing(site, client)
    use(site, "yoast")
    others = {"category": {term_id: FOREIGN, 99999: FOREIGN}, "gone_taxonomy": {7: FOREIGN}}
    stored = php(others)
    site.sql(f"DELETE FROM {OPTION}")
    site.sql(
        "INSERT INTO wp_options (option_name, option_value, autoload) "
        f"VALUES ('wpseo_taxonomy_meta', 0x{stored.encode().hex()}, 'yes')"
    )
    body = body_for(name, seo={"title": TEXT, "description": TEXT, "focus_keywords": ["Bob's tea"]})
    for number in range(5):
        seo = body["seo"] | {"description": f"{TEXT} {number}"}
        answer = client.publish(body_for(name, body["content_id"], seo=seo))
        assert answer.status == 200, answer.error
        assert served(site, answer.result["permalink"])[:2] == (TEXT, f"{TEXT} {number}")
    (row,) = site.sql(f"SELECT option_value, autoload FROM {OPTION}")
    ours = {
        "wpseo_title": 'Bob\'s "best" C:&#92;tea &lt;5 min 20&#37;ab',
        "wpseo_desc": 'Bob\'s "best" C:&#92;tea &lt;5 min 20&#37;ab 4',
        "wpseo_focuskw": "Bob's tea",
    }
    others["category"][term_id] = FOREIGN | ours
    assert (row["option_value"], row["autoload"]) == (php(others), "yes")
    (told,) = client.call("taxonomies", query={"ids": str(term_id)}).result["items"]
    assert (told["seo"]["title"], told["seo"]["description"]) == (TEXT, f"{TEXT} 4")
    emptied = {"title": "", "description": "", "canonical": "", "focus_keywords": []}
    assert client.publish(body_for(name, body["content_id"], seo=emptied)).status == 200
    others["category"][term_id] = FOREIGN
    assert site.value(f"SELECT option_value FROM {OPTION}") == stored


@pytest.mark.parametrize("plugin", [None, "rankmath", "seopress"])
def test_a_term_gets_slashes_exactly_once(site: Site, client: PluginClient, plugin: str | None) -> None:
    name, term_id = existing(site, client)
    if plugin:
        use(site, plugin)
    body = body_for(name, seo={"title": TEXT, "description": TEXT, "canonical": "https://Example.com/ä"})
    for _ in range(2):
        result = client.publish(body).result
        assert served(site, result["permalink"])[:2] == (TEXT, TEXT)
        body = body_for(name, body["content_id"], post={"content": "Other words"}, seo=body["seo"])
    (told,) = client.call("taxonomies", query={"ids": str(term_id)}).result["items"]
    assert told["seo"]["title"] == TEXT
    site.sql("DELETE FROM wp_options WHERE option_name = 'rank_math_registration_skip'")
