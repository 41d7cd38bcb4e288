"""The graph of links, where addresses lead, what is found, and the picture: over graphs made by hand and at random."""

from collections import deque
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.linker.plan import drawing, findings
from app.linker.plan.addresses import LinkStatus, address_book
from app.linker.plan.graph import UNREACHED, LinkGraph
from tests.linker.conftest import page_fact

SITE = "https://example.com"
LINKS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=60)


def graph_of(size: int, *links: tuple[int, int]) -> LinkGraph:
    """A graph of these links."""
    return LinkGraph.of(size, [link[0] for link in links], [link[1] for link in links])


def clicks(size: int, links: Sequence[tuple[int, int]], roots: Sequence[int]) -> list[int]:
    """Depths by the book: a queue."""
    depths = [UNREACHED] * size
    queue = deque(roots)
    for root in roots:
        depths[root] = 0
    while queue:
        page = queue.popleft()
        for source, target in links:
            if source == page and depths[target] == UNREACHED:
                depths[target] = depths[page] + 1
                queue.append(target)
    return depths


@given(LINKS, st.sets(st.integers(0, 11), max_size=3), LINKS)
@settings(max_examples=200, deadline=None)
def test_depths_are_those_of_a_search_by_hand(
    links: list[tuple[int, int]], roots: set[int], more: list[tuple[int, int]]
) -> None:
    graph = graph_of(12, *links)
    assert graph.depths(roots).tolist() == clicks(12, links, sorted(roots))
    wider = graph.with_links(more)
    assert wider.depths(roots).tolist() == clicks(12, [*links, *more], sorted(roots))
    pairs = {pair for pair in links if pair[0] != pair[1]}
    assert sorted(zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)) == sorted(pairs)
    assert all(graph.has(*pair) == (pair in pairs) for pair in [*links, *more] if pair[0] != pair[1])
    assert graph.incoming().tolist() == [sum(target == page for _s, target in pairs) for page in range(12)]


def test_an_empty_graph_has_no_depths() -> None:
    graph = LinkGraph.of(0, [], [])
    assert graph.depths([]).tolist() == []
    assert graph.with_links([]).size == 0


PAGES = [
    page_fact(1, "/"),
    page_fact(2, "/blog/green-tea"),
    page_fact(3, "/old-news", live=False, dead=LinkStatus.TRASHED),
    page_fact(4, "/caf%C3%A9", external_id=44),
    page_fact(5, "/?p=55", live=False, dead=LinkStatus.UNPUBLISHED, external_id=55),
]
BOOK = address_book(SITE, PAGES, {"/blog/tea": 1, "/gone-news": 2}, {"coffee"})


@pytest.mark.parametrize(
    ("address", "verdict", "page"),
    [
        ("/", "live", 0),
        ("/blog/green-tea", "live", 1),
        ("/Blog/Green-Tea", "live", 1),
        ("/blog/green-tea?utm_source=x", "live", 1),
        ("/blog/green-tea/2", "live", 1),
        ("/blog/green-tea/feed", "live", 1),
        ("/café", "live", 3),
        ("/?p=44", "moved", 3),
        ("/?page_id=44&preview=1", "moved", 3),
        ("/?p=55", "unpublished", 4),
        ("/?p=999", "no_page", -1),
        ("/?p=" + "9" * 400, "not_judged", -1),
        ("/blog/tea", "moved", 1),
        ("/gone-news", "trashed", 2),
        ("/old-news", "trashed", 2),
        ("/2020/green-tea", "guessed", 1),
        ("/nowhere", "no_page", -1),
        ("/wp-content/uploads/a.jpg", "not_judged", -1),
        ("/category/tea", "not_judged", -1),
        ("/topics/coffee", "not_judged", -1),
        ("/2024/05", "not_judged", -1),
        ("/?s=tea", "not_judged", -1),
        ("/%ff%fe", "no_page", -1),
        ("/" + "a/" * 200, "no_page", -1),
    ],
)
def test_where_an_address_leads(address: str, verdict: str, page: int) -> None:
    assert BOOK.destination(address) == (LinkStatus(verdict), page)


def test_what_is_outside_of_the_folder_of_wordpress_is_not_judged() -> None:
    pages = [page_fact(1, "/blog"), page_fact(2, "/blog/tea")]
    book = address_book(f"{SITE}/blog/", pages, {}, ())
    assert book.destination("/shop-elsewhere").verdict == LinkStatus.NOT_JUDGED
    assert book.destination("/blog").page == 0
    assert book.destination("/blog/nowhere").verdict == LinkStatus.NO_PAGE


