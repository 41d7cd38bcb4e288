"""Pages of a list: by number, by the row before or after, from its end, and where it is not counted to its end."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import current_app, get_template_attribute
from sqlalchemy import delete, select, update

from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing import pages
from app.core.listing.pages import Page
from app.core.listing.spec import ListSpec, Sort
from app.sites.models import Site

# Any list will do; `published_at` may be empty.
LIST = replace(
    CONTENT_LIST, per_page=2, sorts=(*CONTENT_LIST.sorts, Sort("published", Content.published_at, nullable=True))
)


def fill(site: Site, count: int) -> None:
    """Contents 1 to `count`; every third is published, two at each time."""
    now = utcnow()
    rows = [
        {
            "account_id": site.account_id,
            "site_id": site.id,
            "title": f"Title {n:03}",
            "content_type": "Page" if n % 2 else "Article",
            "updated_at": now + timedelta(minutes=n),
            "published_at": now + timedelta(days=n // 6) if n % 3 == 0 else None,
        }
        for n in range(1, count + 1)
    ]
    if rows:
        db.session.execute(db.insert(Content), rows)
    db.session.commit()


def page_of(site: Site, spec: ListSpec = LIST, **values: str) -> Page[Content]:
    query = spec.read({"sort": "title", **values})
    stmt = select(Content).where(*spec.where(site.account_id, site.id, query))
    return pages.fetch_page(spec, query, stmt)


def numbers(page: Page[Content]) -> list[int]:
    return [int(row.title.split()[1]) for row in page.items]


@pytest.mark.parametrize(
    ("count", "number", "items", "first", "last", "has_next"),
    [
        (0, "1", [], 0, 0, False),
        (1, "1", [1], 1, 1, False),
        (5, "1", [1, 2], 1, 2, True),
        (5, "2", [3, 4], 3, 4, True),
        (5, "3", [5], 5, 5, False),
        (5, "99", [5], 5, 5, False),
        (5, "last", [5], 5, 5, False),
        (5, "-3", [1, 2], 1, 2, True),
        (5, "x", [1, 2], 1, 2, True),
        (5, "99999999999999999999", [1, 2], 1, 2, True),
        (4, "2", [3, 4], 3, 4, False),
    ],
)
def test_pages_by_number(
    site: Site, count: int, number: str, items: list[int], first: int, last: int, has_next: bool
) -> None:
    fill(site, count)
    got = page_of(site, page=number)
    assert (numbers(got), got.first, got.last, got.has_next, got.total) == (items, first, last, has_next, count)
    assert got.total_is_exact


@pytest.mark.parametrize("sort", [f"{sign}{sort.name}" for sort in LIST.sorts for sign in ("", "-")])
def test_walking_there_and_back_meets_each_row_once(site: Site, sort: str) -> None:
    fill(site, 11)
    query = LIST.read({"sort": sort})
    stmt = select(Content).where(*LIST.where(site.account_id, site.id, query))
    everything = [row.id for row in pages.fetch_page(replace(LIST, per_page=50), query, stmt).items]
    page, there = page_of(site, sort=sort), []
    while True:
        there.append([row.id for row in page.items])
        if not page.has_next:
            break
        page = page_of(site, sort=sort, after=page.after, page=str(page.page + 1))
        assert page.page == len(there) + 1
    assert [row_id for ids in there for row_id in ids] == everything
    back = [there[-1]]
    while page.has_prev:
        page = page_of(site, sort=sort, before=page.before, page=str(page.page - 1))
        back.insert(0, [row.id for row in page.items])
    assert back == there
    assert page_of(site, sort=sort, page="last").items[0].id == there[-1][0]
    assert [row.id for row in page_of(site, sort=sort, page="5").items] == there[4]


@pytest.mark.parametrize("sort", ["published", "-published"])
def test_rows_without_a_value_come_last(site: Site, sort: str) -> None:
    fill(site, 9)
    found = page_of(site, replace(LIST, per_page=50), sort=sort)
    dates = [row.published_at for row in found.items]
    assert dates[:3] == sorted((date for date in dates if date), reverse=sort[0] == "-")
    assert dates[3:] == [None] * 6
    assert numbers(found)[3:] == [1, 2, 4, 5, 7, 8]


def test_a_place_stays_where_it_is_while_rows_come_and_go(site: Site) -> None:
    fill(site, 8)
    second = page_of(site, page="2")
    db.session.execute(update(Content).where(Content.title == "Title 004").values(title="Title 000"))
    db.session.execute(delete(Content).where(Content.title == "Title 001"))
    db.session.commit()
    assert numbers(page_of(site, after=second.after, page="3")) == [5, 6]


def test_a_place_after_the_end_or_before_the_beginning_leads_to_the_last_or_first_page(site: Site) -> None:
    fill(site, 5)
    middle = page_of(site, page="2")
    db.session.execute(delete(Content).where(Content.title != "Title 003"))
    db.session.commit()
    for place in ({"after": middle.after}, {"before": middle.before}):
        assert (numbers(got := page_of(site, **place)), got.page, got.has_prev, got.has_next) == ([3], 1, False, False)


def cursor(value: object, row_id: object = 1) -> str:
    return urlsafe_b64encode(json.dumps([value, row_id]).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "=====",
        "é",
        cursor(None),
        cursor(5),
        cursor("Title\0"),
        cursor("\ud800"),
        cursor("Title", 0),
        cursor("Title", 2**63),
        cursor("Title", "1"),
        cursor({"a": 1}),
        urlsafe_b64encode(b"[1,2,3]").decode(),
        urlsafe_b64encode(b"7").decode(),
        urlsafe_b64encode(b"[" * 1_480).decode(),
        "A" * 5000,
    ],
)
def test_a_place_that_makes_no_sense_is_the_first_page(site: Site, text: str) -> None:
    fill(site, 5)
    assert numbers(page_of(site, after=text)) == numbers(page_of(site, before=text)) == [1, 2]


@pytest.mark.parametrize("value", ["2026-01-01", "0001-01-01T00:00:00+00:00", "2026-01-01T00:00:00", "soon", 5])
def test_a_time_that_no_row_can_have_is_no_place(site: Site, value: object) -> None:
    fill(site, 5)
    assert numbers(page_of(site, after=cursor(value), sort="updated")) == [1, 2]


@pytest.fixture
def barely_counted(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A list of 25 rows, of which ten are counted."""
    monkeypatch.setattr(pages, "COUNT_CAP", 10)
    fill(site, 25)
    return site


