"""Settings, IGNY8 in wp-admin, as a person uses it."""

import re
from collections.abc import Iterator

import pytest
import requests

from app.sites import signing
from tests.wordpress.conftest import NO_APP, Site
from tests.wordpress.plugin_client import PluginClient

PAGE = "/wp-admin/options-general.php?page=igny8"


def signed_in(site: Site, name: str) -> requests.Session:
    browser = requests.Session()
    browser.cookies.set("wordpress_test_cookie", "WP Cookie check")
    form = {"log": name, "pwd": site.wordpress.password_of(name), "wp-submit": "Log In", "testcookie": "1"}
    answer = browser.post(f"{site.wordpress.url}/wp-login.php", data=form, timeout=30, allow_redirects=False)
    assert answer.status_code == 302
    return browser


@pytest.fixture
def admin(site: Site) -> Iterator[requests.Session]:
    """An administrator's browser; afterwards the site is paired again."""
    with signed_in(site, "admin") as session:
        yield session
    site.forget_settings()
    site.client = site.pair()


def read(site: Site, admin: requests.Session) -> str:
    answer = admin.get(site.wordpress.url + PAGE, timeout=30)
    assert answer.status_code == 200
    return answer.text


def save(site: Site, admin: requests.Session, **fields: str) -> str:
    page = read(site, admin)
    option_form = next(part for part in page.split("<form")[1:] if "options.php" in part)
    form = dict(re.findall(r"name=[\"']([^\"']+)[\"'] value=[\"']([^\"']*)[\"']", option_form.split("</form>")[0]))
    form = {name: value for name, value in form.items() if not name.startswith("igny8_settings")}
    sent = list(form.items()) + [(f"igny8_settings[{name}]", value) for name, value in fields.items()]
    sent += [("igny8_settings[post_types][]", name) for name in ("", "post", "page")]
    answer = admin.post(f"{site.wordpress.url}/wp-admin/options.php", data=sent, timeout=30)
    assert answer.status_code == 200
    return answer.text


def press(site: Site, admin: requests.Session, action: str) -> requests.Response:
    page = read(site, admin)
    form = next(part for part in page.split("<form")[1:] if f'value="{action}"' in part)
    nonce = re.search(r'name="_wpnonce" value="(\w+)"', form)
    assert nonce
    data = {"action": action, "_wpnonce": nonce.group(1)}
    return admin.post(f"{site.wordpress.url}/wp-admin/admin-post.php", data=data, timeout=30)


def new_key(site: Site) -> tuple[str, PluginClient]:
    key, secret = signing.new_key_id(), signing.new_secret()
    text = signing.encode_connection_key(app=NO_APP, site="7", key=key, secret=secret)
    return text, PluginClient(site.wordpress.url, "7", key, secret)


def test_a_pasted_key_connects_and_is_never_shown_again(site: Site, admin: requests.Session) -> None:
    text, client = new_key(site)
    page = save(site, admin, key=text)
    assert "The key is stored." in page
    assert "does not answer" in page
    assert "Test connection" in page
    assert client.call("status").result["paired"] is True
    page = read(site, admin)
    assert "Connected." in page
    assert text not in page
    assert client.secret not in page


def test_a_wrong_text_is_told_and_the_connection_stays(site: Site, admin: requests.Session) -> None:
    page = save(site, admin, key="igny8-nonsense")
    assert "not a whole connection key" in page
    assert site.client.call("status").status == 200


def test_acting_user_and_post_types_are_saved(site: Site, admin: requests.Session) -> None:
    editor = site.value("SELECT ID FROM wp_users WHERE user_login = 'editor'")
    save(site, admin, user_id=str(editor))
    metadata = site.client.call("site-metadata").result
    assert metadata["settings"]["post_types"] == ["post", "page"]
    assert metadata["settings"]["acting_user"] == {"id": int(editor or 0), "name": "Erin Editor"}
    assert site.client.call("status").result["paired"] is True


