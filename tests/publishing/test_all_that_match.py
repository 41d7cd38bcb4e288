"""“All that match” means the rows that a person saw: more of them, or filters that cannot be read, are asked about."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.content.models import Content
from app.core.extensions import db
from app.core.listing.selection import MAX_FILTERS
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.things import make_content, make_keyword

TRASH = "/content/trash/"
UNPUBLISH = "/content/post-status/draft/"
TOO_MANY_FILTERS = "&".join(f"f{number}=1" for number in range(MAX_FILTERS + 1))


def _live(site: Site, number: int) -> Content:
    return make_content(
        site,
        f"Post {number}",
        status="published",
        external_id=number,
        external_url=f"https://a.example/{number}/",
        remote_status="publish",
    )


def _in_trash() -> int:
    return db.session.scalar(select(func.count()).where(Content.trashed_at.is_not(None))) or 0


@pytest.mark.parametrize(
    ("ask", "do", "question"),
    [
        ("/content/trash/ask/", TRASH, "Move {} items to the trash?"),
        ("/content/unpublish/ask/", UNPUBLISH, "Unpublish {} items?"),
    ],
)
def test_more_rows_than_were_asked_about_are_asked_about_again(
    owner_client: FlaskClient, site: Site, ask: str, do: str, question: str
) -> None:
    for number in (1, 2):
        _live(site, number)
    form = {"all_matching": "1", "filter": "q=post"}
    asked = owner_client.post(ask, data=form).text
    assert question.format(2) in asked
    told = re.search(r'name="asked_about" value="([0-9]+)"', asked)
    assert told
    assert told[1] == "2"
    _live(site, 3)
    again = owner_client.post(do, data={**form, "asked_about": "2"})
    assert again.status_code == 422
    assert question.format(3) in again.text
    assert "More match by now" in again.text
    assert _in_trash() == 0
    assert owner_client.post(do, data={**form, "asked_about": "3"}).status_code == 303


def test_fewer_rows_than_were_asked_about_are_moved(owner_client: FlaskClient, site: Site) -> None:
    _live(site, 1)
    answer = owner_client.post(TRASH, data={"all_matching": "1", "filter": "", "asked_about": "2"})
    assert (answer.status_code, _in_trash()) == (303, 1)


@pytest.mark.parametrize("filters", ["cluster=abc", "type=Nonsense", TOO_MANY_FILTERS])
@pytest.mark.parametrize("address", [TRASH, "/content/trash/ask/", "/content/publish/", "/content/assign-cluster/"])
def test_filters_that_cannot_be_read_do_not_mean_every_row(
    owner_client: FlaskClient, site: Site, address: str, filters: str
) -> None:
    _live(site, 1)
    form = {"all_matching": "1", "filter": filters, "cluster_id": "none"}
    answer = owner_client.post(address, data=form, headers={"HX-Request": "true"})
    assert answer.status_code in (409, 422)
    assert "cannot be read" in answer.text + answer.headers.get("HX-Trigger", "")
    assert _in_trash() == 0


def test_keywords_stay_when_their_filter_cannot_be_read(owner_client: FlaskClient, site: Site) -> None:
    make_keyword(site, "cold brew")
    owner_client.post("/planner/keywords/delete/", data={"all_matching": "1", "filter": "volume=many"})
    assert db.session.scalar(select(func.count(Keyword.id))) == 1
    owner_client.post("/planner/keywords/delete/", data={"all_matching": "1", "filter": "volume=-"})
    assert db.session.scalar(select(func.count(Keyword.id))) == 0
