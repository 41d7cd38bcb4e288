"""Activation, uninstalling, and the zip that people install."""

import subprocess
import zipfile
from pathlib import Path

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import payload

ROOT = Path(__file__).parents[2]
TABLES = (
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'wp_igny8%'"
)


def test_uninstalling_removes_what_is_the_plugins_own_and_activation_makes_it_anew(site: Site) -> None:
    post_id = site.client.publish(payload()).result["post_id"]
    try:
        site.wordpress.run_php(
            "<?php require ABSPATH . 'wp-admin/includes/plugin.php'; deactivate_plugins( 'igny8/igny8.php' ); "
            "uninstall_plugin( 'igny8/igny8.php' );"
        )
        assert site.value(TABLES) == "0"
        assert site.value("SELECT COUNT(*) FROM wp_options WHERE option_name LIKE 'igny8%'") == "0"
        assert site.post(post_id)["post_status"] == "publish"
    finally:
        site.wordpress.run_php("install.php", "x", "x", "igny8")
        site.client = site.pair()
    assert site.value(TABLES) == "3"
    assert site.client.publish(payload()).result["post_status"] == "publish"


def test_the_claim_table_tells_upper_from_lower_case_and_can_roll_back(site: Site) -> None:
    made = site.sql("SHOW CREATE TABLE wp_igny8_map")[0]["Create Table"] or ""
    assert "`content_id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL" in made
    assert "PRIMARY KEY (`content_id`)" in made
    assert "ENGINE=InnoDB" in made


def test_a_site_that_leaves_a_network_takes_its_tables_along(site: Site) -> None:
    names = site.wordpress.run_php("<?php echo implode( ' ', IGNY8_Tables::names_to_drop( array( 'wp_posts' ), 1 ) );")
    assert names == "wp_posts wp_igny8_map wp_igny8_nonces wp_igny8_outbox"


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
