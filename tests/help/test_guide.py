"""The guide: every page leads to its part, every link and picture of it is there."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import features
from app.core.access import is_public_endpoint
from app.help import guide

HTMX = {"HX-Request": "true"}
# Pages of machines, and that of the operator: docs/operating.md has it.
NO_PAGES = {
    "api",
    "api_reference",
    "health",
    "help",
    "integrations",
    "inbound",
    "stripe",
    "dev",
    "auth",
    "static",
    "taxonomy",
    "system",
}


def test_every_page_has_its_part_of_the_guide(app: Flask) -> None:
    missing = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.methods and "GET" in rule.methods and not is_public_endpoint(rule.endpoint)
        if rule.endpoint.partition(".")[0] not in NO_PAGES and features.guide_of(rule.endpoint) is None
    }
    assert missing == set()
    assert features.guide_of(None) is None


def test_what_pages_name_is_in_the_guide(app: Flask) -> None:
    for feature in features.all_features():
        for place, named in feature.guide.items():
            topic, _, section = named.partition("#")
            assert topic in guide.topics(), place
            assert not section or f'id="{section}"' in guide.topics()[topic].html, place


def test_every_file_is_listed_and_every_link_and_picture_leads_somewhere(owner_client: FlaskClient) -> None:
    files = {path.stem for path in guide.FOLDER.glob("*.md")} - {"README"}
    assert set(guide.topics()) == files
    pages = [owner_client.get("/help/").text, *(owner_client.get(f"/help/{name}/").text for name in files)]
    addresses = {found for page in pages for found in re.findall(r'(?:href|src)="(/help/[^"]*)"', page)}
    assert f"/help/{min(files)}/" in addresses
    for address in addresses:
        path, _, anchor = address.partition("#")
        answer = owner_client.get(path)
        assert answer.status_code == 200, address
        assert not anchor or f'id="{anchor}"' in answer.text, address
        answer.close()
    pictures = {path.name for path in guide.PICTURES.glob("*.png")}
    assert pictures <= {address.rpartition("/")[2] for address in addresses}, "a picture that no topic shows"


def test_a_page_opens_its_section_and_without_script_the_whole(owner_client: FlaskClient) -> None:
    page = owner_client.get("/planner/keywords/import/").text
    found = re.search(r'hx-get="(/help/keywords/\?section=importing)"', page)
    assert found
    assert 'href="/help/keywords/#importing"' in page
    part = owner_client.get(found[1], headers=HTMX).text
    assert "<dialog" in part
    assert "Importing" in part
    assert "Undoing an import" not in part
    whole = owner_client.get("/help/keywords/?section=importing").text
    assert "Undoing an import" in whole
    assert "Undoing an import" in owner_client.get("/help/keywords/?section=nothing", headers=HTMX).text


@pytest.mark.parametrize(
    "path", ["/help/nothing/", "/help/README/", "/help/pictures/nothing.png", "/help/pictures/..%2fkeywords.md"]
)
def test_what_is_not_in_the_guide_is_not_found(owner_client: FlaskClient, path: str) -> None:
    assert owner_client.get(path).status_code == 404
