"""Publishing again updates the same post."""

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, image, payload, png, term


def again(body: dict[str, object], **changes: object) -> dict[str, object]:
    return payload(str(body["content_id"]), fresh_id("run"), **changes)


def test_the_same_post_gets_the_new_version(site: Site, client: PluginClient) -> None:
    body = payload(post={"title": "First", "slug": "keep-this"})
    first = client.publish(body).result
    second = client.publish(again(body, post={"title": "Second \\ 🚀", "content": "<p>New \\u003c</p>"})).result
    post = site.post(first["post_id"])
    assert second["post_id"] == first["post_id"]
    assert second["created"] is False
    assert second["permalink"] == first["permalink"]
    assert (post["post_title"], post["post_content"]) == ("Second \\ 🚀", "<p>New \\u003c</p>")
    assert second["post_date_utc"] == first["post_date_utc"]
    assert all(second["readback"].values())
    assert "Second" in site.fetch(second["permalink"]).text
    assert (
        site.value(
            "SELECT COUNT(*) FROM wp_postmeta WHERE meta_key = '_igny8_content_id' AND meta_value = "
            f"'{body['content_id']}'"
        )
        == "1"
    )


def test_terms_that_the_app_took_away_go_and_those_added_by_hand_stay(site: Site, client: PluginClient) -> None:
    body = payload(terms=[term("Stays"), term("Goes"), term("tag goes", "post_tag")])
    post_id = client.publish(body).result["post_id"]
    site.wordpress.run_php("<?php wp_set_post_terms( (int) $args[0], 'by hand', 'post_tag', true );", str(post_id))
    assert client.publish(again(body, terms=[term("Stays"), term("Comes")])).status == 200
    assert site.term_names(post_id, "category") == ["Comes", "Stays"]
    assert site.term_names(post_id, "post_tag") == ["by hand"]
    assert client.publish(again(body, terms=[])).status == 200
    assert site.term_names(post_id, "category") == ["Uncategorized"]


def test_fields_that_were_emptied_are_emptied(site: Site, client: PluginClient) -> None:
    picture = png()
    relations = {"cluster": {"id": "c1", "name": "C"}, "sector": None, "keyword_ids": ["1"]}
    seo = {"title": "T", "description": "D", "focus_keywords": ["a"]}
    body = payload(seo=seo, relations=relations, images=[image(picture, "featured")])
    post_id = client.publish(body, picture).result["post_id"]
    assert "_thumbnail_id" in site.meta(post_id)
    assert client.publish(again(body)).status == 200
    left = {key for key in site.meta(post_id) if key not in ("_pingme", "_encloseme")}
    assert left == {"_igny8_content_id", "_igny8_run_id", "_igny8_version"}
    assert site.term_names(post_id, "igny8_cluster") == []


def test_what_was_written_by_hand_in_an_seo_plugin_is_not_emptied(site: Site, client: PluginClient) -> None:
    site.break_with(constants={"WPSEO_VERSION": "9"})
    body = payload(seo={"title": "Ours"})
    post_id = client.publish(body).result["post_id"]
    written = f"({post_id}, '_yoast_wpseo_metadesc', 'By hand')"
    site.sql(f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES {written}")
    assert client.publish(again(body)).status == 200
    meta = site.meta(post_id)
    assert "_yoast_wpseo_title" not in meta
    assert meta["_yoast_wpseo_metadesc"] == "By hand"


def test_an_imported_post_is_updated_in_place(site: Site, client: PluginClient) -> None:
    made = (
        "<?php echo wp_insert_post( array( 'post_title' => 'Old', 'post_content' => 'x', "
        "'post_status' => 'publish' ) );"
    )
    post_id = int(site.wordpress.run_php(made))
    body = payload(post={"title": "New", "external_id": str(post_id)})
    result = client.publish(body).result
    assert (result["post_id"], result["created"]) == (post_id, False)
    assert site.post(post_id)["post_title"] == "New"
    gone = client.post(payload(post={"external_id": "99999999"}), "preflight")
    assert gone.error["details"]["problems"][0]["code"] == "POST_MISSING"
    taken = client.post(payload(post={"external_id": str(post_id)}), "preflight")
    assert taken.error["details"]["problems"][0]["code"] == "POST_TAKEN"


def test_a_post_deleted_in_wordpress_is_made_anew(site: Site, client: PluginClient) -> None:
    body = payload()
    first = client.publish(body).result
    site.wordpress.run_php("<?php wp_delete_post( (int) $args[0], true );", str(first["post_id"]))
    found = client.call("post-by-content-id", query={"content_id": str(body["content_id"])}).result
    assert found["state"] == "none"
    second = client.publish(again(body)).result
    assert second["created"] is True
    assert second["post_id"] != first["post_id"]


def test_a_post_in_the_trash_comes_back_at_its_address(site: Site, client: PluginClient) -> None:
    body = payload(post={"slug": "from-the-bin"})
    first = client.publish(body).result
    site.wordpress.run_php("<?php wp_trash_post( (int) $args[0] );", str(first["post_id"]))
    second = client.publish(again(body)).result
    assert second["permalink"] == first["permalink"]
    assert site.fetch(second["permalink"]).status_code == 200
    assert "_wp_trash_meta_status" not in site.meta(first["post_id"])


def test_an_update_that_was_aborted_leaves_the_old_result(client: PluginClient) -> None:
    body = payload()
    first = client.publish(body).result
    update = again(body)
    assert client.post(update, "claim").result["claim"] == "new"
    assert client.post(update, "abort").result == {"aborted": True, "result": None}
    found = client.call("post-by-content-id", query={"content_id": str(body["content_id"])}).result
    assert (found["state"], found["result"]) == ("published", first)
    assert client.post(body, "claim").result["claim"] == "done"
