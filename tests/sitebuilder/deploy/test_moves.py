"""Which pages stand aside for each other, decided from where they are and where they are to be."""

from app.sitebuilder.deploy.moves import PagePlace, holders, without_place


def at_root(*slugs: str) -> dict[int, PagePlace]:
    return {number: PagePlace(0, slug) for number, slug in enumerate(slugs)}


def test_who_has_the_address_of_another_is_known() -> None:
    assert holders(at_root("a", "b", "c"), at_root("b", "a", "c")) == {0: 1, 1: 0}
    assert holders(at_root("a", "b", "c"), at_root("b", "c", "d")) == {0: 1, 1: 2}
    assert holders(at_root("a", "b"), at_root("b", "b")) == {}, "the other one stays"
    assert holders(at_root("a", "b"), {0: PagePlace(7, "b"), 1: PagePlace(0, "x")}) == {}, "below another page"


def test_a_row_of_pages_is_blocked_by_its_end() -> None:
    held = {0: 1, 1: 2}
    assert without_place([0, 1], held) == set()
    assert without_place([0, 1, 2], held) == {0, 1, 2}, "the last waits for what gives nothing up"
    assert without_place([0, 1], {0: 1, 1: 0}) == set()
