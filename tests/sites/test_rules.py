"""The publishing rules of a site, mirrored from its plugin and back."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.audit import AuditEvent
from app.core.errors import DomainError
from app.core.extensions import db
from app.sites import rules
from app.sites.models import Site
from tests.factories.blog import Blog

RESET = "<?php delete_option( 'igny8_settings' );"


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    blog.wordpress.run_php(RESET)
    blog.pair(site)
    yield site
    blog.wordpress.run_php(RESET)


FORM = {
    "post_types": ["post", "page"],
    "gallery_limit": "12",
    "gallery_overflow": "inline_grid",
    "seo_meta_tags": "1",
    "default_author": "",
    "fallback_category": "",
}


def test_the_rules_are_read_and_shown(paired: Site, owner_client: FlaskClient) -> None:
    page = owner_client.get(f"/sites/{paired.id}/rules/").text
    assert "Types that may be published" in page
    assert 'value="5"' in page
    assert "editor@example.com" in page


def test_a_change_made_here_holds_in_wordpress(paired: Site, owner_client: FlaskClient) -> None:
    answer = owner_client.post(f"/sites/{paired.id}/rules/", data=FORM)
    assert answer.status_code == 303
    found = rules.fetch_rules(paired.account_id, paired.id)
    assert (found.rules.gallery_limit, found.rules.gallery_overflow) == (12, "inline_grid")
    assert found.rules.post_types == ["post", "page"]
    assert found.rules.auto_create_terms is False
    assert (found.changed_by or "").startswith("Person")


def test_who_changed_them_is_told_with_before_and_after(paired: Site, owner_client: FlaskClient) -> None:
    owner_client.post(f"/sites/{paired.id}/rules/", data=FORM)
    owner_client.post(f"/sites/{paired.id}/rules/", data={**FORM, "gallery_limit": "9"})
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "site.rules_changed")).all()
    assert events[-1].after == {"gallery_limit": 9}
    assert set(events[-1].before or {}) == {"gallery_limit"}
    assert (events[-1].subject, events[-1].ip) == (paired.name, "127.0.0.1")


def test_who_saves_second_is_told_what_the_first_saved(paired: Site, owner_client: FlaskClient) -> None:
    address = f"/sites/{paired.id}/rules/"
    tag = re.search(r'name="etag" value="(\w+)"', owner_client.get(address).text)
    assert tag is not None
    assert owner_client.post(address, data={**FORM, "etag": tag[1]}).status_code == 303
    for headers in ({}, {"HX-Request": "true"}):
        mine = {**FORM, "gallery_limit": "9", "etag": tag[1]}
        refused = owner_client.post(address, data=mine, headers=headers)
        assert refused.status_code == 409
        assert '<dd class="theirs-words" dir="auto">12</dd>' in refused.text
        assert 'name="gallery_limit" type="number"' in refused.text
        assert 'value="9"' in refused.text
        assert rules.fetch_rules(paired.account_id, paired.id).rules.gallery_limit == 12
    again = re.search(r'name="etag" value="(\w+)"', refused.text)
    assert again is not None
    assert owner_client.post(address, data=mine | {"etag": again[1]}).status_code == 303
    assert rules.fetch_rules(paired.account_id, paired.id).rules.gallery_limit == 9


@pytest.mark.parametrize(
    "change",
    [
        {"gallery_limit": "99"},
        {"gallery_limit": "many"},
        {"gallery_overflow": "explode"},
        {"fallback_category": "x"},
        {"default_author": "nobody@nowhere.example"},
        {"post_types": ["nonsense"]},
    ],
)
def test_values_that_will_not_do_change_nothing(
    paired: Site, owner_client: FlaskClient, change: dict[str, object]
) -> None:
    before = rules.fetch_rules(paired.account_id, paired.id)
    answer = owner_client.post(f"/sites/{paired.id}/rules/", data={**FORM, **change})
    assert answer.status_code == 422
    assert rules.fetch_rules(paired.account_id, paired.id) == before


def test_a_site_that_is_not_connected_says_so(site: Site, owner_client: FlaskClient) -> None:
    assert "not connected" in owner_client.get(f"/sites/{site.id}/rules/").text
    with pytest.raises(DomainError):
        rules.fetch_rules(site.account_id, site.id)


def test_viewers_see_but_do_not_change(paired: Site, viewer_client: FlaskClient) -> None:
    page = viewer_client.get(f"/sites/{paired.id}/rules/")
    assert page.status_code == 200
    assert ">Save<" not in page.text
    assert viewer_client.post(f"/sites/{paired.id}/rules/", data=FORM).status_code == 403
