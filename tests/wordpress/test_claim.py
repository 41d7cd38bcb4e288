"""Preflight, claim and abort."""

from tests.factories.live import wait_for
from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import Answer, PluginClient, fresh_id, image, payload, png, term


def codes(answer: Answer) -> list[str]:
    error = answer.error
    assert error["code"] == "PREFLIGHT_FAILED"
    return [problem["code"] for problem in error["details"]["problems"]]


def test_all_problems_come_at_once_and_nothing_is_changed(site: Site, client: PluginClient) -> None:
    before = site.traces()
    body = payload(
        post={"title": "<b> </b>", "content": "<p>&nbsp;</p>", "author_email": "nobody@example.com"},
        terms=[term("X", "no_such_taxonomy")],
        images=[
            image(png(), mime="image/svg+xml", filename="a.svg"),
            image(png(), size=900 * 1024 * 1024),
        ],
    )
    for action in ("preflight", "claim"):
        answer = client.post(body, action)
        assert (answer.status, answer.error["step"], answer.error["retry_recommended"]) == (422, "preflight", False)
        assert codes(answer) == [
            "TITLE_EMPTY",
            "CONTENT_EMPTY",
            "TAXONOMY_UNKNOWN",
            "AUTHOR_UNKNOWN",
            "IMAGE_TYPE_REFUSED",
            "IMAGE_TOO_LARGE",
        ]
        assert all(problem["message"] and problem["cure"] for problem in answer.error["details"]["problems"])
    assert site.traces() == before


def test_a_post_type_has_to_be_enabled(client: PluginClient) -> None:
    assert codes(client.post(payload(post={"type": "attachment"}), "preflight")) == ["POST_TYPE_DISABLED"]
    assert codes(client.post(payload(post={"type": "product"}), "preflight")) == ["PRODUCT_WITHOUT_WOOCOMMERCE"]


def test_an_image_in_the_text_has_to_be_among_the_images(client: PluginClient) -> None:
    body = payload(post={"content": f'<img src="igny8-image:{"a" * 64}">'})
    assert codes(client.post(body, "preflight")) == ["IMAGE_MISSING"]


def test_preflight_knows_images_and_the_post_that_are_there(client: PluginClient) -> None:
    picture = png()
    body = payload(images=[image(picture)])
    nothing: dict[str, object] = {"known_images": {}, "existing": None, "warnings": []}
    gallery: dict[str, object] = {"limit": 5, "overflow": "skip", "skipped": []}
    assert client.post(body, "preflight").result == nothing | {"gallery": gallery}
    published = client.publish(body, picture).result
    found = client.post({**body, "run_id": fresh_id("run")}, "preflight").result
    assert found["known_images"] == published["images"]
    assert found["existing"] == {
        "post_id": published["post_id"],
        "permalink": published["permalink"],
        "payload_hash": body["payload_hash"],
    }


def test_a_second_run_has_to_wait(site: Site, client: PluginClient) -> None:
    body = payload()
    assert client.post(body, "claim").result["claim"] == "new"
    other = client.post({**body, "run_id": fresh_id("run")}, "claim")
    assert (other.status, other.code, other.error["retry_recommended"]) == (409, "CLAIMED_BY_OTHER", True)
    assert client.post(body, "claim").result["claim"] == "same_run"
    late = client.post({**body, "run_id": fresh_id("run")}, "publish")
    assert (late.status, late.code) == (409, "CLAIM_LOST")


def test_publishing_needs_a_claim(site: Site, client: PluginClient) -> None:
    before = site.traces()
    assert client.post(payload(), "publish").code == "CLAIM_LOST"
    assert client.upload(payload(), png()).code == "CLAIM_LOST"
    assert site.traces() == before


def test_a_run_that_has_published_gets_its_result_again(site: Site, client: PluginClient) -> None:
    body = payload(terms=[term("Once more")])
    result = client.publish(body).result
    before = site.traces()
    again = client.post(body, "claim").result
    assert (again["claim"], again["result"]) == ("done", result)
    assert client.post(body, "publish").result == result
    assert client.post(body, "abort").result == {"aborted": False, "result": result}
    assert site.traces() == before


def test_abort_removes_what_the_run_made(site: Site, client: PluginClient) -> None:
    before = site.traces()
    pictures = [png(), png(400, 300)]
    body = payload(images=[image(data) for data in pictures])
    client.post(body, "claim")
    for data in pictures:
        assert client.upload(body, data).result["created"]
    assert site.traces() != before
    assert client.post(body, "abort").result == {"aborted": True, "result": None}
    assert site.traces() == before
    assert client.post(body, "abort").result == {"aborted": False, "result": None}
    short = {name: body[name] for name in ("contract", "run_id", "content_id")}
    assert client.post({**short, "action": "abort"}).result["aborted"] is False


