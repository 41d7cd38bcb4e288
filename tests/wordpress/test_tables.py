"""The tables, and the zip that people install."""

import subprocess
import zipfile
from pathlib import Path

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import payload
from tests.wordpress.test_health import renamed

ROOT = Path(__file__).parents[2]
REFUSED = """<?php
add_filter( 'query', static function ( $sql ) { return str_replace( 'CREATE TABLE', 'CREATE NOTHING', $sql ); } );
$GLOBALS['wpdb']->suppress_errors( true );
try {
    IGNY8_Tables::make_missing();
} catch ( IGNY8_Exception $refusal ) {
    echo $refusal->error_code, ' ', strpos( $refusal->getMessage(), 'wp_igny8_map' ) ? 'wp_igny8_map' : '';
}
"""


def test_the_claim_table_tells_upper_from_lower_case_and_can_roll_back(site: Site) -> None:
    made = site.sql("SHOW CREATE TABLE wp_igny8_map")[0]["Create Table"] or ""
    assert "`content_id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL" in made
    assert "PRIMARY KEY (`content_id`)" in made
    assert "ENGINE=InnoDB" in made


def test_a_site_that_leaves_a_network_takes_its_tables_along(site: Site) -> None:
    names = site.wordpress.run_php("<?php echo implode( ' ', IGNY8_Tables::names_to_drop( array( 'wp_posts' ), 1 ) );")
    assert names == "wp_posts wp_igny8_map wp_igny8_nonces wp_igny8_outbox"


def test_a_publish_makes_a_claim_table_that_is_lost_and_takes_its_post_back(site: Site) -> None:
    body = payload(post={"title": "Older than its row"})
    post_id = site.client.publish(body).result["post_id"]
    again = payload(body["content_id"], post={"title": "Older than its row", "external_id": post_id})
    with renamed(site, "wp_igny8_map"):
        assert "TABLES_NOT_INNODB" not in str(site.client.post(again, "preflight").result)
        site.sql("DROP TABLE wp_igny8_map")
        result = site.client.publish(again).result
        assert (result["post_id"], result["created"]) == (post_id, False)
        assert site.sql("SELECT state FROM wp_igny8_map") == [{"state": "published"}]


def test_a_table_that_cannot_be_made_is_named(site: Site) -> None:
    with renamed(site, "wp_igny8_map"):
        told = site.wordpress.run_php(REFUSED)
    assert told == "TABLES_MISSING wp_igny8_map"


def test_the_zip_is_the_plugin_and_always_the_same_bytes(tmp_path: Path) -> None:
    copies = []
    for _ in range(2):
        subprocess.run([str(ROOT / "scripts" / "build-plugin.sh")], check=True, capture_output=True)
        copies.append((ROOT / "build" / "igny8.zip").read_bytes())
    assert copies[0] == copies[1]
    archive = tmp_path / "igny8.zip"
    archive.write_bytes(copies[0])
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
    source = ROOT / "wordpress-plugin"
    assert names == {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    assert {"igny8/igny8.php", "igny8/readme.txt", "igny8/uninstall.php"} <= names
