"""Clusters for what came from WordPress: found by title and focus keywords, accepted in batch, undone."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

import jobs
from app.accounts.models import Account
from app.ai.builtin.matching import Matcher, MatchTopic
from app.content.models import Content
from app.content.services import count_in_clusters
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster
from app.sites.models import Site
from app.suggestions import by_meaning, services
from app.suggestions.models import ClusterSuggestion
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_cluster, make_content, make_keyword, make_site

TOPICS = {
    "Cold brew": ["cold brew coffee", "cold brew ratio", "nitro cold brew"],
    "Coffee beans": ["best coffee beans", "arabica beans", "coffee beans"],
    "Espresso machines": ["espresso machine", "descale espresso machine"],
    "Кофе дома": ["кофе в турке", "как варить кофе"],
}


@pytest.fixture
def topics(site: Site) -> dict[str, Cluster]:
    made = {}
    for name, words in TOPICS.items():
        made[name] = make_cluster(site, name)
        for word in words:
            make_keyword(site, word, cluster_id=made[name].id)
    return made


def imported(site: Site, title: str, **fields: Any) -> Content:
    return make_content(site, title, source="wordpress", **fields)


def look(site: Site) -> Run | None:
    run = services.start_suggesting(site.account_id, site.id, THE_APP)
    db.session.commit()
    if run:
        jobs.execute(str(run.id))
        db.session.rollback()
        run = db.session.get_one(Run, run.id)
        assert (run.state, run.error) == ("succeeded", None)
    return run


def found(site: Site) -> dict[str, tuple[str, int]]:
    stmt = select(Content.title, Cluster.name, ClusterSuggestion.score).where(
        ClusterSuggestion.content_id == Content.id,
        Cluster.id == ClusterSuggestion.cluster_id,
        ClusterSuggestion.site_id == site.id,
        ClusterSuggestion.state == "open",
    )
    return {row[0]: (row[1], row[2]) for row in db.session.execute(stmt)}


def test_titles_and_focus_keywords_find_their_cluster(site: Site, topics: dict[str, Cluster]) -> None:
    imported(site, "How to make cold brew coffee at home")
    imported(site, "The 10 Best Coffee Beans of 2026")
    imported(site, "Descaling your espresso machine, step by step")
    imported(site, "Как варить кофе в турке")
    imported(site, "Our guide", focus_keywords=["nitro cold brew"])
    imported(site, "Privacy policy")
    imported(site, "Cold brew, taken", cluster_id=topics["Coffee beans"].id)
    make_content(site, "Cold brew of ours")
    look(site)
    best = found(site)
    assert {title: name for title, (name, _score) in best.items()} == {
        "How to make cold brew coffee at home": "Cold brew",
        "The 10 Best Coffee Beans of 2026": "Coffee beans",
        "Descaling your espresso machine, step by step": "Espresso machines",
        "Как варить кофе в турке": "Кофе дома",
        "Our guide": "Cold brew",
    }
    assert all(score >= 50 for _name, score in best.values())


@pytest.mark.parametrize("most_keywords", [by_meaning.MOST_KEYWORDS, 2], ids=["few", "of very many"])
def test_a_title_that_shares_no_word_finds_its_cluster_by_what_it_means(
    site: Site, topics: dict[str, Cluster], most_keywords: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_meaning, "MOST_KEYWORDS", most_keywords)
    make_keyword(site, "couch to 5k", cluster_id=make_cluster(site, "Running plans").id)
    make_keyword(site, "dog grooming", cluster_id=make_cluster(site, "Dog care").id)
    imported(site, "How to keep your pup's coat tidy")
    imported(site, "Meet our accountants")
    look(site)
    assert {title: name for title, (name, _score) in found(site).items()} == {
        "How to keep your pup's coat tidy": "Dog care"
    }


def test_the_longer_fitting_keyword_wins() -> None:
    matcher = Matcher([MatchTopic(1, ["coffee"]), MatchTopic(2, ["cold brew coffee"]), MatchTopic(3, ["tea"])])
    (match,) = matcher.match(["Cold brew coffee for beginners"])
    assert match is not None
    assert (match.topic_id, match.because) == (2, "cold brew coffee")
    assert list(Matcher([]).match(["anything"])) == [None]


def test_accepting_sets_the_cluster_counts_follow_and_undo_takes_it_back(
    site: Site, topics: dict[str, Cluster]
) -> None:
    brew = topics["Cold brew"]
    rows = [imported(site, f"Cold brew coffee, part {number}") for number in range(5)]
    look(site)
    sure = services.with_score(site.account_id, site.id, 50)
    assert services.accept(site.account_id, site.id, sure) == 5
    db.session.commit()
    assert count_in_clusters(site.account_id, brew.id) == {"Article": 5}
    assert rows[0].version == 2
    last = services.last_decision(site.account_id, site.id)
    assert last is not None
    state, decision = last
    assert (state, decision.count) == ("accepted", 5)
    rows[1].cluster_id = topics["Coffee beans"].id
    db.session.commit()
    assert services.undo(site.account_id, site.id, decision.id) == 4
    db.session.commit()
    assert count_in_clusters(site.account_id, brew.id) == {}
    assert db.session.get_one(Content, rows[1].id).cluster_id == topics["Coffee beans"].id
    assert services.count_undecided(site.account_id, site.id) == 4
    assert services.last_decision(site.account_id, site.id) is None


def test_what_was_rejected_is_not_suggested_again(site: Site, topics: dict[str, Cluster]) -> None:
    imported(site, "Cold brew coffee")
    look(site)
    everything = services.with_score(site.account_id, site.id, 0)
    assert services.reject(site.account_id, site.id, everything) == 1
    db.session.commit()
    look(site)
    assert found(site) == {}


def test_what_a_person_assigned_meanwhile_is_left_alone(site: Site, topics: dict[str, Cluster]) -> None:
    row = imported(site, "Cold brew coffee")
    look(site)
    row.cluster_id = topics["Coffee beans"].id
    db.session.commit()
    everything = services.with_score(site.account_id, site.id, 0)
    assert services.accept(site.account_id, site.id, everything) == 0
    assert db.session.get_one(Content, row.id).cluster_id == topics["Coffee beans"].id


def test_without_clusters_there_is_nothing_to_look_for(site: Site) -> None:
    imported(site, "Cold brew coffee")
    assert look(site) is None


def test_thousands_are_found_and_accepted_quickly(site: Site, topics: dict[str, Cluster]) -> None:
    db.session.execute(
        text(
            "insert into contents (account_id, site_id, content_type, content_structure, title, content_html, excerpt,"
            " slug, seo_title, seo_description, focus_keywords, is_outline, status, source, version, created_at,"
            " updated_at)"
            " select :account, :site, 'Article', '', 'Cold brew coffee, part ' || n, '', '', '', '', '', '[]', false,"
            " 'draft', 'wordpress', 1, now(), now() from generate_series(1, 5000) n"
        ),
        {"account": site.account_id, "site": site.id},
    )
    db.session.commit()
    started = time.monotonic()
    look(site)
    looked = time.monotonic() - started
    started = time.monotonic()
    sure = services.with_score(site.account_id, site.id, 50)
    assert services.accept(site.account_id, site.id, sure) == 5000
    db.session.commit()
    accepted = time.monotonic() - started
    assert looked < 60
    assert accepted < 15
    assert db.session.scalar(select(func.count()).where(Content.cluster_id.is_(None))) == 0


def test_the_page_accepts_rejects_and_undoes(site: Site, topics: dict[str, Cluster], owner_client: FlaskClient) -> None:
    for number in range(3):
        imported(site, f"Cold brew coffee {number}")
    look(site)
    page = owner_client.get("/content/suggestions/").text
    assert page.count('aria-label="Select"') == 3
    ids = db.session.scalars(select(ClusterSuggestion.id).order_by(ClusterSuggestion.id)).all()
    htmx = {"HX-Request": "true"}
    assert owner_client.post("/content/suggestions/accept/", data={"ids": ids[0]}, headers=htmx).status_code == 204
    assert owner_client.post("/content/suggestions/reject/", data={"ids": ids[1]}, headers=htmx).status_code == 204
    assert services.count_undecided(site.account_id, site.id) == 1
    answer = owner_client.post("/content/suggestions/accept/", data={"all_matching": "1", "filter": "q=brew"})
    assert answer.location == "/content/suggestions/"
    page = owner_client.get("/content/suggestions/").text
    assert "1 suggestion was accepted." in " ".join(page.split())
    last = services.last_decision(site.account_id, site.id)
    assert last is not None
    owner_client.post("/content/suggestions/undo/", data={"decision": str(last[1].id)})
    assert services.count_undecided(site.account_id, site.id) == 1
    assert owner_client.post("/content/suggestions/accept-above/", data={"least": "1"}).status_code == 422
    owner_client.post("/content/suggestions/accept-above/", data={"least": "50"})
    assert services.count_undecided(site.account_id, site.id) == 0


def test_others_rows_are_out_of_reach(
    account: Account, site: Site, topics: dict[str, Cluster], sign_in: SignIn, stranger_client: FlaskClient
) -> None:
    imported(site, "Cold brew coffee")
    look(site)
    make_site(db.session.scalars(select(Account).where(Account.id != account.id)).one())
    ids = db.session.scalars(select(ClusterSuggestion.id)).all()
    stranger_client.post("/content/suggestions/accept/", data={"ids": ids})
    assert services.count_undecided(site.account_id, site.id) == 1
    viewer = sign_in(make_member(account, "viewer"))
    assert viewer.post("/content/suggestions/accept/", data={"ids": ids}).status_code == 403
    assert "Accept" not in viewer.get("/content/suggestions/").text
