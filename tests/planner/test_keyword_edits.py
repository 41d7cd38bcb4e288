"""One keyword by hand: its page, a new one, changes that two people make, another one of the same text."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.extensions import db
from app.core.row_security import within
from app.planner.clustering import topics
from app.planner.keywords.fields import KeywordForm, stored_texts
from app.planner.models import Cluster, ClusterChange, Keyword, NearestCluster
from app.sites.models import Site
from tests.factories.people import SignIn, make_account, make_member
from tests.factories.things import make_cluster, make_keyword, make_site, save


@pytest.fixture
def moka(site: Site) -> Keyword:
    return make_keyword(site, "moka pot", volume=1300, difficulty=12, cpc=1.2, intent="commercial", country="US")


def fields(client: FlaskClient, keyword: Keyword, /, **changes: str) -> dict[str, str]:
    """What the form of the keyword's page would send, with some fields changed."""
    page = client.get(f"/planner/keywords/{keyword.id}/").text
    tag = re.search(r'name="etag" value="(\w+)"', page)
    assert tag
    return stored_texts(db.session.get_one(Keyword, keyword.id)) | {"etag": tag[1]} | changes


def test_all_fields_are_read_in_the_spelling_of_the_person(
    owner_client: FlaskClient, site: Site, moka: Keyword
) -> None:
    beans = make_cluster(site, "Beans")
    sent = {
        "keyword": "  Moka   Pot  ",
        "volume": "1,2K",
        "difficulty": "45/100",
        "cpc": "€ 1,30",
        "intent": "local",
        "country": "Deutschland",
        "cluster": str(beans.id),
    }
    answer = owner_client.post(f"/planner/keywords/{moka.id}/", data=fields(owner_client, moka, **sent))
    assert answer.status_code == 303
    row = db.session.get_one(Keyword, moka.id)
    assert (row.keyword, row.normalised) == ("Moka Pot", "moka pot")
    assert (row.volume, row.difficulty, float(row.cpc or 0)) == (1200, 45, 1.3)
    assert (row.intent, row.country, row.cluster_id) == ("local", "DE", beans.id)
    change = db.session.scalars(select(ClusterChange)).one()
    owner_client.post(f"/planner/clusters/changes/{change.id}/undo/")
    assert db.session.get_one(Keyword, moka.id).cluster_id is None


def test_each_wrong_field_is_named_and_nothing_is_lost(owner_client: FlaskClient, moka: Keyword) -> None:
    sent = {
        "keyword": "!!!",
        "volume": "plenty",
        "difficulty": "101",
        "cpc": "-4",
        "country": "Narnia",
        "intent": "wish",
    }
    answer = owner_client.post(f"/planner/keywords/{moka.id}/", data=fields(owner_client, moka, **sent))
    assert answer.status_code == 422
    for words in (
        "no letter, digit or emoji",
        "1K – 10K",
        "from 0 to 100",
        "a price such as",
        "a code such as US",
        "wants",
    ):
        assert words in answer.text
    for value in ("!!!", "plenty", "101", "-4", "Narnia"):
        assert f'value="{value}"' in answer.text
    assert db.session.get_one(Keyword, moka.id).keyword == "moka pot"


@pytest.mark.parametrize("volume", [0, 9, 999, 1000, 1300, 150_000, 2_147_483_647])
def test_what_the_form_shows_is_read_as_what_is_stored(site: Site, volume: int) -> None:
    row = make_keyword(site, volume=volume, difficulty=100, cpc=99_999.99, country="NA")
    values = KeywordForm.sent(stored_texts(row)).values
    assert (values["volume"], values["difficulty"], float(values["cpc"])) == (volume, 100, 99_999.99)
    assert values["country"] == "NA"


def test_a_keyword_that_is_there_is_told_with_a_link_to_it(
    owner_client: FlaskClient, site: Site, moka: Keyword
) -> None:
    other = make_keyword(site, "cold brew")
    sent = fields(owner_client, moka, keyword="COLD  brew", volume="7")
    answer = owner_client.post(f"/planner/keywords/{moka.id}/", data=sent)
    assert answer.status_code == 409
    assert "The site has the keyword “cold brew” already." in answer.text
    assert f'href="/planner/keywords/{other.id}/"' in answer.text
    assert 'value="7"' in answer.text
    added = owner_client.post("/planner/keywords/new/", data={"keyword": "Cold Brew"})
    assert added.status_code == 409
    assert f'href="/planner/keywords/{other.id}/"' in added.text