def test_a_long_list_is_counted_to_a_bound(barely_counted: Site) -> None:
    got = page_of(barely_counted)
    assert (numbers(got), got.total, got.total_is_exact, got.counted, got.pages) == ([1, 2], 10, False, "10+", 0)
    assert page_of(barely_counted, type="Article").counted == "10+"
    assert page_of(barely_counted, cluster="1").counted == "0"


def test_the_last_page_of_a_long_list_is_read_from_its_end(barely_counted: Site) -> None:
    got = page_of(barely_counted, page="last")
    assert (numbers(got), got.page, got.first, got.has_prev, got.has_next) == ([24, 25], 0, 0, True, False)
    got = page_of(barely_counted, before=got.before)
    assert (numbers(got), got.page, got.has_next) == ([22, 23], 0, True)
    assert numbers(page_of(barely_counted, after=got.after)) == [24, 25]


@pytest.mark.parametrize(("page", "items"), [("9", [17, 18]), ("13", [25]), ("14", [24, 25]), ("999999", [24, 25])])
def test_an_old_address_deep_in_a_long_list_leads_where_it_did(
    barely_counted: Site, page: str, items: list[int]
) -> None:
    assert numbers(page_of(barely_counted, page=page)) == items
    nulls = page_of(barely_counted, page=page, sort="-published")
    query = LIST.read({"sort": "-published"})
    stmt = select(Content).where(*LIST.where(barely_counted.account_id, barely_counted.id, query))
    everything = pages.ids_in_order(LIST, query, stmt, 50)
    assert [row.id for row in nulls.items] == [everything[n - 1] for n in items]


def test_a_page_is_looked_for_by_its_number_as_far_as_that_is_quick(
    barely_counted: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "REACH", 20)
    within, beyond = page_of(barely_counted, page="10"), page_of(barely_counted, page="11")
    assert (numbers(within), within.beyond_reach) == ([19, 20], False)
    assert (numbers(beyond), beyond.beyond_reach, beyond.reach) == ([24, 25], True, 10)
    with current_app.test_request_context("/"):
        pager = get_template_attribute("macros/table.html", "pager")
        assert "Pages after 10 have no number: this is the last one." in pager(beyond)
        assert "have no number" not in pager(within)


def test_the_rows_of_a_list_come_in_its_order(barely_counted: Site) -> None:
    query = LIST.read({"sort": "-title"})
    stmt = select(Content.id).where(*LIST.where(barely_counted.account_id, barely_counted.id, query))
    ids = pages.ids_in_order(LIST, query, stmt, 3)
    titles = [db.session.get_one(Content, row_id).title for row_id in ids]
    assert titles == ["Title 025", "Title 024", "Title 023"]


@pytest.mark.parametrize("sort", ["title", "-published"])
def test_rows_that_leave_a_list_while_it_is_read_end_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    fill(site, 24)
    query = LIST.read({"sort": sort, "type": "Article"})
    stmt = select(Content).where(*LIST.where(site.account_id, site.id, query))
    plain, left = db.session.scalars, []

    class Found:
        """Ids of which one has just left the list."""

        def __init__(self, ids: list[int]) -> None:
            self.ids = ids

        def all(self) -> list[int]:
            if self.ids and not left:
                left.append(self.ids[0])
                db.session.execute(update(Content).where(Content.id == left[0]).values(content_type="Page"))
            return self.ids

    monkeypatch.setattr(db.session, "scalars", lambda stmt: Found(plain(stmt).all()))
    page = page_of(site, type="Article", sort=sort)
    assert (len(page.items), page.has_next, bool(page.after)) == (2, True, True)
    db.session.rollback()
    left.clear()
    read = [row.id for rows in pages.batches(LIST, query, stmt, 4) for row in rows]
    assert (len(read), len(set(read)), left[0] in read) == (11, 11, False)