def test_a_stale_claim_is_taken_over_and_cleaned(site: Site, client: PluginClient) -> None:
    before = site.traces()
    old = payload(images=[image(png())])
    picture = png()
    old["images"] = [image(picture)]
    client.post(old, "claim")
    client.upload(old, picture)
    site.age_claim(old["content_id"], 119)
    new = {**old, "run_id": fresh_id("run")}
    assert client.post(new, "claim").code == "CLAIMED_BY_OTHER"
    site.age_claim(old["content_id"], 10)
    taken = client.post(new, "claim").result
    assert taken["claim"] == "taken_over"
    assert {**site.traces(), "claims": before["claims"]} == before
    assert client.upload(old, picture).code == "CLAIM_LOST"
    assert client.post(old, "publish").code == "CLAIM_LOST"
    assert client.post(old, "abort").result["aborted"] is False
    client.post(new, "abort")
    assert site.traces() == before


def test_stale_claims_are_swept_on_any_request(site: Site, client: PluginClient) -> None:
    before = site.traces()
    body = payload()
    client.post(body, "claim")
    client.upload(body, png())
    site.age_claim(body["content_id"])
    site.wordpress.run_php("<?php delete_option( 'igny8_swept_at' );")
    client.call("status")
    wait_for(lambda: site.traces() == before, what="the sweep, which follows the answer")
    assert client.post(body, "publish").code == "CLAIM_LOST"


def test_a_copy_of_the_site_publishes_nothing(site: Site, client: PluginClient) -> None:
    before = site.traces()
    site.break_with(home_url="http://staging.example.com")
    body = payload()
    assert client.call("status").result["paired"] is False
    assert codes(client.post(body, "preflight")) == ["SITE_CLONED"]
    for answer in (client.post(body, "claim"), client.post(body, "publish"), client.upload(body, png())):
        assert (answer.status, answer.code) == (409, "SITE_CLONED")
        assert answer.error["details"]["home_url"].startswith("http://staging.example.com")
    assert site.traces() == before
    site.break_with()
    assert client.call("status").result["paired"] is True


def test_html_that_wordpress_would_strip_is_told_before(site: Site, client: PluginClient) -> None:
    site.break_with(no_unfiltered_html=True)
    before = site.traces()
    content = (
        '<!-- wp:acme/x {"html":"\\u003cscript\\u003e"} /-->'
        '<!-- wp:html --><iframe src="https://example.com/v"></iframe><!-- /wp:html -->'
        '<div style="display:grid;color:red" onclick="x()">a</div><script>1</script><a href="javascript:x()">j</a>'
    )
    answer = client.post(payload(post={"content": content}), "claim")
    assert codes(answer) == ["ADDRESS_NOT_PUBLIC", "HTML_WOULD_BE_STRIPPED"]  # javascript: opens nothing
    message = answer.error["details"]["problems"][1]["message"]
    for part in ("iframe", "div onclick", "div style display", "script", "a href", "wp:acme/x attributes"):
        assert part in message
    assert "color" not in message
    assert site.traces() == before


def test_html_that_stays_is_no_problem_for_a_user_without_unfiltered_html(site: Site, client: PluginClient) -> None:
    site.break_with(no_unfiltered_html=True)
    picture = png()
    hash_ = image(picture)["sha256"]
    content = (
        '<!-- wp:image {"a":"\\u00e9 \\\\d"} -->'
        f'<figure class="wp-block-image"><img src="igny8-image:{hash_}" alt=\'x & y\'/>'
        "</figure><!-- /wp:image --><p>a &amp; b &nbsp; <br/> <b>c</b> <a href='https://e.com/?a=1&b=2'>l</a> 1 < 2</p>"
    )
    result = client.publish(payload(post={"content": content}, images=[image(picture)]), picture).result
    stored = site.post(result["post_id"])["post_content"] or ""
    assert "\\\\d" in stored
    assert result["images"][hash_]["url"] in stored


def test_the_acting_user_needs_the_rights(site: Site, client: PluginClient) -> None:
    change = (
        "<?php $c = get_option( 'igny8_connection' ); $c['user_id'] = (int) $args[0]; "
        "update_option( 'igny8_connection', $c ); "
    )
    make = "<?php echo wp_insert_user( array( 'user_login' => 'sub', 'user_pass' => 'x', 'role' => $args[0] ) );"
    user = site.wordpress.run_php(make, "contributor")
    try:
        site.wordpress.run_php(change, user)
        assert codes(client.post(payload(), "claim")) == ["USER_NOT_ALLOWED"]
        site.wordpress.run_php(change, "999999")
        assert "USER_NOT_ALLOWED" in codes(client.post(payload(), "claim"))
        site.wordpress.run_php("<?php ( new WP_User( (int) $args[0] ) )->set_role( 'author' );", user)
        site.wordpress.run_php(change, user)
        new_category = payload(terms=[term("Only editors make these")])
        assert codes(client.post(new_category, "claim")) == ["USER_NOT_ALLOWED"]
        assert client.publish(payload(terms=[term("authors may", "post_tag")])).result["post_status"] == "publish"
    finally:
        site.wordpress.run_php(change, "1")
        site.wordpress.run_php(
            "<?php require ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( (int) $args[0], 1 );", user
        )
