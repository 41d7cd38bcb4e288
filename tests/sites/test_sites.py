"""Adding sites, their sectors, switching them on and off."""

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core import web_addresses
from app.core.errors import DomainError
from app.core.extensions import db
from app.sites import connection, services
from app.sites.models import Sector, Site
from tests.factories.things import make_content, make_sector, make_site

FORM = {"name": "Blog", "url": "Example.com/blog/", "time_zone": "America/New_York", "sectors": "Coffee\nTea, Coffee"}


def test_adding_a_site_normalises_its_address_and_makes_each_sector_once(owner_client: FlaskClient) -> None:
    answer = owner_client.post("/sites/new/", data=FORM)
    assert answer.status_code == 303
    site = db.session.scalars(select(Site)).one()
    assert (site.url, site.time_zone) == ("https://example.com/blog", "America/New_York")
    assert [sector.name for sector in site.sectors] == ["Coffee", "Tea"]
    assert answer.location == f"/sites/{site.id}/settings/?tab=wordpress"


def test_an_address_is_added_once_per_account(owner_client: FlaskClient, account: Account) -> None:
    make_site(account, url="https://example.com/blog")
    answer = owner_client.post("/sites/new/", data=FORM)
    assert answer.status_code == 422
    assert "already have a site with this address" in answer.text
    assert 'value="Blog"' in answer.text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a site",
        "ftp://example.com",
        "javascript:alert(1)",
        "https://",
        "https://a:b@example.com",
        "x" * 600,
        "https://exa mple.com",
        "http://[::1",
        "https://example.com:99999",
        "https://\x00.com",
        "https:/x.example",
        "http//x.example",
        "https://https://x.example",
        "https://example.com/?p=1",
        "https://example.com/#top",
        "https://example.com/wp-admin/",
        "https://example.com/blog/wp-login.php",
        "https://example.com/wp-json/wp/v2/posts",
    ],
)
def test_what_is_no_address_is_refused_in_words(owner_client: FlaskClient, url: str) -> None:
    answer = owner_client.post("/sites/new/", data={**FORM, "url": url})
    assert answer.status_code == 422
    assert db.session.scalar(select(Site)) is None


def test_the_refusal_says_what_to_type(owner_client: FlaskClient) -> None:
    answer = owner_client.post("/sites/new/", data={**FORM, "url": "https://straße.example/blog/wp-admin/"})
    assert "This is a page within WordPress. Type https://xn--strae-oqa.example/blog" in answer.text
    assert 'value="https://straße.example/blog/wp-admin/"' in answer.text


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("example.com", "https://example.com"),
        (" HTTP://Example.com:8080/ ", "http://example.com:8080"),
        ("https://müller.example/a", "https://xn--mller-kva.example/a"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_addresses_are_stored_in_one_form(typed: str, stored: str) -> None:
    assert services.normalise_url(typed) == stored


@pytest.mark.parametrize(
    "typed", ["https://com", "example", "http://localhost:8080/blog", "https://com.", "https://香港"]
)
def test_a_name_of_one_word_is_no_site_unless_it_is_allowed(app: Flask, owner_client: FlaskClient, typed: str) -> None:
    answer = owner_client.post("/sites/new/", data={**FORM, "url": typed})
    assert answer.status_code == 422
    assert "is one word" in unescape(answer.text)
    assert "Type the whole name." in answer.text
    assert db.session.scalar(select(Site)) is None
    host = web_addresses.parse_address(typed).host
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.config, "ALLOWED_PRIVATE_HOSTS", (host,))
        assert owner_client.post("/sites/new/", data={**FORM, "url": typed}).status_code == 303


def test_the_connection_shows_the_host_in_letters_beside_it(owner_client: FlaskClient, account: Account) -> None:
    site = make_site(account, url="https://xn--strae-oqa.example/blog")
    page = f"/sites/{site.id}/settings/?tab=wordpress"
    assert "https://xn--strae-oqa.example/blog (straße.example)" in owner_client.get(page).text
    link = connection.make_key(site)
    link.state, link.home_url = "connected", site.url
    db.session.commit()
    assert "https://xn--strae-oqa.example/blog (straße.example)" in owner_client.get(page).text


