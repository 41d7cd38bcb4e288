"""Deleting the plugin: everything stays, or everything of ours goes, as the settings say."""

from collections.abc import Iterator

import pytest
import requests

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import payload, term
from tests.wordpress.test_settings_page import read, signed_in

DELETE = """<?php
require_once ABSPATH . 'wp-admin/includes/plugin.php';
deactivate_plugins( 'igny8/igny8.php' );
uninstall_plugin( 'igny8/igny8.php' );
"""
TABLES = (
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'wp\\_igny8%'"
)
OPTIONS = "SELECT COUNT(*) FROM wp_options WHERE option_name LIKE '%igny8\\_%' OR option_value LIKE '%igny8\\_%'"
OF_OURS = {
    "postmeta": "SELECT COUNT(*) FROM wp_postmeta WHERE meta_key LIKE '\\_igny8%'",
    "termmeta": "SELECT COUNT(*) FROM wp_termmeta WHERE meta_key LIKE '\\_igny8%'",
    "terms": "SELECT COUNT(*) FROM wp_term_taxonomy WHERE taxonomy LIKE 'igny8%'",
}


@pytest.fixture(autouse=True)
def unticked(site: Site) -> None:
    """No other test has ticked the box."""
    site.sql("DELETE FROM wp_options WHERE option_name = 'igny8_remove_data'")


@pytest.fixture
def installed_again(site: Site) -> Iterator[None]:
    """Afterwards the plugin is there as before."""
    yield
    site.sql("DELETE FROM wp_options WHERE option_name = 'igny8_remove_data'")
    site.wordpress.run_php("install.php", "x", "x", "igny8")
    site.client = site.pair()


def published(site: Site) -> int:
    body = payload(
        terms=[term("Kept")],
        relations={"cluster": {"id": "77", "name": "Beans"}, "sector": {"id": "3", "name": "Food"}},
        seo={"title": "T"},
    )
    post_id = site.client.publish(body).result["post_id"]
    assert isinstance(post_id, int)
    return post_id


def ask(site: Site, wanted: str) -> None:
    """Tick or untick the box on the settings page."""
    with signed_in(site, "admin") as admin:
        page = read(site, admin).split('action="options.php"')[1]
        assert "Remove all IGNY8 data when the plugin is deleted" in page
        nonce = page.split('name="_wpnonce" value="')[1].split('"')[0]
        form = {
            "option_page": "igny8",
            "action": "update",
            "_wpnonce": nonce,
            "igny8_remove_data": wanted,
            "igny8_settings[gallery_limit]": "5",
        }
        answer = admin.post(f"{site.wordpress.url}/wp-admin/options.php", data=form, timeout=30)
        assert answer.status_code == 200
        page = read(site, admin)
        assert ("checked" in page.split('name="igny8_remove_data" value="1"')[1][:20]) is (wanted == "1")


def test_the_box_is_off_until_somebody_ticks_it(site: Site) -> None:
    with signed_in(site, "admin") as admin:
        page = read(site, admin)
    assert "checked" not in page.split('name="igny8_remove_data" value="1"')[1][:20]
    site.forget_settings()


@pytest.mark.usefixtures("installed_again")
def test_unless_asked_everything_stays_and_a_new_installation_goes_on(site: Site) -> None:
    post_id = published(site)
    site.wordpress.run_php("<?php wp_schedule_event( time() + 3600, 'hourly', 'igny8_of_the_older_plugin' );")
    site.wordpress.run_php(DELETE)
    assert site.value(TABLES) == "3"
    assert site.meta(post_id)["_igny8_seo_title"] == "T"
    cron = site.value("SELECT option_value FROM wp_options WHERE option_name = 'cron'") or ""
    assert "igny8_of_the_older_plugin" in cron
    site.wordpress.run_php("<?php wp_unschedule_hook( 'igny8_of_the_older_plugin' );")
    assert "igny8" not in cron.replace("igny8_of_the_older_plugin", "")
    assert requests.get(site.wordpress.url, timeout=30).status_code == 200
    site.wordpress.run_php("install.php", "x", "x", "igny8")
    assert site.client.call("status").result["paired"] is True
    assert site.client.call("health").result["stats"]["posts_managed"] > 0


@pytest.mark.usefixtures("installed_again")
def test_what_the_older_plugin_noted_stays_when_all_of_ours_goes(site: Site) -> None:
    ours = published(site)
    old = (
        "$old = wp_insert_post(['post_title' => 'Of the older plugin', 'post_status' => 'publish']);"
        "update_post_meta($old, '_igny8_task_id', '5'); update_post_meta($old, '_igny8_meta_title', 'Old');"
        f"update_post_meta({ours}, '_igny8_meta_title', 'Old'); update_option('igny8_api_mode', 'old');"
        "$term = wp_insert_term('Old cluster', 'igny8_cluster'); add_term_meta($term['term_id'], '_igny8_x', 'y');"
        "echo $old;"
    )
    old_id = int(site.wordpress.run_php(f"<?php {old}"))
    ask(site, "1")
    site.wordpress.run_php(DELETE)
    kept = site.sql(f"SELECT post_id, meta_key, meta_value FROM wp_postmeta WHERE meta_key LIKE '{chr(92)}_igny8%'")
    site.sql("DELETE FROM wp_postmeta WHERE meta_key LIKE '\\_igny8%'")
    of_terms = site.value("SELECT COUNT(*) FROM wp_termmeta WHERE meta_key LIKE '\\_igny8%'")
    option = site.value("SELECT option_value FROM wp_options WHERE option_name = 'igny8_api_mode'")
    terms = site.value("SELECT COUNT(*) FROM wp_term_taxonomy WHERE taxonomy LIKE 'igny8%'")
    site.sql("DELETE FROM wp_options WHERE option_name = 'igny8_api_mode'")
    site.sql("DELETE FROM wp_termmeta WHERE meta_key LIKE '\\_igny8%'")
    site.sql("DELETE FROM wp_term_taxonomy WHERE taxonomy LIKE 'igny8%'")
    site.sql("DELETE FROM wp_terms WHERE slug = 'old-cluster'")
    assert sorted((int(row["post_id"]), row["meta_key"]) for row in kept) == sorted(
        [(old_id, "_igny8_task_id"), (old_id, "_igny8_meta_title"), (ours, "_igny8_meta_title")]
    )
    assert (option, terms, of_terms) == ("old", "1", "1")


@pytest.mark.usefixtures("installed_again")
def test_when_asked_everything_of_ours_goes_and_posts_stay(site: Site) -> None:
    post_id = published(site)
    ask(site, "0")
    ask(site, "1")
    site.wordpress.run_php(DELETE)
    assert site.value(TABLES) == "0"
    assert site.value(OPTIONS) == "0"
    for what, query in OF_OURS.items():
        assert site.value(query) == "0", what
    assert site.post(post_id)["post_status"] == "publish"
    assert site.term_names(post_id, "category") == ["Kept"]
    orphans = "SELECT COUNT(*) FROM wp_terms t LEFT JOIN wp_term_taxonomy x USING (term_id) WHERE x.term_id IS NULL"
    assert site.value(orphans) == "0"
