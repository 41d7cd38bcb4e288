"""Versions that no row can have, in the forms that are saved by version: a conflict, no crash."""

import pytest
from flask.testing import FlaskClient

from app.core.extensions import db
from app.core.request_ids import parse_version
from app.sites.models import Site
from tests.factories.things import make_cluster, make_content, make_task

HUGE = ["9" * 30, str(2**40), str(2**63), "-" + "9" * 30, "٣", "1" * 5000]


def brief_fields(version: str) -> dict[str, str]:
    return {
        "do": "save",
        "version": version,
        "title": "Mine",
        "primary_keyword": "cold brew",
        "language": "en",
        "length_words": "900",
    }


@pytest.mark.parametrize("version", HUGE)
def test_a_version_that_no_row_has_is_a_conflict(owner_client: FlaskClient, site: Site, version: str) -> None:
    task, content = make_task(make_cluster(site, "Coffee")), make_content(site)
    db.session.commit()
    answer = owner_client.post(f"/writer/tasks/{task.id}/brief/", data=brief_fields(version))
    assert answer.status_code == 409
    fields = {"title": "Overwritten", "content": "", "content_type": "Article", "version": version}
    answer = owner_client.post(f"/content/{content.id}/edit/", data=fields)
    assert answer.status_code in (409, 422)
    db.session.refresh(content)
    assert content.title != "Overwritten"


@pytest.mark.parametrize("text", [*HUGE, "", None, "0", "-1", "1.0", str(2**31)])
def test_only_versions_that_the_database_counts_to_are_read(text: str | None) -> None:
    assert parse_version(text) == 0
    assert parse_version("7") == 7
    assert parse_version(str(2**31 - 1)) == 2**31 - 1