def test_links_to_wordpress_show_it_too(owner_client: FlaskClient, account: Account) -> None:
    site = make_site(account, url="https://xn--strae-oqa.example")
    content = make_content(site, external_id=5, external_url="https://xn--strae-oqa.example/%D1%82/")
    for page in (f"/content/?site={site.id}", f"/content/{content.id}/edit/"):
        assert "https://xn--strae-oqa.example/т/ (straße.example)" in owner_client.get(page).text


def test_switching_a_site_off_and_on(owner_client: FlaskClient, site: Site) -> None:
    answer = owner_client.post(f"/sites/{site.id}/active/", data={"active": "0"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'aria-checked="false"' in answer.text
    assert db.session.get_one(Site, site.id).is_active is False
    owner_client.post(f"/sites/{site.id}/active/", data={"active": "1"})
    assert db.session.get_one(Site, site.id).is_active is True


def test_settings_are_saved_and_bad_ones_keep_what_was_typed(owner_client: FlaskClient, site: Site) -> None:
    address = f"/sites/{site.id}/settings/"
    good = {"name": "New name", "url": "https://new.example.com", "time_zone": "UTC"}
    assert owner_client.post(address, data=good).status_code == 303
    assert db.session.get_one(Site, site.id).name == "New name"
    bad = owner_client.post(address, data={**good, "name": "Kept", "url": "nonsense nonsense"})
    assert bad.status_code == 422
    assert 'value="Kept"' in bad.text
    assert db.session.get_one(Site, site.id).name == "New name"


def test_sectors_are_added_renamed_and_deleted(owner_client: FlaskClient, site: Site) -> None:
    owner_client.post(f"/sites/{site.id}/sectors/", data={"name": "  Tea  house "})
    sector = db.session.scalars(select(Sector)).one()
    assert sector.name == "Tea house"
    make_sector(site, "Coffee")
    clash = owner_client.post(f"/sites/sectors/{sector.id}/rename/", data={"name": "COFFEE"})
    assert clash.status_code == 409
    assert owner_client.post(f"/sites/sectors/{sector.id}/rename/", data={"name": "Green tea"}).status_code == 303
    owner_client.post(f"/sites/sectors/{sector.id}/delete/")
    assert [row.name for row in db.session.scalars(select(Sector))] == ["Coffee"]


def test_a_viewer_sees_sites_but_changes_nothing(viewer_client: FlaskClient, site: Site) -> None:
    assert viewer_client.get(f"/sites/{site.id}/settings/").status_code == 200
    for path in (f"/sites/{site.id}/active/", f"/sites/{site.id}/settings/", f"/sites/{site.id}/wordpress/key/"):
        assert viewer_client.post(path, data={"name": "x", "active": "0"}).status_code == 403
    assert viewer_client.get("/sites/new/").status_code == 403


def test_an_empty_sector_is_refused(site: Site) -> None:
    with pytest.raises(DomainError):
        services.add_sector(site, "   ")


def test_the_site_switcher_ignores_sites_of_others(
    owner_client: FlaskClient, account: Account, stranger_client: FlaskClient
) -> None:
    mine = make_site(account, name="Mine first")
    assert "Mine first" in owner_client.get("/sites/").text
    assert "Mine first" not in stranger_client.get(f"/sites/?site={mine.id}").text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("faß.example", "The address is taken as https://faß.example, which browsers write as"),
        ("https://xn--fa-hia.example/", "In letters the address is https://faß.example."),
        ("https://shop.example.", "The address is taken as https://shop.example."),
        ("https://Shop.example/", ""),
    ],
)
def test_a_site_shows_its_address_as_it_was_read(owner_client: FlaskClient, typed: str, told: str) -> None:
    data = {"name": "Shop", "url": typed, "time_zone": "UTC", "sectors": ""}
    page = unescape(owner_client.get(owner_client.post("/sites/new/", data=data).location).text)
    assert (told in page) if told else ("The address is" not in page)
    if "fa" in typed:
        for address in ("/sites/", "/dashboard/"):
            page = unescape(owner_client.get(address).text)
            assert "xn--fa-hia.example" in page
            assert "faß.example" in page


def test_an_address_within_an_address_is_named(owner_client: FlaskClient) -> None:
    data = {"name": "Shop", "url": "https://x.example/https://shop.example", "time_zone": "UTC", "sectors": ""}
    assert "Type https://shop.example" in owner_client.post("/sites/new/", data=data).text
