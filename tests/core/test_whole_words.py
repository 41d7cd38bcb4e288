"""Several words are looked for as they are where none goes on in any row, and find what their beginnings find."""

import pytest
from sqlalchemy import func, select

from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.core.extensions import db
from app.core.listing import frequent, pages, whole_words
from app.sites.models import Site
from tests.core.test_frequent_words import statements
from tests.factories.people import make_account
from tests.factories.things import make_content, make_site

PLAIN = ["Espresso water", "Espresso and best water", "Best espresso", "Water, the best", "Tea"]


@pytest.fixture
def filled(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose words are each in two rows or more, which is often here."""
    monkeypatch.setattr(whole_words, "OFTEN", 2)
    monkeypatch.setattr(frequent, "OFTEN", 1000)
    for title in PLAIN:
        make_content(site, title)
    db.session.commit()
    return site


def search(site: Site, typed: str, **filters: str) -> tuple[set[str], bool]:
    """The titles found, and whether whole words were looked for."""
    query = CONTENT_LIST.read({"q": typed, **filters})
    stmt = select(Content).where(*CONTENT_LIST.where(site.account_id, site.id, query))
    with statements(db.engine) as asked:
        page = pages.fetch_page(CONTENT_LIST, query, stmt)
    counted = next(statement for statement in asked if "fitting" in statement)
    return {row.title for row in page.items}, "search_query" not in counted


def begin_so(titles: list[str], typed: str) -> set[str]:
    """What has, for each word, one that begins with it."""
    words = [(title, title.lower().replace(",", "").split()) for title in titles]
    return {title for title, has in words if all(any(one.startswith(word) for one in has) for word in typed.split())}


@pytest.mark.parametrize("typed", ["espresso water", "water best", "best water espresso", "espresso best"])
def test_words_that_go_on_nowhere_are_looked_for_as_they_are(filled: Site, typed: str) -> None:
    assert search(filled, typed) == (begin_so(PLAIN, typed), True)


@pytest.mark.parametrize(
    ("typed", "is_whole"),
    [("espr wat", False), ("espresso", False), ("espresso tea", False), ("espresso 'water'", True), ("esp,", False)],
)
def test_beginnings_and_what_few_rows_have_are_looked_for_as_before(filled: Site, typed: str, is_whole: bool) -> None:
    titles, looked_for_whole_words = search(filled, typed)
    assert titles == begin_so(PLAIN, typed.replace("'", "").replace(",", ""))
    assert looked_for_whole_words == is_whole


@pytest.mark.parametrize(("typed", "is_whole"), [("espresso", True), ("best", True), ("espr", False), ("c++", False)])
def test_one_word_is_looked_for_as_it_is_where_filters_narrow_the_list_down(
    filled: Site, typed: str, is_whole: bool
) -> None:
    assert search(filled, typed, type="Article", state="draft") == (begin_so(PLAIN, typed), is_whole)
    assert search(filled, typed, type="Page") == (set(), is_whole)


def test_one_word_that_goes_on_is_found_with_its_longer_ones_where_filters_narrow_the_list_down(filled: Site) -> None:
    make_content(filled, "Espressos with water")
    db.session.commit()
    assert "Espressos with water" in search(filled, "espresso", type="Article")[0]


@pytest.mark.parametrize("longer", ["Espressos with water", "Espresso2 water", "Espressoð water", "EspressoКофе water"])
def test_a_longer_word_of_any_script_is_found_as_soon_as_it_is_there(filled: Site, longer: str) -> None:
    make_content(filled, longer)
    db.session.commit()
    titles, is_whole = search(filled, "espresso water")
    assert titles == begin_so([*PLAIN, longer], "espresso water")
    assert longer in titles
    assert not is_whole or db.session.scalar(func.search_goes_on("contents", "espresso")) is True


def test_what_another_account_has_changes_nothing_that_is_found(filled: Site) -> None:
    make_content(make_site(make_account("Elsewhere")), "Espressos water")
    db.session.commit()
    assert search(filled, "espresso water")[0] == begin_so(PLAIN, "espresso water")


@pytest.mark.parametrize("word", ["x'y", "", "Ünter", "a b", "; drop table contents", "AB"])
def test_only_words_of_letters_and_digits_are_asked_about(filled: Site, word: str) -> None:
    assert db.session.scalar(select(func.search_goes_on("contents", word))) is True


def test_a_word_that_goes_on_in_another_script_is_marked(filled: Site) -> None:
    marked = db.session.scalar(select(func.search_words("Garður and plain 100~")))
    assert "'gar~'" in str(marked)
    assert "'plain~'" not in str(marked)
