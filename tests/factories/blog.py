"""A real WordPress with the plugin, paired with a site of the application under test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from app.core.extensions import db
from app.devstack.wordpress import LocalWordPress
from app.sites import connection
from app.sites.models import Site
from tests.factories.idle import HOLD, wait_until_idle
from tests.wordpress.warm import WarmWordPress

EMPTY = """<?php
$statuses = ['any', 'trash', 'auto-draft'];
foreach (get_posts(['post_type' => 'any', 'post_status' => $statuses, 'numberposts' => -1]) as $post) {
    wp_delete_post($post->ID, true);
}
foreach (get_posts(['post_type' => 'attachment', 'post_status' => 'any', 'numberposts' => -1]) as $post) {
    wp_delete_attachment($post->ID, true);
}
foreach (['category', 'post_tag', 'igny8_cluster', 'igny8_sector'] as $taxonomy) {
    foreach (get_terms(['taxonomy' => $taxonomy, 'hide_empty' => false, 'fields' => 'ids']) as $term) {
        wp_delete_term($term, $taxonomy);
    }
}
array_map('wp_delete_nav_menu', wp_get_nav_menus(['fields' => 'ids']));
remove_theme_mod('nav_menu_locations');
update_option('show_on_front', 'posts');
global $wpdb;
$wpdb->query("DELETE FROM {$wpdb->prefix}igny8_map");
// What a plugin's types and taxonomies left is not found by WordPress once the plugin is away.
$types = "'" . implode("', '", get_post_types()) . "'";
$taxonomies = "'" . implode("', '", get_taxonomies()) . "'";
$wpdb->query(
    "DELETE p, m FROM {$wpdb->posts} p LEFT JOIN {$wpdb->postmeta} m ON m.post_id = p.ID"
    . " WHERE p.post_type NOT IN ($types)"
);
$wpdb->query(
    "DELETE t, x, r FROM {$wpdb->term_taxonomy} x JOIN {$wpdb->terms} t USING (term_id)"
    . " LEFT JOIN {$wpdb->term_relationships} r USING (term_taxonomy_id) WHERE x.taxonomy NOT IN ($taxonomies)"
);
"""
# WordPress takes its time to delete a post: hundreds go another way.
MANY = "SELECT 1 FROM wp_posts WHERE post_type = 'post' HAVING COUNT(*) > 40"
DELETE_POSTS = """
DELETE m FROM wp_postmeta m JOIN wp_posts p ON p.ID = m.post_id WHERE p.post_type = 'post';
DELETE r FROM wp_term_relationships r JOIN wp_posts p ON p.ID = r.object_id WHERE p.post_type = 'post';
DELETE FROM wp_posts WHERE post_type = 'post';
UPDATE wp_term_taxonomy SET count = 0;
"""
# Slows down the plugin's requests, so that a test can act in the middle of one.
SLOW = (
    f"<?php {HOLD}"
    + """
add_filter('rest_pre_dispatch', function ($result, $server, $request) {
    if (0 === strpos($request->get_route(), '/igny8/')) { usleep(%d); }
    return $result;
}, 1, 3);
"""
)
# Keeps the plugin's requests waiting while the file is there.
HELD = """<?php
add_filter('rest_pre_dispatch', function ($result, $server, $request) {
    while (0 === strpos($request->get_route(), '/igny8/') && file_exists(__DIR__ . '/held')) {
        usleep(20000);
        clearstatcache();
    }
    return $result;
}, 1, 3);
"""


class Blog:
    """What tests want to know of a WordPress and do to it."""

    def __init__(self, wordpress: LocalWordPress) -> None:
        self.wordpress = wordpress
        self.url = wordpress.url

    def pair(self, site: Site, app_url: str = "http://127.0.0.1:9") -> None:
        """Point the site here and give its key to the plugin."""
        site.url = self.url
        key = connection.connection_key(connection.make_key(site), app_url)
        db.session.commit()
        self.wordpress.connect(key)

    def count(self, what: str) -> int:
        """How many ``post`` or ``attachment`` rows there are, or files in the uploads folder."""
        if what == "file":
            return sum(path.is_file() for path in self.wordpress.uploads.rglob("*"))
        rows = self.wordpress.sql(f"SELECT COUNT(*) AS n FROM wp_posts WHERE post_type = '{what}'")
        return int(rows[0]["n"] or 0)

    def titles(self) -> list[str | None]:
        """Titles of all posts with their status."""
        rows = self.wordpress.sql("SELECT post_title, post_status FROM wp_posts WHERE post_type = 'post' ORDER BY ID")
        return [f"{row['post_title']} ({row['post_status']})" for row in rows]

    def get(self, url: str) -> requests.Response:
        """A page as a visitor gets it."""
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=20)

    def slow_down(self, seconds: float) -> None:
        """Have each request to the plugin take longer; 0 undoes it."""
        path = self.wordpress.mu_plugins / "slow.php"
        if seconds:
            path.write_text(SLOW % int(seconds * 1_000_000))
        else:
            path.unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Answer no request to the plugin until the block ends."""
        program, mark = self.wordpress.mu_plugins / "held.php", self.wordpress.mu_plugins / "held"
        mark.touch()
        program.write_text(HELD)
        try:
            yield
        finally:
            mark.unlink()
            program.unlink()

    def wait_until_idle(self) -> None:
        """Wait until the slow requests have ended, that of a killed worker too."""
        wait_until_idle(self.wordpress.mu_plugins)


@pytest.fixture(scope="session")
def _blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    wordpress = WarmWordPress(tmp_path_factory.mktemp("blog"), title="The blog", cron=False)
    missing = wordpress.available()
    assert missing is None, missing
    wordpress.start()
    yield Blog(wordpress)
    wordpress.stop()


@pytest.fixture
def blog(_blog: Blog) -> Iterator[Blog]:
    """The WordPress of this test process, without posts, media, terms or claims."""
    _blog.slow_down(0)
    if _blog.wordpress.sql(MANY):
        _blog.wordpress.sql(DELETE_POSTS)
    _blog.wordpress.run_php(EMPTY)
    yield _blog
    _blog.slow_down(0)