def test_what_a_publish_does_is_set_on_the_page_and_told_to_the_app(site: Site, admin: requests.Session) -> None:
    editor = site.value("SELECT ID FROM wp_users WHERE user_login = 'editor'")
    fields = {"auto_create_terms": "0", "fallback_category": "0", "gallery_limit": "12", "seo_meta_tags": "0"}
    page = save(site, admin, gallery_overflow="inline_grid", default_author=str(editor), **fields)
    settings = site.client.call("site-metadata").result["settings"]
    assert settings["auto_create_terms"] is settings["seo_meta_tags"] is False
    assert settings["fallback_category"] is None
    assert (settings["gallery_limit"], settings["gallery_overflow"]) == (12, "inline_grid")
    assert settings["default_author"] == "editor@example.com"
    assert settings["changed_by"] == "admin"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", settings["changed_at"])
    assert 'type="range"' in page
    assert re.search(r'min="1" max="20" step="1" value="12"', page)
    assert re.search(r"Changed last on .* by admin\.", page)
    later = save(site, admin)
    assert site.client.call("site-metadata").result["settings"] == settings, later


def test_a_value_the_page_does_not_offer_is_refused(site: Site, admin: requests.Session) -> None:
    before = site.client.call("site-metadata").result["settings"]
    page = save(site, admin, gallery_limit="21", gallery_overflow="burn", fallback_category="9999")
    assert "1 to 20 images" in page
    assert "fallback category does not exist" in page
    assert site.client.call("site-metadata").result["settings"] == before | {
        name: site.client.call("site-metadata").result["settings"][name]
        for name in ("post_types", "changed_at", "changed_by")
    }


def test_the_seo_plugin_is_shown_with_its_version_and_set_up(site: Site, admin: requests.Session) -> None:
    assert "None active" in read(site, admin)
    site.break_with(constants={"SEOPRESS_VERSION": "7.5"})
    assert "SEOPress 7.5" in read(site, admin)
    site.break_with(constants={"RANK_MATH_VERSION": "1.0.2"})
    page = read(site, admin)
    assert "Rank Math 1.0.2" in page
    assert "Not set up" in page


def test_a_user_chosen_with_the_key_is_the_one_to_act_as(site: Site, admin: requests.Session) -> None:
    editor = site.value("SELECT ID FROM wp_users WHERE user_login = 'editor'")
    text, client = new_key(site)
    save(site, admin, key=text, user_id=str(editor))
    assert client.call("site-metadata").result["settings"]["acting_user"]["name"] == "Erin Editor"


def test_disconnect_forgets_the_key(site: Site, admin: requests.Session) -> None:
    answer = press(site, admin, "igny8_disconnect")
    assert "Disconnected." in answer.text
    assert "Not connected." in answer.text
    assert site.client.call("status").code == "NOT_CONNECTED"


def test_check_connection_says_what_is_wrong(site: Site, admin: requests.Session) -> None:
    assert "does not answer" in press(site, admin, "igny8_check").text


def test_a_copy_is_told_on_the_page(site: Site, admin: requests.Session) -> None:
    site.break_with(home_url="http://staging.example.com")
    assert "This site is a copy or has moved" in read(site, admin)


def test_only_administrators_with_a_fresh_form_may_change_it(site: Site, admin: requests.Session) -> None:
    admin_post = f"{site.wordpress.url}/wp-admin/admin-post.php"
    assert admin.post(admin_post, data={"action": "igny8_disconnect"}, timeout=30).status_code == 403
    with signed_in(site, "editor") as editor:
        assert editor.get(site.wordpress.url + PAGE, timeout=30).status_code == 403
        assert editor.post(admin_post, data={"action": "igny8_disconnect"}, timeout=30).status_code == 403
    anonymous = requests.post(admin_post, data={"action": "igny8_disconnect"}, timeout=30)
    assert "Disconnected" not in anonymous.text
    assert site.client.call("status").status == 200


def test_clusters_and_the_plugins_page_are_there_without_a_warning(site: Site, admin: requests.Session) -> None:
    for path in ("/wp-admin/edit-tags.php?taxonomy=igny8_cluster", "/wp-admin/plugins.php", "/wp-admin/post-new.php"):
        assert admin.get(site.wordpress.url + path, timeout=30).status_code == 200
    assert "options-general.php?page=igny8" in admin.get(site.wordpress.url + "/wp-admin/plugins.php", timeout=30).text
