"""The one search of all lists: cases, accents, scripts, signs, and what is not seen."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.core import audit
from app.core.audit import AuditEvent
from app.core.extensions import db
from app.core.listing.search import Search, clean_query
from app.planner.models import Cluster, Idea, Keyword
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.people import NOBODY
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_task

TITLES = (
    "Café Łódź",
    "İstanbul'da kahve",
    "ISPARTA gülleri",
    "Straße nach Köln",
    "ΟΔΥΣΣΕΥΣ στην Ιθάκη",
    "Ёлка и мёд",
    "日本旅行ガイド",
    "กาแฟเย็น",
    "\u200fמַדרִיך קפה",
    "إعداد القهوة",
    "हिन्दी कॉफ़ी",
    "C++ and C# in 2.5 days",
    "100% off_season \\o/",
    "Don’t “panic” 🎉party",
    "Smartphone covers",
)
FOUND = [
    ("cafe", ["Café Łódź"]),
    ("CAFÉ", ["Café Łódź"]),
    ("cafe\u0301", ["Café Łódź"]),
    ("lodz", ["Café Łódź"]),
    ("łód caf", ["Café Łódź"]),
    ("istanbul", ["İstanbul'da kahve"]),
    ("İSTANBUL", ["İstanbul'da kahve"]),
    ("İstanbul'da", ["İstanbul'da kahve"]),
    ("ısparta", ["ISPARTA gülleri"]),
    ("strasse", ["Straße nach Köln"]),
    ("STRAẞE", ["Straße nach Köln"]),
    ("koln", ["Straße nach Köln"]),
    ("οδυσσεύς", ["ΟΔΥΣΣΕΥΣ στην Ιθάκη"]),
    ("елка мед", ["Ёлка и мёд"]),
    ("旅行", ["日本旅行ガイド"]),
    ("行", ["日本旅行ガイド"]),
    ("本旅 ｶﾞｲﾄﾞ", ["日本旅行ガイド"]),
    ("日行", []),
    ("เย็น", ["กาแฟเย็น"]),
    ("מדריך", ["\u200fמַדרִיך קפה"]),
    ("\u202bקפה\u202c", ["\u200fמַדרִיך קפה"]),
    ("اعداد", ["إعداد القهوة"]),
    ("कॉफ़ी", ["हिन्दी कॉफ़ी"]),
    ("c++", ["C++ and C# in 2.5 days"]),
    ("c#", ["C++ and C# in 2.5 days"]),
    ("2.5", ["C++ and C# in 2.5 days"]),
    ("2.6", []),
    ("25", []),
    ("100%", ["100% off_season \\o/"]),
    ("%", ["100% off_season \\o/"]),
    ("10%", []),
    ("_", ["100% off_season \\o/"]),
    ("off_s", ["100% off_season \\o/"]),
    ("o_f", []),
    ("\\o/", ["100% off_season \\o/"]),
    ("don't", ["Don’t “panic” 🎉party"]),
    ('"panic",', ["Don’t “panic” 🎉party"]),
    ("party", ["Don’t “panic” 🎉party"]),
    ("🎉", ["Don’t “panic” 🎉party"]),
    ("phone", []),
    ("smart phone", []),
    ("': & | ! :*", []),
    ("cafe zebra", []),
    ("a" * 300, []),
]


@pytest.fixture
def titles(site: Site) -> dict[int, str]:
    return {make_content(site, title).id: title for title in TITLES}


def search(site: Site, query: str) -> list[int]:
    where = CONTENT_LIST.where(site.account_id, site.id, CONTENT_LIST.read({"q": query}))
    return list(db.session.scalars(select(Content.id).where(*where)))


def test_what_is_typed_finds_what_is_meant(site: Site, titles: dict[int, str]) -> None:
    for query, expected in FOUND:
        assert (query, [titles[row_id] for row_id in search(site, query)]) == (query, expected)


@pytest.mark.parametrize("query", ["", "  ", "\0", "\u200f", "\u2066\u2069 \ufeff"])
def test_nothing_that_is_seen_looks_for_nothing(site: Site, titles: dict[int, str], query: str) -> None:
    assert len(search(site, query)) == len(TITLES)
    assert not CONTENT_LIST.read({"q": query}).any


def test_each_title_is_found_by_itself(site: Site, titles: dict[int, str]) -> None:
    for row_id, title in titles.items():
        assert search(site, title) == [row_id]


Maker = Callable[[Site, str], object]
LISTS: list[tuple[type, Search, Maker]] = [
    (Content, Search(Content.search, Content.title), make_content),
    (Keyword, Search(Keyword.search, Keyword.keyword), make_keyword),
    (Cluster, Search(Cluster.search, Cluster.name), make_cluster),
    (Idea, Search(Idea.search, Idea.title), lambda site, text: make_idea(make_cluster(site), text)),
    (Task, Search(Task.search, Task.title), lambda site, text: make_task(make_cluster(site), text)),
    (
        AuditEvent,
        Search(AuditEvent.search, AuditEvent.subject),
        lambda site, text: audit.record(site.account_id, "site.added", subject=text, by=NOBODY),
    ),
]


@pytest.mark.parametrize(("model", "spec", "make"), LISTS, ids=lambda value: getattr(value, "__name__", ""))
def test_every_list_is_searched_alike(site: Site, model: type, spec: Search, make: Maker) -> None:
    for title in TITLES:
        make(site, title)
    db.session.commit()
    text = spec.text
    for query, expected in FOUND:
        found = db.session.scalars(select(text).where(*spec.where(clean_query(query))))
        assert (query, sorted(found)) == (query, sorted(expected))


def test_a_long_text_and_a_long_word_are_kept_and_found(site: Site) -> None:
    long = make_content(site, "x" * 5000 + " end " + "word " * 5000)
    assert search(site, "end") == search(site, "x" * 70) == [long.id]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "Plain words  with Two spaces ",
        "C++ & C#: 2.5 (days), don't \\ 'quote' \"it\" _ %",
        "tab\tline\nand\x01control",
        "x" * 59 + " " + "y" * 60 + " " + "z" * 61,
        "a-" * 60,
        "word " * 2500,
        *TITLES,
    ],
    ids=lambda text: text[:12],
)
def test_plain_texts_have_the_words_that_any_text_has(site: Site, text: str) -> None:
    """And a mark for each that goes on beyond letters and digits."""
    lexemes = set(db.session.scalar(select(func.search_lexemes(text))))
    marks = {f"{match[1]}~" for word in lexemes if (match := re.match("([a-z0-9]+)[^a-z0-9]", word))}
    assert set(db.session.scalar(select(func.tsvector_to_array(func.search_words(text))))) == lexemes | marks
