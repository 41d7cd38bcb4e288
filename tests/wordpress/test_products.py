"""Products are made and updated by WooCommerce, and only their texts and images are ours."""

import hashlib

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, image, payload, png, term

TEXT = {"type": "product", "title": "A \\ grinder", "content": "<p>Regex \\d 🚀</p>", "excerpt": "Short \\n"}


@pytest.fixture(autouse=True)
def shop(site: Site) -> None:
    site.break_with(woocommerce=True)


def lookup(site: Site, post_id: int) -> list[dict[str, str | None]]:
    return site.sql(f"SELECT status FROM wp_wc_product_meta_lookup WHERE product_id = {post_id}")


def test_a_product_is_live_with_its_type_and_its_texts_whole(site: Site, client: PluginClient) -> None:
    pictures = [png() for _ in range(3)]
    body = payload(
        post=TEXT,
        terms=[term("Grinders", "product_cat"), term("steel", "product_tag")],
        images=[image(data, "gallery" if number else "featured", number) for number, data in enumerate(pictures)],
    )
    result = client.publish(body, *pictures).result
    post = site.post(result["post_id"])
    assert (result["post_type"], post["post_status"]) == ("product", "publish")
    assert (post["post_title"], post["post_content"], post["post_excerpt"]) == (
        TEXT["title"],
        TEXT["content"],
        TEXT["excerpt"],
    )
    ids = [str(result["images"][hashlib.sha256(data).hexdigest()]["attachment_id"]) for data in pictures]
    meta = site.meta(result["post_id"])
    assert (meta["_thumbnail_id"], meta["_product_image_gallery"]) == (ids[0], ",".join(ids[1:]))
    assert site.term_names(result["post_id"], "product_type") == ["simple"]
    assert site.term_names(result["post_id"], "product_cat") == ["Grinders"]
    assert lookup(site, result["post_id"]) == [{"status": "publish"}]
    assert all(result["readback"].values())
    assert client.call("site-metadata").result["woocommerce"] == {"active": True, "version": "9.1.0"}


def test_an_update_touches_neither_price_nor_images_of_the_shop(site: Site, client: PluginClient) -> None:
    picture, by_hand = png(), 4711
    body = payload(post=TEXT, images=[image(picture, "gallery")])
    result = client.publish(body, picture).result
    post_id, ours = result["post_id"], result["images"][image(picture)["sha256"]]["attachment_id"]
    site.sql(f"UPDATE wp_postmeta SET meta_value = '9.90' WHERE post_id = {post_id} AND meta_key = '_price'")
    site.sql(
        f"UPDATE wp_postmeta SET meta_value = '{ours},{by_hand}' "
        f"WHERE post_id = {post_id} AND meta_key = '_product_image_gallery'"
    )
    second = client.publish(payload(body["content_id"], post=TEXT | {"title": "New \\ name"})).result
    meta = site.meta(post_id)
    assert (second["post_id"], site.post(post_id)["post_title"]) == (post_id, "New \\ name")
    assert (meta["_price"], meta["_product_image_gallery"]) == ("9.90", str(by_hand))


@pytest.mark.parametrize("moment", ["draft", "live", "woocommerce_new_product", "woocommerce_update_product"])
@pytest.mark.parametrize("fault", ["throw", "exit", "ddl", "raw_commit", "kill_connection"])
def test_a_product_that_fails_leaves_nothing(site: Site, client: PluginClient, fault: str, moment: str) -> None:
    client.publish(payload(post=TEXT))
    before = (site.traces(), site.value("SELECT COUNT(*) FROM wp_wc_product_meta_lookup"))
    site.break_with(woocommerce=True, **{fault: moment})
    assert client.publish(payload(post=TEXT)).status == 500
    site.clear_log()
    site.break_with(woocommerce=True)
    assert (site.traces(), site.value("SELECT COUNT(*) FROM wp_wc_product_meta_lookup")) == before


def test_what_the_shop_refuses_is_told(site: Site, client: PluginClient) -> None:
    before = site.traces()
    answer = client.publish(payload(post=TEXT | {"title": "Refused by the shop"}))
    assert (answer.code, answer.error["step"]) == ("POST_FAILED", "content")
    assert "No such product." in answer.error["message"]
    assert site.traces() == before


def test_without_a_shop_a_product_is_a_problem(site: Site, client: PluginClient) -> None:
    site.break_with()
    problems = client.post(payload(post=TEXT), "preflight").error["details"]["problems"]
    assert [problem["code"] for problem in problems] == ["PRODUCT_WITHOUT_WOOCOMMERCE"]
