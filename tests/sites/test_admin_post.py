"""WordPress in a directory of its own: where its admin-post.php is, for sites that close the REST API."""

from collections.abc import Iterator

import pytest

from app.core.extensions import db
from app.devstack.wordpress import LocalWordPress
from app.sites import admin_post, connection
from app.sites.models import Site
from app.sites.wordpress_errors import wordpress_error
from tests.factories.blog import Blog

PAGE = """<link href="https://a.example/wp/wp-includes/css/x.css"><script>"https:\\/\\/a.example\\/core\\/wp-admin\\/"</script>
<img src="https://cdn.example/other/wp-includes/x.png"><a href="//a.example/wp/wp-login.php">Log in</a>"""


def test_a_page_names_where_the_files_of_wordpress_are() -> None:
    assert admin_post.paths_in(PAGE.replace("\\/", "/"), "a.example") == ["/wp", "/core"]
    assert admin_post.paths_in("https://a.example/wp-login.php?redirect_to=x", "a.example") == [""]
    assert admin_post.paths_in("<p>wp-includes</p>", "a.example") == []


MOVED = """<?php
$path = strtok($_SERVER['REQUEST_URI'], '?');
if (0 === strpos($path, '/wp-admin/')) { http_response_code(404); echo 'Not found'; exit; }
$is_rest = 0 === strpos($path, '/wp-json') || isset($_GET['rest_route']);
add_filter('pre_option_siteurl', function () { return 'URL/wp'; });
"""
# How plugins and servers close the REST API.
CLOSED = {
    "with an error": "add_filter('rest_authentication_errors', function () {"
    " return new WP_Error('closed', 'No.', array('status' => 401)); });",
    "with a page": "if ($is_rest) { http_response_code(403); exit('<p class=wp-die-message>REST is off</p>'); }",
    "as not found": "if ($is_rest) { http_response_code(404); exit('<link href=/wp-content/themes/x.css>Not found'); }",
}


@pytest.fixture(params=["with an error"])
def apart(blog: Blog, request: pytest.FixtureRequest) -> Iterator[LocalWordPress]:
    """A WordPress whose files are in /wp/, and whose REST API is closed."""
    link, code = blog.wordpress.core / "wp", blog.wordpress.mu_plugins / "0-apart.php"
    link.symlink_to(blog.wordpress.core, target_is_directory=True)
    code.write_text(MOVED.replace("URL", blog.url) + CLOSED[request.param])
    yield blog.wordpress
    code.unlink()
    link.unlink()


@pytest.mark.parametrize("apart", CLOSED, indirect=True)
def test_the_plugin_is_reached_though_nobody_told_where(site: Site, blog: Blog, apart: LocalWordPress) -> None:
    blog.pair(site)
    link = connection.check_connection(site.account_id, site.id)
    assert (link.state, link.transport) == ("connected", 3)
    assert link.remote["admin_post_url"] == f"{blog.url}/wp/wp-admin/admin-post.php"
    credentials = connection.credentials_for(site)
    with connection.open_client(credentials) as client:
        client.get("status")
        assert not client.used_other_transport  # it is asked there at once now


def test_a_rest_api_that_knows_no_such_plugin_leaves_nothing_to_look_for() -> None:
    assert not admin_post.may_be_elsewhere(wordpress_error("PLUGIN_MISSING", details={"reason": "rest_no_route"}))
    assert admin_post.may_be_elsewhere(wordpress_error("PLUGIN_MISSING"))


def test_what_the_plugin_tells_when_it_is_connected_is_used(site: Site, blog: Blog, apart: LocalWordPress) -> None:
    blog.pair(site)
    assert site.connection is not None
    connection.record_pairing(site.connection, {"admin_post_url": "https://a.example/x/wp-admin/admin-post.php"})
    db.session.commit()
    assert connection.credentials_for(site).admin_post == "https://a.example/x/wp-admin/admin-post.php"