def test_the_second_of_two_people_is_told_what_the_first_saved(owner_client: FlaskClient, moka: Keyword) -> None:
    first, second = fields(owner_client, moka, volume="900"), fields(owner_client, moka, volume="70")
    assert owner_client.post(f"/planner/keywords/{moka.id}/", data=first).status_code == 303
    refused = owner_client.post(f"/planner/keywords/{moka.id}/", data=second)
    assert refused.status_code == 409
    assert "Somebody else saved this" in refused.text
    assert '<dd class="theirs-words" dir="auto">900</dd>' in refused.text
    assert 'value="70"' in refused.text
    assert db.session.get_one(Keyword, moka.id).volume == 900
    tag = re.search(r'name="etag" value="(\w+)"', refused.text)
    assert tag
    again = owner_client.post(f"/planner/keywords/{moka.id}/", data=second | {"etag": tag[1]})
    assert again.status_code == 303
    assert db.session.get_one(Keyword, moka.id).volume == 70


def test_a_keyword_is_added_by_hand_into_a_cluster(owner_client: FlaskClient, site: Site) -> None:
    beans = make_cluster(site, "Beans")
    sent = {"keyword": "arabica", "volume": "1.300", "cluster": str(beans.id), "do": "another"}
    answer = owner_client.post("/planner/keywords/new/", data=sent)
    assert answer.location == f"/planner/keywords/new/?cluster={beans.id}"
    row = db.session.scalars(select(Keyword)).one()
    assert (row.keyword, row.volume, row.cluster_id) == ("arabica", 1300, beans.id)


@pytest.mark.parametrize("field", ["cluster", "sector"])
def test_neither_clusters_nor_sectors_of_another_site_are_taken(
    owner_client: FlaskClient, account: Account, site: Site, moka: Keyword, field: str
) -> None:
    foreign = make_account("Other")
    with within(foreign.id):
        strange = make_cluster(make_site(foreign))
    neighbour = make_cluster(make_site(account))
    for wrong in (neighbour.id, strange.id, "x1", "9" * 30):
        answer = owner_client.post(
            f"/planner/keywords/{moka.id}/", data=fields(owner_client, moka, **{field: str(wrong)})
        )
        assert answer.status_code == 422, wrong
        assert (
            owner_client.post("/planner/keywords/new/", data={"keyword": "new", field: str(wrong)}).status_code == 422
        )
    assert db.session.scalar(select(func.count()).select_from(Keyword)) == 1


def test_a_keyword_with_another_text_forgets_which_clusters_were_near(
    owner_client: FlaskClient, cluster: Cluster, moka: Keyword
) -> None:
    save(NearestCluster(account_id=moka.account_id, keyword_id=moka.id, cluster_id=cluster.id, nearness=80))
    owner_client.post(f"/planner/keywords/{moka.id}/", data=fields(owner_client, moka, volume="5"))
    assert topics.near_clusters(moka.account_id, [moka.id]) != {}
    owner_client.post(f"/planner/keywords/{moka.id}/", data=fields(owner_client, moka, keyword="kettle"))
    assert topics.near_clusters(moka.account_id, [moka.id]) == {}


def test_deleting_asks_and_says_what_goes(owner_client: FlaskClient, moka: Keyword) -> None:
    address = f"/planner/keywords/{moka.id}/"
    page = owner_client.get(address).text
    assert "It leaves its cluster, its tasks and its content, which stay." in page
    assert owner_client.post(f"{address}delete/").location == "/planner/keywords/"
    assert db.session.scalar(select(func.count()).select_from(Keyword)) == 0
    assert owner_client.get(address).status_code == 404


def test_a_viewer_reads_and_is_offered_nothing(account: Account, sign_in: SignIn, moka: Keyword) -> None:
    page = sign_in(make_member(account, "viewer")).get(f"/planner/keywords/{moka.id}/").text
    assert '<fieldset class="plain-fieldset form-stack" disabled>' in page
    assert "/delete/" not in page
    assert "Save</button>" not in page
