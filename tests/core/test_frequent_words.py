"""A search for what very many rows have reads them one by one and counts to a smaller bound; others ask the index."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, select

from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.core.extensions import db
from app.core.listing import frequent, pages
from app.core.listing.pages import Page
from app.sites.models import Site


@pytest.fixture
def word_of_many(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Twelve contents, of which nine have the word espresso; a word of two of four rows is frequent."""
    for name, value in (("SAMPLE", 4), ("OFTEN", 2), ("MOST_READ", 10)):
        monkeypatch.setattr(frequent, name, value)
    monkeypatch.setattr(pages, "SEARCH_CAP", 5)
    rows = [
        {"account_id": site.account_id, "site_id": site.id, "content_type": "Page" if n % 3 else "Article"}
        | {"title": f"{n:02} {'Tea' if n in (10, 11, 12) else 'Espresso'}"}
        for n in range(1, 13)
    ]
    db.session.execute(db.insert(Content), rows)
    db.session.commit()
    return site


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is asked of contents within the block."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "contents" in statement:
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def search(site: Site, **values: str) -> tuple[Page[Content], bool]:
    """A page by title, and whether its rows were read one by one."""
    query = CONTENT_LIST.read({"sort": "title", "per_page": "25", **values})
    stmt = select(Content).where(*CONTENT_LIST.where(site.account_id, site.id, query))
    with statements(db.engine) as asked:
        page = pages.fetch_page(CONTENT_LIST, query, stmt)
    return page, any("coalesce(contents.search" in statement for statement in asked)


def numbers(page: Page[Content]) -> list[int]:
    return [int(row.title.split()[0]) for row in page.items]


@pytest.mark.parametrize("typed", ["espresso", "esp", "ESPRESSO"])
def test_a_word_of_many_rows_is_read_from_the_list(word_of_many: Site, typed: str) -> None:
    page, one_by_one = search(word_of_many, q=typed)
    assert (numbers(page), one_by_one, page.counted) == (list(range(1, 10)), True, "5+")
    assert numbers(search(word_of_many, q=typed, page="last")[0]) == list(range(1, 10))


@pytest.mark.parametrize(
    ("values", "found", "counted"),
    [
        ({"q": "tea"}, [10, 11, 12], "3"),
        ({"q": "es 3"}, [], "0"),
        ({"q": "water"}, [], "0"),
        ({"q": "espresso", "type": "Article"}, [3, 6, 9], "3"),
        ({"q": "espresso", "type": "Page"}, [1, 2, 4, 5, 7, 8], "5+"),
    ],
)
def test_what_few_rows_have_is_asked_of_the_index(
    word_of_many: Site, values: dict[str, str], found: list[int], counted: str
) -> None:
    page, one_by_one = search(word_of_many, **values)
    assert (numbers(page), one_by_one, page.counted) == (found, False, counted)


def test_a_word_with_signs_is_compared_with_the_text(word_of_many: Site) -> None:
    db.session.execute(db.update(Content).values(title=Content.title + " c++"))
    db.session.commit()
    page, one_by_one = search(word_of_many, q="c++")
    assert (len(page.items), one_by_one, page.counted) == (12, False, "5+")


def test_few_rows_that_are_not_read_are_counted_by_the_index(
    word_of_many: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frequent, "MOST_READ", 4)
    page, one_by_one = search(word_of_many, q="espresso")
    assert (numbers(page), one_by_one, page.counted) == (list(range(1, 10)), False, "5+")
