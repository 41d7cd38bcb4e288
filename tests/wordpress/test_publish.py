"""A publish: what is sent is what is live."""

import hashlib
import json

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, image, payload, png, term


def test_a_new_post_is_live_and_described(site: Site, client: PluginClient) -> None:
    body = payload(post={"title": "Hello & welcome", "excerpt": "Short.", "slug": "Hello Welcome"})
    result = client.publish(body).result
    post = site.post(result["post_id"])
    assert result["post_status"] == post["post_status"] == "publish"
    assert result["created"] is True
    assert result["permalink"].endswith("/hello-welcome/")
    assert result["edit_url"].endswith(f"post.php?post={result['post_id']}&action=edit")
    assert result["site_timezone"] == "America/New_York"
    assert all(result["readback"].values()), result["readback"]
    stored = "\n".join((post["post_title"] or "", post["post_content"] or "", post["post_excerpt"] or ""))
    assert result["content_hash"] == hashlib.sha256(stored.encode()).hexdigest()
    assert [step["step"] for step in result["steps"]] == ["media", "taxonomies", "content", "commit"]
    head = site.head(result["permalink"])
    assert f'<meta name="igny8-content" content="{body["content_id"]}">' in head