@given(st.text(max_size=40).map(lambda text: f"/{text}"))
@settings(max_examples=300, deadline=None)
def test_any_address_leads_somewhere(address: str) -> None:
    assert BOOK.destination(address).verdict in LinkStatus


def test_orphans_deep_pages_and_new_ones_are_told_apart() -> None:
    pages = [page_fact(number, f"/{number}", published=100) for number in range(1, 9)]
    pages[6] = page_fact(7, "/7", published=990)
    pages[7] = page_fact(8, "/8", content_type="Taxonomy")
    graph = graph_of(8, (0, 1), (1, 2), (2, 3), (3, 4))
    found = findings.find_link_problems(pages, graph, 0, today=1000)
    assert (found.roots, found.home) == ([0], 0)
    assert (found.orphans, found.fresh, found.deep) == ([5], [6], [4])
    with_link = graph.with_links([(0, 4)])
    assert with_link.depths(found.roots).tolist()[4] == 1
    assert findings.depth_figures(found.depths, pages) == {"deep": 1, "unreached": 2, "mean_depth": 2.0}


def test_an_unknown_home_has_the_pages_of_the_menu_and_the_newest_posts() -> None:
    pages = [page_fact(number, f"/{number}", published=number) for number in range(1, 15)]
    pages[0] = page_fact(1, "/about", content_type="Page")
    pages[1] = page_fact(2, "/about/team", content_type="Page", is_top=False)
    roots = findings.roots_of(pages, graph_of(14), -1)
    assert roots == [0, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4]
    assert findings.roots_of(pages, graph_of(14, (3, 4)), 3) == [3]
    assert findings.roots_of(pages, graph_of(14), 3)[0] == 3  # its text links to nothing: the menu counts as well
    depths = findings.clicks_from_home(graph_of(14, (0, 1), (1, 2)), [3, 0, 13], 3)
    assert depths.tolist() == [1, 2, 3, 0, *[UNREACHED] * 9, 1]


def test_the_hub_of_a_cluster_is_called_so_or_most_linked() -> None:
    pages = [page_fact(number, f"/{number}", cluster_id=5) for number in range(1, 5)]
    graph = graph_of(4, (0, 2), (1, 2), (2, 0))
    (hub,) = findings.hubs_of(pages, graph)
    assert (hub.page, hub.members) == (2, [0, 1, 3])
    found = findings.find_link_problems(pages, graph, -1, today=0)
    assert (found.to_hub, found.from_hub) == ([(3, 2)], [(2, 1), (2, 3)])
    named = [*pages[:3], page_fact(4, "/4", cluster_id=5, is_named=True)]
    assert findings.hubs_of(named, graph)[0].page == 3
    assert findings.hubs_of(pages[:2], graph_of(2)) == []


def test_over_linked_pages_are_far_above_the_others_or_have_one_anchor() -> None:
    pages = [page_fact(number, f"/{number}") for number in range(1, 41)]
    links = [(source, 1) for source in range(2, 40)] + [(source, source + 1) for source in range(2, 39)]
    found = findings.over_linked(pages, graph_of(40, *links).incoming(), [(1, "click here", 30)], [0])
    assert [(row.page, row.links, row.median, row.anchor) for row in found] == [(1, 38, 1, "")]
    found = findings.over_linked(pages, graph_of(40, *links).incoming(), [(1, "click here", 37)], [0])
    assert (found[0].anchor, found[0].same) == ("click here", 37)


@pytest.mark.parametrize("count", [0, 1, 7, 60, 61, 500, 5000])
def test_the_picture_is_bounded_and_within_its_frame(count: int) -> None:
    pages = [page_fact(number + 1, f"/s{number % 90}/{number}", cluster_id=number % 3) for number in range(count)]
    sources = np.arange(count).repeat(3)
    targets = (sources * 7 + np.tile(np.arange(3), count) + 1) % max(1, count)
    graph = LinkGraph.of(count, sources, targets)
    found = findings.find_link_problems(pages, graph, -1, today=0)

    def names(ids: Sequence[int]) -> dict[int, str]:
        return {number: f"Name {number} that is quite long" for number in ids}

    picture = drawing.draw(pages, graph, found, names, names)
    assert picture["kind"] == ("pages" if count <= drawing.MOST_PAGES else "groups")
    assert len(picture["nodes"]) <= max(drawing.MOST_PAGES, drawing.MOST_GROUPS)
    assert len(picture["edges"]) <= drawing.MOST_EDGES
    for node in picture["nodes"]:
        assert 0 <= node["x"] - node["r"] <= node["x"] + node["r"] <= drawing.WIDTH
        assert 0 <= node["y"] - node["r"] <= node["y"] + node["r"] <= drawing.HEIGHT
    assert picture == drawing.draw(pages, graph, found, names, names)
