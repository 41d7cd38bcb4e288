"""The tables, and the zip that people install."""

import subprocess
import zipfile
from pathlib import Path

from tests.wordpress.conftest import Site

ROOT = Path(__file__).parents[2]


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
