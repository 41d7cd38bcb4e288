"""Search Console's figures, ranges of volume, and new figures for keywords that are there, with their undo."""

import re
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from app.planner import actions
from app.planner.imports import services as imports
from app.planner.imports.rows import parse_table
from app.planner.imports.runs import Source
from app.planner.imports.tables import read_table
from app.planner.keywords import figures as keyword_figures
from app.planner.models import Keyword, KeywordUpdate, SearchPerformance
from app.sites.models import Site
from tests.factories.things import make_keyword

IMPORT = "/planner/keywords/import/"
GERMAN = (
    'Häufigste Suchanfragen,Klicks,Impressionen,CTR,Position\nkaffeebohnen kaufen,12,1.340,"0,9 %","7,2"\ntee,,0,0%,\n'
)
LATER = "Top queries,Clicks,Impressions,CTR,Position\nkaffeebohnen kaufen,20,1000,2%,5.16\n"


def bring(client: FlaskClient, text: str, **fields: str) -> str:
    answer = client.post(IMPORT, data={"keywords": text, **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def row(word: str) -> Keyword:
    db.session.expire_all()
    return db.session.scalars(select(Keyword).where(Keyword.keyword == word)).one()


def told(word: str) -> tuple[object, ...]:
    db.session.expire_all()
    found = db.session.scalars(select(SearchPerformance).join(Keyword).where(Keyword.keyword == word)).one()
    return found.clicks, found.impressions, found.position, found.clicks_before, found.position_before


def test_search_consoles_figures_are_kept_and_compared_with_the_import_before(
    owner_client: FlaskClient, site: Site
) -> None:
    bring(owner_client, GERMAN)
    assert told("kaffeebohnen kaufen") == (12, 1340, Decimal("7.2"), None, None)
    assert told("tee") == (None, 0, None, None, None)
    place = bring(owner_client, LATER)
    assert told("kaffeebohnen kaufen") == (20, 1000, Decimal("5.2"), 12, Decimal("7.2"))
    page = " ".join(owner_client.get("/planner/keywords/?sort=-clicks").text.split())
    assert 'up by</span><span aria-hidden="true">▲</span>8</span>' in page
    assert 'down by</span><span aria-hidden="true">▼</span>2.0</span>' in page
    assert "2.0 %" in page
    assert page.index("kaffeebohnen kaufen") < page.index("tee</a>")
    assert "In Google Search" in owner_client.get(f"/planner/keywords/{row('kaffeebohnen kaufen').id}/").text
    assert owner_client.post(f"{place}undo/").status_code == 303
    assert told("kaffeebohnen kaufen") == (12, 1340, Decimal("7.2"), None, None)


def test_a_list_without_such_figures_has_no_columns_for_them(owner_client: FlaskClient, site: Site) -> None:
    make_keyword(site, "tea")
    assert "Impressions" not in owner_client.get("/planner/keywords/").text


def test_a_chunk_that_comes_twice_is_counted_and_kept_once(site: Site) -> None:
    known = make_keyword(site, "kaffeebohnen kaufen", volume=10)
    target = imports.ImportTarget(site.account_id, site.id, utcnow(), updates=True)
    table = read_table((LATER.replace("CTR", "Volume").replace("2%", "900")).encode())
    for _ in range(2):
        tally = imports.import_table(table, None, target, lambda _: db.session.commit())
        assert (tally.added, tally.known, tally.updated) == (0, 1, 1)
    assert told(known.keyword) == (20, 1000, Decimal("5.2"), None, None)
    assert row(known.keyword).volume == 900
    assert db.session.scalars(select(KeywordUpdate.before)).all() == [{"volume": 10}]


def test_known_keywords_keep_their_figures_unless_asked(owner_client: FlaskClient, site: Site) -> None:
    make_keyword(site, "tea", volume=10, difficulty=5)
    bring(owner_client, "keyword,volume\ntea,900\n")
    assert row("tea").volume == 10
    place = bring(owner_client, "keyword,volume,cpc,difficulty\ntea,900,1.50,\n", updates="1")
    assert (row("tea").volume, row("tea").difficulty, row("tea").cpc) == (900, 5, Decimal("1.50"))
    shown = " ".join(owner_client.get(place).text.split())
    assert "1 of them got new figures" in shown
    assert "1 keyword that was there before gets its former figures again" in shown
    owner_client.post(f"{place}undo/")
    assert (row("tea").volume, row("tea").difficulty, row("tea").cpc) == (10, 5, None)
    assert "got their former figures again" in owner_client.get(place).text


def test_what_somebody_changed_since_is_not_put_back(site: Site, owner: User) -> None:
    make_keyword(site, "tea", volume=10)
    source = Source(None, "keyword,volume\ntea,900\n")
    run = actions.start_keyword_import(site.account_id, Actor(owner.id, owner.name), site.id, source, updates=True)
    db.session.commit()
    row("tea").volume = 5
    db.session.commit()
    assert keyword_figures.restore_figures(site.id, run.created_at) == (0, 1)
    assert row("tea").volume == 5


@pytest.mark.parametrize(
    ("cell", "bounds", "volume"),
    [
        ("1K – 10K", (1000, 10000), 5500),
        ("10–100", (10, 100), 55),
        ("1–10K", (1000, 10000), 5500),
        ("1,300", None, 1300),
        ("<10", None, 5),
    ],
)
def test_a_range_stays_a_range(cell: str, bounds: tuple[int, int] | None, volume: int | None) -> None:
    (read,) = parse_table(read_table(f'keyword,volume\ntea,"{cell}"\n'.encode()))
    assert (getattr(read, "volume_range", "rejected"), getattr(read, "volume", "rejected")) == (bounds, volume)


def test_a_range_is_shown_and_edited_as_one(owner_client: FlaskClient, site: Site) -> None:
    bring(owner_client, "keyword,volume\ntea,1K – 10K\n")
    tea = row("tea")
    assert (tea.volume_low, tea.volume, tea.volume_high) == (1000, 5500, 10000)
    assert "1,000–10,000" in owner_client.get("/planner/keywords/").text
    form = f"/planner/keywords/{tea.id}/"
    page = owner_client.get(form).text
    assert 'value="1,000 – 10,000"' in page
    tag = re.search(r'name="etag" value="([^"]+)"', page)
    assert tag
    owner_client.post(form, data={"keyword": "tea", "volume": "700", "etag": tag[1]})
    tea = row("tea")
    assert (tea.volume_low, tea.volume, tea.volume_high) == (None, 700, None)


def test_our_own_export_brings_nothing_new(owner_client: FlaskClient, site: Site) -> None:
    bring(owner_client, "keyword,volume,clicks,impressions,position\ntea,1K – 10K,5,90,3.4\ncocoa,300,,,\n")
    bring(owner_client, "keyword,clicks,impressions,position\ntea,7,90,3.4\n")
    exported = owner_client.get("/lists/keywords/export.csv").text
    place = bring(owner_client, exported, updates="1")
    shown = " ".join(owner_client.get(place).text.split())
    assert "Added 0 keywords, 2 were already there." in shown
    assert "former figures" not in shown
    assert told("tea") == (7, 90, Decimal("3.4"), 5, Decimal("3.4"))
    assert (row("tea").volume_low, row("tea").volume_high, row("tea").volume) == (1000, 10000, 5500)


def test_a_rank_of_another_tool_is_no_figure_of_search_console(owner_client: FlaskClient, site: Site) -> None:
    bring(owner_client, "Keyword,Position,Search Volume\ntea,3,900\n")
    assert db.session.scalars(select(SearchPerformance)).all() == []


def test_what_an_undone_import_told_does_not_come_back(owner_client: FlaskClient, site: Site) -> None:
    places = [
        bring(owner_client, f"query,clicks,impressions\ntea,{clicks},100\nmilk{clicks},1,1\n") for clicks in (1, 2, 3)
    ]
    owner_client.post(f"{places[1]}undo/")
    assert told("tea") == (3, 100, None, None, None)
    owner_client.post(f"{places[2]}undo/")
    assert db.session.scalars(select(SearchPerformance).join(Keyword).where(Keyword.keyword == "tea")).all() == []
